#ifndef HUDHUD_STORE_STORE_H
#define HUDHUD_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the service remembers, in verbs of the domain; no statement, cursor or column
 * leaves this room.  The verbs are in people.h, log.h and fanout.h.  Each takes a
 * transaction: store_write() and store_submit() give one that may write, on the one
 * committer thread, which groups what arrives while it commits; store_read() gives one
 * that only reads, on the caller's thread, from one snapshot.
 *
 * An error at commit other than "disk full" ends the process: recovery is from the file.
 */
struct store;
struct tx;

/** Results of a transaction and of most verbs.  Verbs say what else they return. */
#define STORE_OK 0
#define STORE_FAILED (-1) /* the verb says why it can fail; nothing was written */
#define STORE_LATER                                                                                \
	(-2) /* no room on the disk, or no quorum: nothing was written; try again later */

/**
 * Open ${url} ("sqlite:PATH"; relative paths are under ${state}), create or migrate it,
 * and start its committer.  NULL, after logging why: the schema is newer than this
 * program, the file is damaged, the folder cannot be written.
 */
struct store *store_open(const char *url, const char *state);

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
 * another may wait for itself).
 */
struct tx *store_read(struct store *s);
void store_read_end(struct tx *tx);

/** 32 random bytes made when the store was created; tokens are derived from them. */
void store_secret(struct tx *tx, unsigned char key[32]);

/** Make a consistent copy of the store in ${path}, a new file, while it runs.  0, or -1 after logging why. */
int store_backup(struct store *s, const char *path);

/**
 * Forget inbound ids and receipts (kept for 30 days), codes, sessions and counters that expired
 * before ${wall}; at most ${limit} rows.  Returns how many.
 */
int store_trim(struct tx *tx, int64_t wall, int limit);

#endif
