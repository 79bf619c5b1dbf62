#ifndef HUDHUD_STORE_ROSTER_H
#define HUDHUD_STORE_ROSTER_H

#include "store/people.h"

/*
 * What deliveries need to know of followers, in memory: reading it from its tables for every copy
 * costs more than sending the copy.  Truth stays in the store: whoever changes what is kept here
 * says so in table "touched" in the same transaction (touch() in row.h), and a roster reads that
 * before it is asked anything in a new snapshot.  Used by one thread.
 */
struct roster;

/** One user as seen from one channel; never changes, lives as long as somebody holds it. */
struct member {
	unsigned refs;
	int chan;
	int bounces; /* of the address, in a row */
	bool suspended;
	bool blocks;    /* has blocked somebody, or was blocked */
	bool is_behind; /* has a behind row */
	bool careful;   /* has wishes of when, where and from whom: ask the ladder for each thing */
	bool others;    /* has verified addresses on other channels */
	char name[USER_NAME_MAX + 1];
	char lang[12];
	char peer[]; /* the verified address of the lowest rung on the channel; "": none */
};

#define TOUCHED_ANYBODY 0    /* so much that nobody can be named */
#define TOUCHED_ANSWERS (-1) /* answers were taken back */
#define TOUCHED_STATUS(pos)                                                                        \
	(-1 - (pos)) /* a status was; what is less than TOUCHED_ANSWERS is one */

/** A roster of at most ${max} users; when it is full it begins anew. */
struct roster *roster_new(size_t max);
void roster_free(struct roster *r);

/**
 * Forget who was changed before the snapshot of ${tx}; first thing in each snapshot, which are taken
 * in order.  ${changed} (may be NULL) is called for each, or with one of the numbers below.
 */
void roster_refresh(
    struct tx *tx, struct roster *r, void (*changed)(void *cookie, int64_t user), void *cookie);

/** A number that is another as soon as anybody may have changed. */
int64_t roster_seen(const struct roster *r);

/**
 * ${user} as seen from ${chan}; NULL: there is no such user.  The roster's: good until its next call,
 * unless held.
 */
const struct member *roster_get(struct tx *tx, struct roster *r, int64_t user, int chan);

/** The same, without a look at the store: NULL if it is not known. */
const struct member *roster_find(const struct roster *r, int64_t user, int chan);

/**
 * Read ${ids}[0..n), ascending, at least the first of which is not known: followers of ${author} on ${chan}
 * and ${shard}.  As many as it takes only a few queries to read; maybe others, who live near them.
 */
void roster_load(struct tx *tx, struct roster *r, int64_t author, int chan, int shard,
    const int64_t *ids, size_t n);

/** Read those that are not known of ${users}[0..n), 60 at most, in one query. */
void roster_load_some(struct tx *tx, struct roster *r, const int64_t *users, size_t n, int chan);

/** The same user at another address on the channel; give it back by member_release(). */
const struct member *member_like(const struct member *m, const char *peer);

/** Keep ${m} beyond the roster's next call; give it back. */
const struct member *member_hold(const struct member *m);
void member_release(const struct member *m);

#endif
