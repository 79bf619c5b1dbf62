#ifndef HUDHUD_TESTS_CRASH_PEER_H
#define HUDHUD_TESTS_CRASH_PEER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The side that survives: a client that posts (again, with the same id, until it is told "kept"), a peer
 * that takes deliveries out of order with some refusals, and the ledger of both.  It talks to every gateway
 * that connects to its socket (ledger.h has the words), to any of them about any post.
 */

#define POSTS_MAX 100000
#define WINDOW 64 /* of each gateway's channel */

struct tally {
	int posts, kept, unkept; /* made so far; told that they were kept; not yet */
	long delivered, repeats, disorder;
	long later;    /* how often it was told to post again later */
	long astray;   /* that came where the reader's ladder says otherwise */
	long by_side;  /* that came by the second channel */
	bool too_many; /* there were more repeats than were allowed at that moment */
};
extern struct tally tally;
extern int peer_defers;       /* of 2000 copies so many are answered "cannot now" */
extern int64_t peer_heard_at; /* clock_ms() of the last line from any gateway */

/** Listen on ${listener}, which does not block. */
void peer_begin(int listener);

/** Hear and say what there is, waiting for at most a millisecond. */
void peer_turn(void);

/** Let there be ${n} more posts, now or as soon as there is room. */
void peer_allow(int n);

/** A gateway died, or lost what it owned: ${windows} more may come again. */
void peer_forgive(int windows);

/** How many gateways are connected. */
int peer_wires(void);

/**
 * The longest time without a kept post since the last call, in milliseconds.  *${all} (may be NULL): all
 * such times that were longer than half a second, together.
 */
int64_t peer_gap(int64_t *all);

/** How many deliveries of kept posts neither came nor were refused for good. */
long peer_missing(void);

struct sums {
	long lost;    /* posts that were kept and are not in the log */
	long twice;   /* that are there more than once */
	long missing; /* peer_missing() */
};

/** What the ledger says, beside the log in the store (which nobody else has open, if it is a file). */
struct sums peer_sums(void);

#endif
