#ifndef HUDHUD_STORE_TRACK_H
#define HUDHUD_STORE_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/log.h"

/*
 * Words that people track.  What is tracked is folded text (text_fold()) of one or more terms with
 * single blanks between; its first word (text_words()) is what it is found by.
 */

/** ${user} tracks ${what}, or no more.  1: that was so already. */
int track_set(struct tx *tx, int64_t user, const char *word, const char *what, bool on);
/** Nothing any more. */
int track_clear(struct tx *tx, int64_t user);
size_t track_count(struct tx *tx, int64_t user);
/** All that ${user} tracks, in the order of letters, until ${each} returns false. */
void track_list(
    struct tx *tx, int64_t user, bool (*each)(void *cookie, const char *what), void *cookie);

/** Does anybody track anything? */
bool track_any(struct tx *tx);
/** All that begins with ${word}, and whose it is. */
void track_find(struct tx *tx, const char *word,
    bool (*each)(void *cookie, int64_t user, const char *what), void *cookie);

/** Up to here statuses have been looked at for tracked words.  Where nobody tracks, that is anywhere. */
int64_t track_seen(struct tx *tx);
int track_see(struct tx *tx, int64_t pos);
/** Let ${user} have ${s}, too, who tracks a word in it; unless the lanes bring it. */
int track_owe(struct tx *tx, int64_t user, const struct status *s);

#endif
