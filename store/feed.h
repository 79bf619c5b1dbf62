#ifndef HUDHUD_STORE_FEED_H
#define HUDHUD_STORE_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "store/log.h"

/* What feeds need beside the pages of log.h. */

/* ---- keys: a feed reader that shows one reads what its owner reads; one a person */

#define FEED_SEALED_MAX 200

struct feed_key {
	int64_t made;
	char sealed[FEED_SEALED_MAX]; /* the key, in whatever form the caller can read again */
};

/** From now on ${user}'s key is the one with ${hash}, and no other. */
int feed_key_set(
    struct tx *tx, int64_t user, const unsigned char hash[32], const struct feed_key *key);
/** Copy what is known of ${user}'s; false if there is none. */
bool feed_key_get(struct tx *tx, int64_t user, struct feed_key *out);
/** Whose is the key with ${hash}?  0: nobody's. */
int64_t feed_key_user(struct tx *tx, const unsigned char hash[32]);
/** ${user} has none any more. */
int feed_key_end(struct tx *tx, int64_t user);

/* ---- what was taken back: newest first, from ${since} (wall seconds) on, at most ${limit}; texts are "" */
/* They do not decide who may hear of it: ask audience_misses() for each. */
void status_gone_public(struct tx *tx, int64_t since, int limit, status_each *each, void *cookie);
void status_gone_by(
    struct tx *tx, int64_t author, int64_t since, int limit, status_each *each, void *cookie);
/** Of ${user}, and of those whom they follow. */
void status_gone_home(
    struct tx *tx, int64_t user, int64_t since, int limit, status_each *each, void *cookie);

#endif
