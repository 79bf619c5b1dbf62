#ifndef HUDHUD_STORE_IDENTITY_H
#define HUDHUD_STORE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/people.h"

/* How somebody shows who they are, beside what people.h has. */

/** What texts of ${user} must begin with, in whatever form the caller keeps it; "" for nothing. */
int pin_set(struct tx *tx, int64_t user, const char *sealed);
/** Copy it; false if there is none. */
bool pin_get(struct tx *tx, int64_t user, char *sealed, size_t size);

/** As code_take(), and it stays. */
bool code_get(struct tx *tx, const unsigned char hash[32], int64_t now, int64_t *user);

/** What tally_add() has counted, without counting. */
int64_t tally_get(
    struct tx *tx, const char *what, const char *who, int64_t now, int64_t window_seconds);

/* ---- invitations */
/** ${user} invites ${peer} until ${expires}; STORE_FAILED: somebody has, and that still holds at ${now}. */
int invite_add(
    struct tx *tx, const char *kind, const char *peer, int64_t user, int64_t now, int64_t expires);
bool invite_is(struct tx *tx, const char *kind, const char *peer, int64_t now);
int invite_end(struct tx *tx, const char *kind, const char *peer);

/* ---- phone numbers that nothing comes from, in the order of their silence */
/** Numbers in use from which nothing came since before ${heard}, and which have not been asked. */
size_t numbers_silent(struct tx *tx, int64_t heard, struct address *out, size_t max);
/** Those that were asked before ${asked} and have not answered. */
size_t numbers_unanswered(struct tx *tx, int64_t asked, struct address *out, size_t max);
/** It was asked at ${now}. */
int number_asked(struct tx *tx, const struct address *a, int64_t now);
/** Nothing goes there any more until it shows whose it is: ADDRESS_FAILING. */
int number_hold(struct tx *tx, const struct address *a);

#endif
