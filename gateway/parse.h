#ifndef HUDHUD_GATEWAY_PARSE_H
#define HUDHUD_GATEWAY_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "store/people.h"

/*
 * The one grammar of all channels: a pure function over a table of words (words.c).  It looks
 * at the shape of a text only; whether a name resolves is the commands' to find out.  Nothing
 * here takes memory.
 */

enum verb {
	VERB_STATUS,  /* said to all: text */
	VERB_MENTION, /* begins with "@name": text is the whole of it */
	VERB_DIRECT,  /* to name: text */
	VERB_PRIVATE, /* begins like a direct message and is none: must never become public */
	VERB_REPLY,   /* to the last thing delivered: text, or "" */
	VERB_POST,    /* a status whatever it looks like: text, or "" */
	VERB_FOLLOW,
	VERB_LEAVE,
	VERB_ON, /* the name is "" for all */
	VERB_OFF,
	VERB_STOP, /* with a name as VERB_OFF */
	VERB_START,
	VERB_GET,
	VERB_WHOIS,
	VERB_STATS,
	VERB_HELP, /* topic, or NULL */
	VERB_JOIN, /* the name is "" where what was asked for can be none */
	VERB_LINK,
	VERB_CODE, /* code, alone or after "link" */
	VERB_REQUESTS,
	VERB_ACCEPT,
	VERB_DENY,
	VERB_PROTECT,
	VERB_UNPROTECT,
	VERB_BLOCK,
	VERB_UNBLOCK,
	VERB_WHOLE, /* whether what is too long goes out all the same */
	VERB_LANG,  /* the language is in name */
	VERB_LATER, /* a word kept for what this service does not do */
	VERB_N
};

/** What may follow a command's word; whatever does not fit makes the text a status. */
enum shape {
	SHAPE_ALONE,
	SHAPE_NAME,        /* one name; alone it is answered with usage */
	SHAPE_NAME_MAYBE,  /* alone, or one name */
	SHAPE_NAME_TEXT,   /* a name and a text; see VERB_PRIVATE */
	SHAPE_TEXT,        /* anything */
	SHAPE_HELP,        /* alone, or one word */
	SHAPE_CODE,        /* alone, or eight digits */
	SHAPE_ONE,         /* one word of any form */
	SHAPE_LANG,        /* one language: "ja", "pt_BR" */
	SHAPE_DIGITS,      /* one word that begins with a digit */
	SHAPE_NAME_DIGITS, /* a name, and maybe a word that begins with a digit */
	SHAPE_SWITCH       /* alone, or the word for on or off, which is put into name in English */
};

/** A row of the table; it ends with a NULL word. */
struct command {
	const char *word; /* English, and what help calls it */
	const char
	    *aliases; /* folded, between blanks: "f" in every language, "ja:..." in Japanese */
	enum shape shape;
	enum verb verb;
	const char *help; /* one line for people, to be translated; NULL: help is silent about it */
};
extern const struct command command_table[];

/** Words that mean stop (and start) as a whole message, squeezed, in every language; end with NULL. */
extern const char *const stop_words[];
extern const char *const start_words[];

#define PARSE_NAME_SIZE (USER_NAME_MAX + 1)

struct parsed {
	enum verb verb;
	const struct command *command; /* the row, NULL for what has none */
	const struct command *topic;   /* of VERB_HELP */
	char name[PARSE_NAME_SIZE];    /* folded, "" if none */
	const char *text;              /* in the text given */
	char code[9];                  /* eight digits, or "" */
	bool missing;                  /* the word stands alone and needs more: answer with usage */
	bool
	    soft; /* VERB_START by a word that people also just say: a status where nothing is stopped */
	char lang[6]; /* of the alias that was used, "" for words of all languages */
};

/**
 * What does ${text} (clean, see text_clean()) ask for?  ${lang} is the sender's language, ${site} the
 * service's name; both may be "".
 */
void parse_text(const char *text, const char *lang, const char *site, struct parsed *out);

/** The command called ${word} (in any case) in English or ${lang}, or NULL. */
const struct command *parse_command(const char *word, const char *lang);

/** Is ${name} a command's word in English? */
bool parse_is_word(const char *name);

/**
 * Find the next "@name" from *${at} on, outside of mail addresses and URLs; put the name, in lower
 * case, into ${name}, and move *${at} behind it.  False: no more.
 */
bool parse_mention(const char *text, const char **at, char name[PARSE_NAME_SIZE]);

/**
 * Fold ${word} into ${out} as words are compared: lower case, full-width and Arabic forms made plain,
 * invisible characters dropped.  Returns false if it does not fit.
 */
bool parse_fold(const char *word, char *out, size_t size);

#endif
