#ifndef HUDHUD_STORE_DEAD_H
#define HUDHUD_STORE_DEAD_H

#include "store/fanout.h"

/* Dead letters as the operator looks through them; what makes them is in fanout.h. */

/** The one with this id into ${d}; false: there is none. */
bool dead_get(struct tx *tx, int64_t id, struct dead *d);

/** How many there are. */
int64_t dead_count(struct tx *tx);

/** Those of a channel, for a reason. */
struct dead_filter {
	int chan;         /* DEAD_ANY: of any */
	const char *code; /* NULL: for any */
};
#define DEAD_ANY (-1)

/** The newest that match ${f} and have an id below ${before} (0: any), at most ${limit}. */
size_t dead_page(
    struct tx *tx, const struct dead_filter *f, int64_t before, struct dead *out, size_t limit);

/** The ids of the oldest that match ${f}, above ${after}, at most ${limit}. */
size_t dead_ids(
    struct tx *tx, const struct dead_filter *f, int64_t after, int64_t *ids, size_t limit);

/** Channels and reasons among the newest DEAD_LOOK, what is most of first; at most ${limit}. */
struct dead_sort {
	int chan;
	char code[80];
	int64_t n;
};
#define DEAD_LOOK 10000
size_t dead_sorts(struct tx *tx, struct dead_sort *out, size_t limit);

#endif
