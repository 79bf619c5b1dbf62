#ifndef HUDHUD_GATEWAY_LEXICON_H
#define HUDHUD_GATEWAY_LEXICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/parse.h"

/*
 * The words that the grammar knows: the table (words.c) and what translators add to it (po/, contexts
 * "command words" and "argument words"), put together once, so that a look-up is one hash and takes
 * no memory.
 */

#define LEXICON_COMMANDS "command words"
#define LEXICON_TOKENS "argument words"
#define LEXICON_WORD_SIZE 64 /* the longest word, with its NUL; a longer one is none */

/** What words mean that are no commands; in groups, for a word may be in several. */
enum token {
	TOKEN_STOP,       /* as a whole message, squeezed, in every language */
	TOKEN_START,      /* the same: a word of nothing else */
	TOKEN_START_SOFT, /* what people also just say */

	TOKEN_PRIVATE, /* a direct message elsewhere */
	TOKEN_WHISPER, /* the same, behind a slash */

	TOKEN_OFF,
	TOKEN_ALL,

	TOKEN_FROM,
	TOKEN_TO,
	TOKEN_UNTIL,

	TOKEN_AM,
	TOKEN_PM,
	TOKEN_OCLOCK, /* behind the number of an hour */

	TOKEN_MINUTES,
	TOKEN_HOURS,
	TOKEN_DAYS,
	TOKEN_WEEKS,

	TOKEN_XMPP,
	TOKEN_SMS,
	TOKEN_EMAIL,

	/* when an address takes something */
	TOKEN_THERE,
	TOKEN_FREE,
	TOKEN_MENTIONS,
	TOKEN_DIRECTS,
	TOKEN_NEVER,
	TOKEN_JOINS, /* words between those */
	TOKEN_N
};

/** A row of words that are no commands; it ends with a NULL word. */
struct token_words {
	const char *word;    /* NC_() with "argument words" */
	const char *aliases; /* in every language, folded, between blanks */
	enum token token;
	bool everywhere; /* translations act for people of all languages, too */
};
extern const struct token_words token_table[];

/** Put it together from what lang_load() has read; whoever looks for a word first does it, too. */
void lexicon_load(void);

/** Release it. */
void lexicon_unload(void);

/**
 * The row of ${word}, folded, in English or ${lang} ("*": in whatever language), or NULL.  ${used} gets
 * the word's language.
 */
const struct command *lexicon_command(const char *word, const char *lang, char used[12]);

/** Does ${word}, folded, in any language, begin a private message? */
bool lexicon_private(const char *word);

/** Is ${word}, folded, in English or ${lang}, of ${first} to ${last}?  Which goes into *${out}. */
bool lexicon_token(
    const char *word, const char *lang, enum token first, enum token last, enum token *out);

/**
 * What people of ${lang} call command ${c}: the first of their language's words, or the English one.
 * "" is English.
 */
const char *lexicon_word(const struct command *c, const char *lang);

/** A word of a command. */
struct lexicon_word {
	const char *word, *shown; /* folded, and as people write it */
	const uint32_t *letters;  /* code points of word */
	size_t n;
	const struct command *command;
};

/** Call ${each} for every word of a command that somebody of ${lang} may use, until it returns false. */
void lexicon_each(
    const char *lang, bool (*each)(void *cookie, const struct lexicon_word *w), void *cookie);

/** The same for those that begin with the letter ${first}; false if it ended so. */
bool lexicon_begin(const char *lang, uint32_t first,
    bool (*each)(void *cookie, const struct lexicon_word *w), void *cookie);

#endif
