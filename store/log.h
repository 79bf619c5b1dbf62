#ifndef HUDHUD_STORE_LOG_H
#define HUDHUD_STORE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/people.h"

/** One thing said.  Its place in the log is its id: positions come from a counter row, in commit order. */
struct status {
	int64_t pos;
	int64_t author;
	char author_name[USER_NAME_MAX + 1];
	bool author_protected;
	char author_picture[PICTURE_HASH_SIZE];
	int64_t to;       /* a direct message to this user; 0: a status */
	int64_t reply_to; /* position of what it answers; 0 */
	int64_t thread;   /* position of the conversation's first */
	int64_t repeats;  /* position of the status whose words these are, said again; 0 */
	int64_t at;
	int64_t deleted; /* when; 0: it stands */
	int chan;        /* where it came in; 0: web, control */
	const char
	    *text; /* NFC; "" when deleted; during a callback the store's, else see the verb */
};

#define LOG_ADDRESSED_MAX 10

/** What to write. */
struct status_new {
	int64_t author;
	int64_t to;
	int64_t reply_to;
	int64_t repeats;
	int chan;
	int64_t at;
	const char *text;
	int64_t addressed[LOG_ADDRESSED_MAX]; /* users who are owed it whether they follow or not */
	size_t addressed_n;
	int64_t big;  /* from this many followers on it fans out as jobs; 0: never */
	int64_t most; /* this many statuses (no direct messages) in a clock hour; 0: any number */
};

/**
 * Write a status at the next position and all that is owed for it: jobs where the author has many
 * followers (or has a job already), behind rows for those it is addressed to and whom no lane
 * brings it.  Sets *${pos}.  A direct message is owed to ${to} alone, whoever is named in it.
 * Returns STORE_OK; or, if it is one too many for this hour, how many were tried in it, and *${pos} is 0.
 */
int status_add(struct tx *tx, const struct status_new *s, int64_t *pos);

/**
 * Has nothing called ${foreign} come in from ${peer} by channel ${chan} yet?  False if it has, with *${pos}
 * the position it got (0: it was no status).  What has no id ("") is always new.
 */
bool inbound_is_new(struct tx *tx, int chan, const char *peer, const char *foreign, int64_t *pos);
/** Note that it has, and got ${pos} (0: it is no status); written once all else is done for it. */
int inbound_note(
    struct tx *tx, int chan, const char *peer, const char *foreign, int64_t now, int64_t pos);

/** Read one; ${s}->text is the caller's to free.  False: there is none. */
bool status_get(struct tx *tx, int64_t pos, struct status *s);
/** Each of ${pos}[0..n) that there is, 60 at most, in any order; texts are the query's.  ${big} as status_is_big(). */
void status_some(struct tx *tx, const int64_t *pos, size_t n,
    void (*each)(void *cookie, const struct status *s, bool big), void *cookie);
/** The first position behind ${pos} where something stands; 0: none. */
int64_t status_after(struct tx *tx, int64_t pos);
/**
 * From ${from} on, the first that was said after ${since} and not after ${until}; 0: none.  Looks at one
 * after the other.
 */
int64_t status_said_after(struct tx *tx, int64_t from, int64_t since, int64_t until, int64_t *at);
/** The last that was said at ${until} or before; 0: none.  Looks back from the newest. */
int64_t status_said_by(struct tx *tx, int64_t until);
/** The newest of ${author} that stands and is no direct message; as status_get(). */
bool status_last(struct tx *tx, int64_t author, struct status *s);
/** The newest that ${author} said and that stands, direct messages with it; as status_get(). */
bool status_newest(struct tx *tx, int64_t author, struct status *s);
/** Take it back, and what repeats it: text gone, place kept; lanes and pages skip it. */
int status_delete(struct tx *tx, int64_t pos, int64_t now);

typedef bool status_each(void *cookie, const struct status *s);
/*
 * Pages: newest first, positions below ${before} (0: from the top), at most ${limit}; no deleted ones.
 * They do not decide who may see: ask audience.h for each (status_public() leaves out authors who are
 * protected, silenced or suspended, only to fill its pages).
 */
void status_public(struct tx *tx, int64_t before, int limit, status_each *each, void *cookie);
void status_by(
    struct tx *tx, int64_t author, int64_t before, int limit, status_each *each, void *cookie);
void status_home(
    struct tx *tx, int64_t user, int64_t before, int limit, status_each *each, void *cookie);
void status_directs(
    struct tx *tx, int64_t user, int64_t before, int limit, status_each *each, void *cookie);
void status_addressed(
    struct tx *tx, int64_t user, int64_t before, int limit, status_each *each, void *cookie);
/*
 * The conversation that a status is in, oldest first; no deleted ones, and no direct messages.  Who may see is to be
 * asked for each, as of the pages.
 */
#define CONVERSATION_MAX 200
/** What ${pos} answers, and what that answers, and so on: ${limit} steps. */
void status_before(struct tx *tx, int64_t pos, int limit, status_each *each, void *cookie);
/**
 * What answers ${to}, what answers that, and so on, behind position ${after}: of the first CONVERSATION_MAX that its
 * conversation has behind it.
 */
void status_answers(
    struct tx *tx, const struct status *to, int64_t after, status_each *each, void *cookie);

/** Positions from ${from} on, oldest first, deleted ones and directs included: for the fan-out. */
void status_from(struct tx *tx, int64_t from, int limit, status_each *each, void *cookie);

/** The last position given out. */
int64_t log_head(struct tx *tx);

#endif
