#ifndef HUDHUD_GATEWAY_SHAPE_H
#define HUDHUD_GATEWAY_SHAPE_H

#include <stdint.h>

#include "gateway/lexicon.h"
#include "gateway/parse.h"

/* What may stand behind a command's word. */

/** ${s} without the blanks that it begins with. */
const char *shape_skip(const char *s);

/** Is ${cp} of a script that puts no blank between words? */
bool shape_joins(uint32_t cp);

/**
 * Fold the next word into ${out}, without what people put around it: quotes before, punctuation
 * behind.  Returns what follows it, blanks skipped; ${out} is "" if the word is too long or is
 * punctuation only (a lone "?" stays).
 */
const char *shape_word(const char *s, char out[LEXICON_WORD_SIZE]);

/**
 * Join ${word}, folded, to the next at ${*rest} as the lexicon has commands of two words, and move *${rest} behind
 * that; false if there is no next, or no room.
 */
bool shape_pair(char word[LEXICON_WORD_SIZE], const char **rest);

/** Copy ${word}, folded, as a name, its '@' dropped; false if it can be none. */
bool shape_name(const char *word, char name[PARSE_NAME_SIZE]);

/** Is ${s} eight digits, however grouped, and nothing else? */
bool shape_code(const char *s, char code[9]);

/**
 * Read a time of day or a span of time at ${s}: 22:00-7:00 into from and to, "until 7:00" into to,
 * "2h" into seconds, "off" into off.  False if it is none of them, or something follows.
 */
bool shape_hours(const char *s, const char *lang, struct parsed *out);

/**
 * Read "im when there, sms for mentions 3 a day, mail" at ${args}: kinds, takes and daily.  False if another
 * word is among them.
 */
bool shape_kinds(const char *args, const char *lang, struct parsed *out);

/** Does ${args} fit ${c}'s shape?  Fills in what it holds. */
bool shape_fits(const struct command *c, const char *args, const char *lang, struct parsed *out);

#endif
