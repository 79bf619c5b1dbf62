#ifndef HUDHUD_STORE_OWED_H
#define HUDHUD_STORE_OWED_H

#include "store/log.h"

/* What is owed to a follower, found in the log: fanout.h has the rows and cursors that say from where. */

/** What a thing is to whom it is owed. */
enum owed_class {
	OWED_STATUS,    /* of somebody followed */
	OWED_ADDRESSED, /* mentions or answers them */
	OWED_DIRECT,    /* a direct message */
	OWED_CLASSES
};

/** What ${s} is to ${follower}, to whom it is owed. */
enum owed_class owed_class(struct tx *tx, int64_t follower, const struct status *s);
/** As owed_next(), of one class only. */
bool owed_of_class(
    struct tx *tx, int64_t follower, enum owed_class class, int64_t from, struct status *s);

/** How many statuses of one author. */
struct owed_sum {
	char author[USER_NAME_MAX + 1];
	int64_t n;
};
/**
 * Count what is owed to ${follower} of OWED_STATUS from ${from} to ${to}, by author, the most first, into
 * ${out}[0..max).  Returns how many authors; *${all} is of all statuses.
 */
size_t owed_sums(struct tx *tx, int64_t follower, int64_t from, int64_t to, struct owed_sum *out,
    size_t max, int64_t *all);

/**
 * The next thing owed to ${follower} from ${from} on: a status of somebody followed (who was followed
 * before it), or one addressed to it; not dead to it, not deleted, nobody blocked, the author not suspended.  As status_get();
 * false if there is none.
 */
bool owed_next(struct tx *tx, int64_t follower, int64_t from, struct status *s);

/** What a behind row is owed next, as owed_next() has it. */
struct owed {
	bool known; /* there is such a user */
	int home;
	int64_t pos;    /* 0: nothing */
	bool addressed; /* it was said to them: whether they may see it has not been looked at */
};
#define OWED_MAX 60
/** The same for the behind rows of ${followers}[0..n), from where they begin, OWED_MAX at most. */
void owed_some(struct tx *tx, const int64_t *followers, size_t n, struct owed *out);

/**
 * The last thing that was delivered to ${user}, of what ${author} said (0: anybody); 0 if there is
 * none.  Where statuses go to one channel and what names or answers the user to another, only what goes to
 * ${chan} counts, and direct messages: so that nothing private is answered by what is public.  Found from the
 * cursors: nothing is written for each delivery.
 */
int64_t reached_last(struct tx *tx, int64_t user, int64_t author, int chan);

#endif
