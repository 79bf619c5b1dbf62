#ifndef HUDHUD_BASE_TOKEN_H
#define HUDHUD_BASE_TOKEN_H

#include <stddef.h>

#include "base/buf.h"

/*
 * What people look for, and what they look in, cut alike.  A token is of at most TOKEN_MAX bytes and has no
 * ASCII but [a-z0-9_], or is a tag ("#word") or a name ("@name").  Case, width and ligatures do not count
 * (NFKC, case folding), nor marks on Latin, Greek, Hebrew and Arabic letters, tatweel, the forms of alef and
 * yeh, the dot of the Turkish i, and whose digits they are.  Scripts that put no blanks between words have a
 * token for each sign and one for each two that stand side by side, so that any piece of a text is found.
 */
#define TOKEN_MAX 64
#define TOKENS_MAX 4000 /* of one text; what is behind them is left out */

/**
 * Add the tokens of ${text} to ${out}, a blank between them: its words in their order, then its tags and names.
 * Return how many.
 */
size_t token_cut(struct buf *out, const char *text);

/**
 * The same for ${phrase}, which may begin and end in the middle of words without blanks: these tokens stand one
 * behind the other in what token_cut() makes of each text that has it.
 */
size_t token_phrase(struct buf *out, const char *phrase);

/**
 * The bytes of the tag that begins at ${text}[${at}], its sign included: '#' (or the wide one), not behind a letter
 * or a digit, and before a word that is no number.  0: none does.
 */
size_t token_tag(const char *text, size_t at);

#endif
