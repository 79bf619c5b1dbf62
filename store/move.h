#ifndef HUDHUD_STORE_MOVE_H
#define HUDHUD_STORE_MOVE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A whole store, copied row by row into another of whatever kind: all tables of the schema, as they
 * were at one moment, in one transaction of the target, which is read back and compared before it is
 * committed.  The source is not changed, but that one which several nodes may share is marked as moved away
 * once that is done; and however the copy ends, the target is either whole
 * afterwards, or has what it had before.  An empty one is marked first, so that nothing begins to work on
 * it before it is whole; another try takes the mark over.
 *
 * Left out is what belongs to processes and not to the service: table "node" and who owns what.
 */

struct move {
	const char *from, *to; /* URLs as for store_open() */
	const char *state;     /* where relative paths are */
	bool in_use;           /* the source is being worked on, and may be */
	bool over;             /* what is in the target may be replaced */
	/**
	 * What is copied is from the past: nobody stays logged in, and the ids that people and networks
	 * have seen since are never given to anything else.
	 */
	bool old;

	/** ${rows} rows of ${table} have been copied; called now and then, and after the last.  May be NULL. */
	void (*progress)(void *cookie, const char *table, int64_t rows, bool all);
	void *cookie;
	const atomic_bool *stop; /* once it is true, give up; NULL: never */

	/* what came of it */
	char why[400];  /* why it could not be done */
	int64_t rows;   /* copied */
	bool occupied;  /* there is something in the target, and it may not be replaced */
	int64_t mended; /* texts that were no UTF-8, and are now */
	bool again;     /* an earlier try had left its mark, and nothing else */
	int64_t head;   /* the last position given out, in the source */
	int64_t next;   /* where the target goes on */
};

/**
 * Copy a store.  0, or -1 with the reason in ${m}->why: the source is no store, not whole, newer than
 * this program, or at work; there is something in the target already; no room; a server went away; what
 * was read back is not what was written.  Details may have been logged.
 */
int move_store(struct move *m);

#endif
