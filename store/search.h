#ifndef HUDHUD_STORE_SEARCH_H
#define HUDHUD_STORE_SEARCH_H

#include "store/log.h"
#include "store/question.h"

/*
 * Looking for what was said, and for people by their words about themselves.  The index is made from what the store
 * has, behind it and in pieces, by whoever calls search_collect() and search_write(); what is taken back leaves it
 * at once.  Nothing in it is kept nowhere else: it is not moved with a store, nor restored, but made anew.  Direct messages
 * and repeats are not in it.
 */

/** Statuses that ${q} asks for, as the pages in log.h: they do not decide who may see. */
void search_statuses(struct tx *tx, const struct question *q, int64_t before, int limit,
    status_each *each, void *cookie);

/**
 * People in whose words about themselves ${q} finds what it asks for; "by" and tags do not matter.  Whoever shows them
 * decides who may see.
 */
void search_bios(struct tx *tx, const struct question *q, int limit,
    bool (*each)(void *cookie, const struct user *u), void *cookie);
/** People whose names begin with ${prefix} in any case, by name. */
void search_names(struct tx *tx, const char *prefix, int limit,
    bool (*each)(void *cookie, const struct user *u), void *cookie);

/* ---- the index */

#define SEARCH_BATCH 100

/** What is to go into the index next. */
struct search_batch {
	bool people; /* else statuses */
	int64_t from,
	    to; /* what comes after the first, and up to the second, which is then indexed */
	size_t n;
	struct search_row {
		int64_t id;  /* position or user */
		char *words; /* as the engine keeps them; owned */
		char *of;    /* a bio; owned, NULL */
	} row[SEARCH_BATCH];
	bool more; /* there is more behind it */
};

/** Find it, and cut it into words; in a transaction that only reads.  False: all that there is is indexed. */
bool search_collect(struct tx *tx, struct search_batch *b);
/** Write it; a store_fn.  Nothing if somebody else has done so meanwhile: several may do it at once. */
int search_write(struct tx *tx, void *batch);
void search_batch_free(struct search_batch *b);

/** How many positions at most are still to be indexed. */
int64_t search_behind(struct tx *tx);

#endif
