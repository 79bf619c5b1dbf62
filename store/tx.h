#ifndef HUDHUD_STORE_TX_H
#define HUDHUD_STORE_TX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"
#include "store/change.h"
#include "store/driver.h"
#include "store/store.h"

/** A transaction: all that verbs do, they do by sql.h on one of these. */
struct tx {
	struct store *store; /* NULL while the store is being opened */
	struct conn *conn;
	enum driver_result trouble; /* the first that went wrong: from then on nothing is done */
	bool careful;               /* nothing is put off, each job has a savepoint */
	struct change_set *saw;     /* what is read is noted there, or NULL */
	int64_t changed; /* a reader's, where others write: the number of the last commit */
	struct tx *next; /* in the list of idle readers */
};

#define READERS_MAX 8

struct store {
	const struct store_driver *driver;
	char *where; /* owned */
	char *state; /* owned */
	struct tx writer;
	unsigned char secret[32];
	_Atomic int64_t known_as; /* the node whose row has the last group's number; 0: none */
	int64_t group;            /* the number of the last that was begun */
	struct changes *changes;  /* change.c's */

	/* what waits for the committer */
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct store_job *first, **last;
	atomic_int_fast64_t waiting; /* jobs that were submitted and are not through */
	bool stopping;
	pthread_t committer;
	int64_t complained; /* when it was last said that nothing can be written, clock_ms() */
	bool relieved;      /* that has been taken back */
	bool savepoints;    /* each job of this group has its own */
	atomic_int_fast64_t jobs; /* that were committed */
	struct histogram commits; /* what a group took, from its first job to its end */
	/* Seconds since 1970, 0: not so.  The server was away long enough for "later"; the disk is full. */
	_Atomic int64_t away, full;
	_Atomic bool gone; /* the same, for readers */

	/* idle readers, and how many there are in all */
	pthread_mutex_t readers_lock;
	pthread_cond_t reader_free;
	struct tx *readers;
	unsigned readers_n;
};

/** How long work waits for a server that is away, and the pause between two attempts, in milliseconds. */
#define PATIENCE_MS 2000
#define GONE_MS 250 /* of a reader, once that has been in vain */
#define PAUSE_MS 100

/* ---- change.c: what commits change */
struct changes *changes_new(void);
void changes_free(struct changes *c);
/** A group of jobs begins: it has changed nothing yet. */
void changes_begin(struct changes *c);
/** It is about to be committed, where others are to read what it changes. */
void changes_write(struct tx *tx);
/** It is committed; first of all, before anybody is told. */
void changes_committed(struct store *s);
/** A snapshot has shown that there was ${commit}. */
void change_heard(struct store *s, int64_t commit);

/** The committer's thread; ${arg} is the store. */
void *commit_run(void *arg);

#endif
