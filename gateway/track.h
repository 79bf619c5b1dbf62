#ifndef HUDHUD_GATEWAY_TRACK_H
#define HUDHUD_GATEWAY_TRACK_H

#include <stdbool.h>
#include <stddef.h>

#include "store/track.h"

#define TRACK_WHAT_MAX 60 /* bytes of what one tracks */
#define TRACK_MOST 20     /* things a person may track */
#define TRACK_EACH 1000   /* people whom one status goes to for its words */

/**
 * Make ${text}, which somebody wants to track, into the form it is kept in, and its first word into
 * ${word}; both of TRACK_WHAT_MAX + 1 bytes.  False: there is no word in it, or it is too long.
 */
bool track_form(const char *text, char *word, char *what);

/**
 * Does ${text} have all terms of ${what} (as track_form() makes it)?  A term is what stands between
 * blanks; its words must follow each other in ${text}, so that it works for scripts without blanks.
 */
bool track_matches(const char *text, const char *what);

/**
 * A store_fn: look through the next statuses that have not been looked through, 64 at most, and owe
 * them to those who track a word of theirs.  ${arg} is a bool: set to whether there are more.
 */
int track_run(struct tx *tx, void *arg);

#endif
