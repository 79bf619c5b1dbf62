#ifndef HUDHUD_STORE_PENDING_H
#define HUDHUD_STORE_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

/*
 * One text of each sort for each sender, for a while: the rest of an answer ("more"), what was held
 * back ("post"), to whom a private text went that filled a text message ("split").
 */

/** Keep ${body} as ${what} of ${peer} until ${expires} (wall seconds), in place of what was there. */
int pending_put(struct tx *tx, const char *what, const char *kind, const char *peer,
    const char *body, const char *reply_to, int64_t expires);

/**
 * Take it out: true with copies that the caller frees.  ${reply_to} may be NULL.  False if there is
 * none, or its time is over.
 */
bool pending_take(struct tx *tx, const char *what, const char *kind, const char *peer, int64_t now,
    char **body, char **reply_to);

/** Is there one, whose time is not over? */
bool pending_is(struct tx *tx, const char *what, const char *kind, const char *peer, int64_t now);

/** The name of somebody who had themselves erased is nobody else's for a while: letters may still come to it. */
#define PENDING_ERASED "erased"
#define PENDING_NAME "name"

#endif
