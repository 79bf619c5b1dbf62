#ifndef HUDHUD_GATEWAY_AUDIENCE_H
#define HUDHUD_GATEWAY_AUDIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/log.h"

/*
 * Who sees what.  audience.c decides, from facts alone; audience_facts.c gathers these from the store.
 */

/** How something gets before somebody's eyes. */
enum audience_way {
	AUDIENCE_SOUGHT, /* they ask for this author, or answer this very thing */
	AUDIENCE_SHOWN,  /* it is on a page of what many say */
	AUDIENCE_BROUGHT /* it is brought to them, or on the page of all that is */
};

/** What is known of one status and one pair of eyes. */
struct audience {
	int64_t viewer; /* user; 0: anybody */
	int64_t author;
	int64_t to; /* the user a direct message is for; 0: a status */
	enum audience_way way;
	bool author_protected;
	bool silenced;  /* by the operator: the author is heard by who follows, and nobody else */
	bool suspended; /* the author is */
	bool follows;   /* viewer follows author, accepted */
	bool gets;      /* ... and is brought this very status for that */
	bool addressed; /* the status mentions or answers the viewer */
	bool blocked;   /* one has blocked the other */
	bool muted;     /* the viewer has muted the author */
	bool deleted;
	const struct audience *first; /* what it repeats, for the same viewer; NULL: nothing */
};

/** May the viewer see it, this way?  Pure; every output asks this and nothing else. */
bool audience_may(const struct audience *a);

/* ---- audience_facts.c */

/** What is known of a status, whoever looks at it. */
struct audience_thing {
	struct audience itself, first; /* the latter where itself.first is set */
	int64_t pos, first_pos;
};
void audience_of(struct tx *tx, const struct status *s, struct audience_thing *out);

/** Add what is known of ${viewer} (0: anybody), and ask audience_may(). */
bool audience_ask(struct tx *tx, struct audience_thing *t, int64_t viewer, enum audience_way way);

/**
 * Does ${user}, who stands in trace_each(), get it?  The list has all followers: of a repeat, those, too, who
 * do not get it.
 */
bool audience_traces(struct tx *tx, struct audience_thing *t, int64_t user);

/** All of that for one of the three ways. */
bool audience_sees(struct tx *tx, int64_t viewer, const struct status *s);
bool audience_shows(struct tx *tx, int64_t viewer, const struct status *s);
bool audience_brings(struct tx *tx, int64_t viewer, const struct status *s);

/**
 * ${s} was taken back: may ${viewer} be told that, because it would be before their eyes in this way if it
 * stood?  What an account that was erased said, nobody is told of.
 */
bool audience_misses(struct tx *tx, int64_t viewer, const struct status *s, enum audience_way way);

/** May ${viewer} see what ${author} says to all, as on a page of its own? */
bool audience_opens(struct tx *tx, int64_t viewer, const struct user *author);

/** May ${by} write to ${user} alone?  (Whether it comes is another matter: who is muted is not told.) */
bool audience_takes(struct tx *tx, int64_t user, const struct user *by);
/** May the service tell ${user} what ${by} has done? */
bool audience_hears(struct tx *tx, int64_t user, const struct user *by);

#endif
