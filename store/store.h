#ifndef HUDHUD_STORE_STORE_H
#define HUDHUD_STORE_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"

/*
 * What the service remembers, in verbs of the domain; no statement, cursor or column
 * leaves this room.  The verbs are in people.h, log.h and fanout.h.  Each takes a
 * transaction: store_write() and store_submit() give one that may write, on the one
 * committer thread, which groups what arrives while it commits; store_read() gives one
 * that only reads, on the caller's thread, from one snapshot.
 *
 * The store is a file of this process alone (SQLite), or a database that several processes share
 * (PostgreSQL).  An error of a file at commit, other than "disk full", ends the process: recovery is
 * from the file.  A database that is away is waited for, two seconds; then what was submitted comes
 * to STORE_LATER, and so does whatever follows, until it is back.
 */
struct store;
struct tx;

/** Results of a transaction and of most verbs.  Verbs say what else they return. */
#define STORE_OK 0
#define STORE_FAILED (-1) /* the verb says why it can fail; nothing was written */
/**
 * No room on the disk, or no database, or no quorum of it: try again later.  Nothing was written; or, in
 * the one case that the database went away during the commit and stayed away, it cannot be known: so what
 * is tried again must be something that may be carried out twice, or have an id by which it is recognised.
 */
#define STORE_LATER (-2)
/** What it rests on has another owner by now: nothing was written (see node.h). */
#define STORE_FENCED (-3)

/**
 * Open ${url} ("sqlite:PATH"; relative paths are under ${state}; or "postgresql://..." as libpq has it),
 * create or migrate it, and start its committer.  NULL, after logging why (never the URL, which may
 * hold a password): the schema is newer than this program, the file is damaged, the folder cannot be
 * written, the server is away or would not keep what it acknowledges.
 */
struct store *store_open(const char *url, const char *state);

/** Is ${url} one that store_open() understands?  NULL, or why not; ${why} is room for that. */
const char *store_check(const char *url, char *why, size_t size);

/** Does it admit one process only, so that nobody else can be at work on it? */
bool store_is_alone(const struct store *s);
/**
 * Since when, in seconds since 1970, whatever is submitted comes to STORE_LATER, because the database is away or the
 * disk full; 0: it does not.  Known from what was submitted last.  Any thread.
 */
int64_t store_away_since(const struct store *s);
int64_t store_full_since(const struct store *s);
/** Has it failed to be read or written, and not been written since?  To try takes long where it is silent.  Any thread. */
bool store_is_gone(const struct store *s);

/** What the committer has done since the store was opened. */
struct store_figures {
	int64_t waiting; /* jobs that were submitted and are not through */
	int64_t jobs;    /* that were committed */
	struct histogram_view
	    commits; /* what each group took, from its begin to its being durable */
};
extern const struct histogram_bounds store_bounds; /* of those times: 0.1 ms to 5 s */
void store_figures(const struct store *s, struct store_figures *f);

/**
 * From now on the row of ${node} in table "node" tells which group of jobs was the last to be committed,
 * so that one whose answer was lost need not stay unknown.  Before its row is written, or after.
 */
void store_known_as(struct store *s, int64_t node);

/** Commit what was submitted, stop the committer, close. */
void store_close(struct store *s);

/**
 * The work of one transaction.  Return STORE_OK (or any number from 0) to keep what was
 * written, negative to undo it all.  It may be run again after a conflict, so it changes
 * nothing but the store and *${arg}, from the same start each time.
 */
typedef int store_fn(struct tx *tx, void *arg);

/**
 * Run ${fn} in a transaction and wait until it is durable.  Return what it returned, or STORE_LATER.
 * Not from the committer's thread: neither from a store_fn nor from done().
 */
int store_write(struct store *s, store_fn *fn, void *arg);

/** Work handed to the committer without waiting; zeroed but for these, alive until done() is called. */
struct store_job {
	store_fn *run;
	void *arg;
	/** Called on the committer's thread once durable (or failed); must be quick, may free ${job}. */
	void (*done)(struct store_job *job, int result);
	struct store_job *next; /* the store's */
	int result;             /* the store's */
};
void store_submit(struct store *s, struct store_job *job);

/**
 * Begin to read from one snapshot, which has all that was committed before; end it soon: an old
 * snapshot keeps the log from shrinking, and there are not many (a thread that has one and asks for
 * another may wait for itself).  Never NULL: if the database stays away, or goes away later, the
 * transaction finds nothing any more, and store_read_result() says so.
 */
struct tx *store_read(struct store *s);
/**
 * STORE_OK; or STORE_LATER: the database went away, so what was read may be less than there is.  Ask
 * before anything is done, or said, that rests on something not being there.
 */
int store_read_result(const struct tx *tx);
/** End it; returns the same. */
int store_read_end(struct tx *tx);

/** 32 random bytes made when the store was created; tokens are derived from them. */
void store_secret(struct tx *tx, unsigned char key[32]);

/**
 * Make a copy of the store as it is at one moment, in ${path}, a new file, while it runs: of whatever kind
 * it is, the copy is a store "sqlite:PATH".  Once *${stop} is true, where that is not NULL, a long copy is
 * given up.  0, or -1 after logging why.
 */
int store_backup(struct store *s, const char *path, const atomic_bool *stop);

/**
 * Forget inbound ids and receipts (kept for 30 days), codes, sessions and counters that expired
 * before ${wall}; at most ${limit} rows.  Returns how many.
 */
int store_trim(struct tx *tx, int64_t wall, int limit);

#endif
