#ifndef HUDHUD_STORE_AMONG_H
#define HUDHUD_STORE_AMONG_H

#include "store/log.h"

/* Whom of those who are there something concerns. */

#define AMONG_MAX 60

/** Those of ${users}[0..n), AMONG_MAX at most, who follow ${followee}, into ${out}; how many. */
size_t among_followers(
    struct tx *tx, int64_t followee, const int64_t *users, size_t n, int64_t out[AMONG_MAX]);
/** Those whom the status ${pos} mentions or answers. */
size_t among_addressed(struct tx *tx, int64_t pos, int64_t out[LOG_ADDRESSED_MAX]);

#endif
