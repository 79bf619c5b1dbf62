#ifndef HUDHUD_GATEWAY_PARSE_H
#define HUDHUD_GATEWAY_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/people.h"

/*
 * The one grammar of all channels: a pure function over a table of words (words.c).  It looks
 * at the shape of a text only; whether a name resolves is the commands' to find out.  Nothing
 * here takes memory.
 */

enum verb {
	VERB_STATUS,  /* said to all: text; see near */
	VERB_MENTION, /* begins with "@name": text is the whole of it */
	VERB_DIRECT,  /* to name: text */
	VERB_PRIVATE, /* begins like a direct message and is none: must never become public */
	VERB_REPLY,   /* to the last thing delivered: text, or "" */
	VERB_POST,    /* a status whatever it looks like: text; alone (missing) what is held */
	VERB_UNDO,
	VERB_DELETE,
	VERB_FAV, /* the name is "" for what was delivered last */
	VERB_RT,  /* the same */
	VERB_FOLLOW,
	VERB_LEAVE,
	VERB_GET,
	VERB_WHOIS,
	VERB_NUDGE,
	VERB_INVITE,  /* whom, as it was written: text */
	VERB_TRACK,   /* the words: text, how many: words; none: list them */
	VERB_UNTRACK, /* the same; off: all of them */
	VERB_REQUESTS,
	VERB_ACCEPT,
	VERB_DENY,
	VERB_BLOCK,
	VERB_UNBLOCK,
	VERB_REPORT, /* name, and why: text, or "" */
	VERB_ON,     /* the name is "" for all */
	VERB_OFF,
	VERB_STOP, /* with a name as VERB_OFF */
	VERB_START,
	VERB_SLEEP, /* from and to; or to alone: until then; or seconds; or off */
	VERB_WAKE,
	VERB_MUTE, /* name ("": all), for seconds, until to, or for good; or off */
	VERB_UNMUTE,
	VERB_PREFER, /* kinds, kinds_n, takes, daily */
	VERB_WHY,
	VERB_TRACE,
	VERB_SERVICE, /* the word is "status" */
	VERB_STATS,
	VERB_HELP, /* topic, or NULL */
	VERB_MORE,
	VERB_JOIN, /* the name is "" where what was asked for can be none */
	VERB_LINK,
	VERB_CODE, /* code, alone or after "link" */
	VERB_PIN,  /* digits in pin, the one before in pin_was if it was given; or off */
	VERB_PROTECT,
	VERB_UNPROTECT,
	VERB_LANG,  /* the language is in name */
	VERB_WHOLE, /* whether what is too long goes out all the same: off */
	VERB_ZONE,  /* zone */
	VERB_LOGIN,
	VERB_EXPORT,
	VERB_ERASE, /* with the own name it is meant */
	VERB_N
};

/** What may follow a command's word; whatever does not fit makes the text a status. */
enum shape {
	SHAPE_ALONE,
	SHAPE_NAME,       /* one name; alone it is answered with usage */
	SHAPE_NAME_MAYBE, /* alone, or one name */
	SHAPE_NAME_TEXT,  /* a name and a text; see VERB_PRIVATE */
	SHAPE_NAME_NOTE,  /* a name, and maybe a text; then soft, unless the name has an @ */
	SHAPE_TEXT,       /* anything */
	SHAPE_HELP,       /* alone, or one word */
	SHAPE_CODE,       /* alone, or eight digits */
	SHAPE_ONE,        /* one word of any form */
	SHAPE_LANG,       /* one language: "ja", "pt_BR" */
	SHAPE_HOURS,      /* "22:00-7:00", "8h", "until 7:00", "off" */
	SHAPE_NAME_HOURS, /* a name and maybe one of those but the first, or one of those alone */
	SHAPE_WORDS,      /* alone, or a few words */
	SHAPE_KINDS,      /* kinds of networks */
	SHAPE_ZONE,       /* one word like a time zone */
	SHAPE_PIN,        /* digits, or digits twice, or "off" */
	SHAPE_ADDRESS,    /* what may be an address */
	SHAPE_SWITCH      /* alone, or the word for on or off */
};

/** What a command is about: help has a page for each. */
enum subject {
	SUBJECT_SAY,
	SUBJECT_PEOPLE,
	SUBJECT_HERE,
	SUBJECT_ACCOUNT,
	SUBJECT_HELP,
	SUBJECT_N
};

/** A row of the table; it ends with a NULL word. */
struct command {
	const char *word;    /* English, and what help calls it; NC_() with "command words" */
	const char *aliases; /* in every language, folded, between blanks */
	enum shape shape;
	enum verb verb;
	enum subject subject;
	const char *help; /* one line for people, to be translated */
};
extern const struct command command_table[];

#define PARSE_NAME_SIZE (USER_NAME_MAX + 1)
#define PARSE_PIN_SIZE 9
#define PIN_MIN 4 /* digits */
#define PARSE_KINDS 3

struct parsed {
	enum verb verb;
	const struct command *command; /* the row, NULL for what has none */
	const struct command *topic;   /* of VERB_HELP */
	const struct command *near; /* of VERB_STATUS: what it may be a misspelling of, or NULL */
	bool near_sure;             /* ... even where nobody has that name */
	char name[PARSE_NAME_SIZE]; /* folded, "" if none */
	const char *text;           /* in the text given */
	size_t words;               /* in text, of VERB_TRACK and VERB_UNTRACK */
	char code[9];               /* eight digits, or "" */
	char pin[PARSE_PIN_SIZE], pin_was[PARSE_PIN_SIZE]; /* four to eight digits, or "" */
	int from, to;                                      /* minutes after midnight, or -1 */
	int64_t seconds;                                   /* how long; 0: not said */
	const char *kinds[PARSE_KINDS]; /* names of kinds of channels: "xmpp", "sms", "email" */
	unsigned takes[PARSE_KINDS];    /* when those take something, of enum rung_when */
	int daily[PARSE_KINDS];         /* ... and at most so many a day; 0: any number */
	size_t kinds_n;
	char zone[48]; /* as it was written, its blanks '_' */
	bool missing;  /* the word stands alone and needs more: answer with usage */
	bool off;      /* "off" in place of an argument */
	bool soft; /* people also just say that: a status where nothing is stopped (VERB_START), or
		      where nobody has that name */
	char lang[12]; /* of the word that was used, "" for words of all languages */
};

/**
 * What does ${text} (clean, see text_clean()) ask for?  ${lang} is the sender's language, ${site} the
 * service's name; both may be "".
 */
void parse_text(const char *text, const char *lang, const char *site, struct parsed *out);

/** The command called ${word} (in any case; maybe two words) in English or ${lang}, or NULL. */
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
