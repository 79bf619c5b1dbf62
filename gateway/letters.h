#ifndef HUDHUD_GATEWAY_LETTERS_H
#define HUDHUD_GATEWAY_LETTERS_H

#include "store/dead.h"

/*
 * What the operator does with dead letters, the copies that were given up: one of them, or all of a channel that died
 * for one reason, so many at a time that others need not wait long for the committer.
 */
#define LETTERS_AT_ONCE 200

struct letters {
	/* in */
	int64_t id;    /* this one; 0: all of ... */
	int chan;      /* ... this channel */
	char code[80]; /* ... that died for this reason */
	int64_t after; /* ... and have higher ids */
	bool retry;    /* owe them again; else forget them */
	int64_t now;   /* wall seconds */

	/* out */
	int64_t n;        /* how many it was done with; who has no address any more is passed by */
	int64_t last;     /* where to go on: the next ${after} */
	bool more;        /* there may be more */
	struct dead dead; /* the last of them */
	struct user to;   /* whose that was */
};

/** A store_fn; ${arg} is a struct letters.  STORE_FAILED: there is no such one, or it has nowhere to go to. */
int letters_settle(struct tx *tx, void *arg);

#endif
