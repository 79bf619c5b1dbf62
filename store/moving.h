#ifndef HUDHUD_STORE_MOVING_H
#define HUDHUD_STORE_MOVING_H

#include "store/move.h"
#include "store/sql.h"
#include "store/table.h"

/* A move under way: move.c sees to both ends, moving.c to the rows. */

#define BEATS_MAX 64
/** What the mark in "meta" says where the target has something that stays valid until the end. */
#define MOVING_OVER 2

struct beats {
	struct {
		int64_t id, beat;
	} of[BEATS_MAX];
	size_t n;
};

/** One of the two stores. */
struct side {
	const char *called; /* "source", "target" */
	const struct store_driver *driver;
	const char *where;
	struct tx tx;
};

struct moving {
	struct move *m;
	struct side from, to;
	bool made, full; /* the target has a schema; there is something in it */
	int64_t version; /* of the source's schema, and then of the target's */
	int64_t newest;  /* when the last in the source was said */
	int64_t had_head,
	    had_answers;      /* the last ids that what is replaced in the target had given out */
	unsigned char id[16]; /* of this try */
	struct beats beats;   /* of the source, when it was seen to be still */
	size_t n;
	struct copied {
		struct table table;
		char *select, *check;   /* in the order of its key, and in any; owned */
		char *columns, *insert; /* owned */
		int64_t rows;
		uint64_t sum; /* of what its rows came to */
	} tables[TABLES_MAX];
};

/** Keep why ${s} has failed; returns -1. */
int moving_failed(struct moving *w, const struct side *s);

/* In this order, in the source's snapshot and one transaction of the target.  0, or -1 with the reason. */

/** Make the tables, in place of what there may be. */
int moving_make(struct moving *w);
/** Copy all rows, and make the indexes. */
int moving_copy(struct moving *w);
/** Read back what is in the target now: is it what was in the source? */
int moving_compare(struct moving *w);
/** Go on far behind the last id. */
int moving_skip(struct moving *w);

void moving_free(struct moving *w);

#endif
