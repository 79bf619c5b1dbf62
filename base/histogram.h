#ifndef HUDHUD_BASE_HISTOGRAM_H
#define HUDHUD_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How long things took, counted in buckets: to count costs a few nanoseconds and never waits, to read
 * disturbs nobody.
 */
#define HISTOGRAM_MAX 20

/** The buckets: up to ${us}[i] microseconds each, ascending; what is above all of them has one more. */
struct histogram_bounds {
	size_t n; /* HISTOGRAM_MAX at most */
	int64_t us[HISTOGRAM_MAX];
};

/** Zeroed, it is empty. */
struct histogram {
	atomic_int_fast64_t n[HISTOGRAM_MAX + 1], sum;
};

/** What was in one at a moment, or came in between two. */
struct histogram_view {
	int64_t n[HISTOGRAM_MAX + 1]; /* by bucket, not added up */
	int64_t sum;                  /* microseconds */
};

/** Which of ${b}'s buckets ${us} falls into; what is below 0 counts as 0. */
size_t histogram_bucket(const struct histogram_bounds *b, int64_t us);

/** Count ${us}.  One thread only: it is not locked, which is what makes it cheap. */
void histogram_add(struct histogram *h, const struct histogram_bounds *b, int64_t us);

/** The same where the bucket of ${us}, which is not below 0, is known. */
void histogram_put(struct histogram *h, size_t bucket, int64_t us);

/** Read ${h}, on any thread. */
void histogram_read(const struct histogram *h, struct histogram_view *v);

/** How many ${v} has in all. */
int64_t histogram_count(const struct histogram_view *v);

/**
 * About how many microseconds ${per_mille} thousandths of them did not exceed, as if they were spread evenly
 * in their bucket; 0 if there are none.  Of what is above all bounds nothing more is known: the last bound.
 */
int64_t histogram_quantile(
    const struct histogram_view *v, const struct histogram_bounds *b, int per_mille);

#endif
