#ifndef HUDHUD_GATEWAY_WISH_H
#define HUDHUD_GATEWAY_WISH_H

#include "gateway/rungs.h"
#include "gateway/window.h"

/*
 * People with wishes of where and when: wish.c (what their ladders say to lanes), turn.c (to catch-up),
 * summary.c (what was held, in one text).  The fan-out thread's alone.
 */

/** The ladder of ${user} now, with which channels can deliver; false: there is no such user. */
bool wish_rungs(struct core *c, struct tx *tx, int64_t user, struct rungs *r);

/** How the lane is to carry a copy. */
struct wish {
	enum owed_class class;
	bool counts; /* for a cap or a price */
	bool waits;  /* out, of what a job brings: until the one before it has been counted */
};

/**
 * May the lane of ${ch} itself carry ${said} to ${e}, whose user has wishes, or costs?  False: it is not
 * wanted, or a behind row owes it by now; or (a ${job}) it waits.
 */
bool wish_lets(struct channel *ch, struct tx *tx, const struct said *said, const struct edge *e,
    bool job, struct wish *out);

/** A choice passed by an address for lack of money: its user is told, once a month. */
void wish_tell_spent(struct core *c, const struct rungs *r, const struct ladder_choice *choice);

/** Give what ${b} owes next to the window, move the row to where it can go, or say until when it waits (turn.c). */
void turn_row(struct channel *ch, struct tx *tx, const struct behind *b);

/** What is held until something happens is looked at after so long all the same. */
#define HELD_AGAIN_S 1800
/** A channel that comes back wakes who waits for it, but for those of whom another node was just writing that. */
#define DOWN_AGAIN_S 60
/** When what is held for ${why} until ${until} (or LADDER_EVENT) is to be looked at again. */
int64_t wish_again(enum ladder_reason why, int64_t until, int64_t now);

/** So many statuses that were held are brought one by one. */
#define SUMMARY_FEW 3

/**
 * What was held of OWED_STATUS from ${from} to ${to}, in one text in ${r}'s user's language that fits into one
 * message; the caller frees.  NULL: so few that they are brought themselves.
 */
char *summary_text(
    struct tx *tx, const struct rungs *r, const char *lang, int64_t from, int64_t to);

/** The same in full, a line for each, as much as "more" brings; the caller frees. */
char *summary_more(
    struct tx *tx, const struct rungs *r, const char *lang, int64_t from, int64_t to);

#endif
