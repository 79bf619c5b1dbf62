#ifndef HUDHUD_STORE_FAVOURITE_H
#define HUDHUD_STORE_FAVOURITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/log.h"

#define FAVOURITES_SOME 60 /* at a time */

/** ${user} likes ${pos}, or no more.  1: that was so already; else STORE_OK or a failure. */
int favourite_set(struct tx *tx, int64_t user, int64_t pos, bool on, int64_t now);
/** How many like ${pos}? */
int64_t favourite_count(struct tx *tx, int64_t pos);
/** Which of ${pos}[0..n), at most FAVOURITES_SOME, does ${user} like?  ${likes}[0..n) is false before. */
void favourite_some(struct tx *tx, int64_t user, const int64_t *pos, size_t n, bool *likes);
/** The newest that ${user} liked and that stands, as the pages of log.h; who may see is not decided here. */
void status_favourites(
    struct tx *tx, int64_t user, int64_t before, int limit, status_each *each, void *cookie);

/** The status by which ${author} repeats ${pos}, or 0. */
int64_t repeat_of(struct tx *tx, int64_t author, int64_t pos);

#endif
