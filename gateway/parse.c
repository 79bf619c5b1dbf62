#include "gateway/parse.h"

#include <string.h>

#include "gateway/fold.h"
#include "gateway/lexicon.h"
#include "gateway/mention.h"
#include "gateway/near.h"
#include "gateway/shape.h"

#define WORD_SIZE LEXICON_WORD_SIZE
#define PIN_LEAST 4

bool
parse_fold(const char *word, char *out, size_t size)
{
	size_t n = 0;
	uint32_t cp;

	while (fold_next(&word, &cp) != FOLD_END) {
		if (n + 4 >= size)
			return false;
		n += (size_t)fold_put(cp, out + n);
	}
	out[n] = '\0';
	return true;
}

const struct command *
parse_command(const char *word, const char *lang)
{
	char folded[WORD_SIZE], used[12];

	if (!parse_fold(word, folded, sizeof(folded)))
		return NULL;
	for (char *c = folded; *c; c++)
		*c = *c == ' ' ? '_' : *c;
	return lexicon_command(folded, lang, used);
}

bool
parse_is_word(const char *name)
{
	char used[12];

	return lexicon_command(name, "", used) != NULL;
}

/* How a text begins: the first run of letters, and what stands around it. */
struct lead {
	char word[WORD_SIZE]; /* folded; "" if it is too long */
	uint32_t before;      /* the last sign before it; 0: it is the first there is */
	bool clean;           /* no sign but blanks is before it */
	enum fold_class class;
	uint32_t after;   /* what stopped it, of that class */
	const char *rest; /* behind that */
};

static void
lead_read(const char *s, struct lead *l)
{
	size_t n = 0;
	uint32_t cp;

	l->before = 0;
	l->clean = true;
	while ((l->class = fold_next(&s, &cp)) == FOLD_PUNCT || l->class == FOLD_BLANK) {
		l->clean = l->clean && l->class == FOLD_BLANK;
		l->before = cp;
	}
	for (; l->class == FOLD_WORD; l->class = fold_next(&s, &cp)) {
		if (n + 4 >= WORD_SIZE) {
			n = 0;
			break;
		}
		n += (size_t)fold_put(cp, l->word + n);
	}
	l->word[n] = '\0';
	l->after = cp;
	l->rest = s;
}

/* Squeeze ${s} to its letters and digits; false if it is too long to be a lone word. */
static bool
squeeze(const char *s, char out[WORD_SIZE])
{
	enum fold_class class;
	size_t n = 0;
	uint32_t cp;

	while ((class = fold_next(&s, &cp)) != FOLD_END) {
		if (class != FOLD_WORD)
			continue;
		if (n + 4 >= WORD_SIZE)
			return false;
		n += (size_t)fold_put(cp, out + n);
	}
	out[n] = '\0';
	return n > 0;
}

/* Is ${text}, squeezed, a word to stop or to start, alone or beside the squeezed ${site}? */
static bool
lone_word(char *text, const char *site, enum token *found)
{
	size_t len = strlen(text), extra = strlen(site);

	if (lexicon_token(text, "", TOKEN_STOP, TOKEN_START_SOFT, found))
		return true;
	if (extra == 0 || len <= extra)
		return false;
	if (memcmp(text, site, extra) == 0 &&
	    lexicon_token(text + extra, "", TOKEN_STOP, TOKEN_START_SOFT, found))
		return true;
	if (memcmp(text + len - extra, site, extra) != 0)
		return false;
	text[len - extra] = '\0';
	return lexicon_token(text, "", TOKEN_STOP, TOKEN_START_SOFT, found);
}

/* The legal words come before everything else: stop, and start. */
static bool
parse_lone(const char *text, const char *site, struct parsed *out)
{
	char squeezed[WORD_SIZE], name[WORD_SIZE];
	enum token found;

	if (!squeeze(text, squeezed))
		return false;
	if (!squeeze(site, name))
		name[0] = '\0';
	if (!lone_word(squeezed, name, &found))
		return false;
	out->verb = found == TOKEN_STOP ? VERB_STOP : VERB_START;
	out->soft = found == TOKEN_START_SOFT;
	return true;
}

/*
 * Is ${word} one for a private message, or such a word of letters other than ASCII with a name on its heels,
 * as where words are joined: nobody wants a blank before other letters there?
 */
static bool
begins_private(const char *word)
{
	char first[WORD_SIZE];
	size_t n = 0;

	if (lexicon_private(word))
		return true;
	while ((unsigned char)word[n] >= 0x80)
		n++;
	if (n == 0 || word[n] == '\0')
		return false;
	memcpy(first, word, n);
	first[n] = '\0';
	return lexicon_private(first);
}

/*
 * Does a text begin like something private?  Then it is one, or an error: invariant 6.  The word may
 * have punctuation before it and anything but a letter behind; only an elided "d'accord" is let through.
 */
static bool
parse_private(const struct lead *l, struct parsed *out)
{
	char word[WORD_SIZE];
	const char *text = l->rest;
	uint32_t cp;

	if (!begins_private(l->word))
		return false;
	if (l->word[1] == '\0' && (l->after == '\'' || l->after == 0x2019 || l->after == 0x2BC) &&
	    fold_next(&text, &cp) == FOLD_WORD)
		return false;
	out->verb = VERB_PRIVATE;
	out->command = &command_table[0];
	if (!l->clean || l->class != FOLD_BLANK || !lexicon_private(l->word))
		return true;
	text = shape_word(text, word);
	if (shape_name(word, out->name) && *text) {
		out->verb = VERB_DIRECT;
		out->text = text;
	}
	return true;
}

/* Does ${s} begin with what can be a name, after whatever stands around it? */
static bool
name_ahead(const char *s)
{
	char name[PARSE_NAME_SIZE];
	struct lead l;

	lead_read(s, &l);
	return shape_name(l.word, name);
}

/*
 * Does a text begin with a word that means a private message elsewhere, and go on with a name?  It is
 * no command here, and was not meant for all.
 */
static bool
parse_near_private(const struct lead *l, struct parsed *out)
{
	enum token last = l->before == '/' ? TOKEN_WHISPER : TOKEN_PRIVATE, found;

	/* "private-school" is one word, "whisper's" another */
	if (l->class == FOLD_END || l->after == '-' || l->after == '\'' || l->after == 0x2019 ||
	    !lexicon_token(l->word, "", TOKEN_PRIVATE, last, &found) || !name_ahead(l->rest))
		return false;
	out->verb = VERB_PRIVATE;
	out->command = &command_table[0];
	return true;
}

/* Reply by "r: text", too: what was private must not become public for a colon. */
static bool
parse_reply(const struct lead *l, const char *lang, struct parsed *out)
{
	const struct command *c;

	if (l->before != 0 || l->class != FOLD_PUNCT || (l->after != ':' && l->after != ','))
		return false;
	c = lexicon_command(l->word, lang, out->lang);
	if (!c || c->verb != VERB_REPLY)
		return false;
	out->verb = VERB_REPLY;
	out->command = c;
	out->text = shape_skip(l->rest);
	out->missing = *out->text == '\0';
	return true;
}

static void
parse_status(const char *text, struct parsed *out)
{
	*out = (struct parsed){ .verb = VERB_STATUS, .text = text, .from = -1, .to = -1 };
}

bool
parse_mention(const char *text, const char **at, char name[PARSE_NAME_SIZE])
{
	const char *s = *at, *end;

	for (; *s; s++) {
		if (*s != '@' && strncmp(s, "\xEF\xBC\xA0", 3) != 0)
			continue;
		end = mention_at(text, s, name);
		if (end) {
			*at = end;
			return true;
		}
	}
	*at = s;
	return false;
}

/* Is ${word} a command, and what is behind it of its shape? */
static bool
parse_command_of(const char *word, const char *rest, const char *lang, struct parsed *out)
{
	out->command = lexicon_command(word, lang, out->lang);
	if (!out->command || !shape_fits(out->command, rest, lang, out))
		return false;
	out->verb = out->code[0] ? VERB_CODE : out->command->verb;
	return true;
}

/* The same with a command of two words. */
static bool
parse_pair(const char *word, const char *rest, const char *lang, struct parsed *out)
{
	char pair[WORD_SIZE];

	memcpy(pair, word, strlen(word) + 1);
	return shape_pair(pair, &rest) && parse_command_of(pair, rest, lang, out);
}

/*
 * A word without a blank behind it, as people write where words are joined: what follows must begin with the
 * sign or the digit that the command wants.
 */
static bool
parse_joined(const char *text, const char *lang, struct parsed *out)
{
	static const unsigned numbers = 1u << SHAPE_HOURS | 1u << SHAPE_NAME_HOURS |
					1u << SHAPE_PIN | 1u << SHAPE_CODE,
			      names = 1u << SHAPE_NAME | 1u << SHAPE_NAME_MAYBE |
				      1u << SHAPE_NAME_HOURS | 1u << SHAPE_NAME_NOTE;
	char word[WORD_SIZE];
	const char *at = text, *rest = text;
	const struct command *c;
	size_t n = 0;
	uint32_t cp;

	while (fold_next(&at, &cp) == FOLD_WORD && shape_joins(cp) && n + 4 < sizeof(word)) {
		n += (size_t)fold_put(cp, word + n);
		rest = at;
	}
	word[n] = '\0';
	if (n == 0 || (cp != '@' && (cp < '0' || cp > '9')))
		return false;
	c = lexicon_command(word, lang, out->lang);
	return c && (cp == '@' ? names : numbers) & 1u << c->shape &&
	       parse_command_of(word, rest, lang, out);
}

static bool
is_digit(uint32_t cp)
{
	return cp >= '0' && cp <= '9';
}

/*
 * "pin4711", "link:12345678": what opens an account is not for all to read, however it is glued to its word.
 * Fewer digits than a PIN has are of no such kind: "pin-2".
 */
static bool
parse_secret(const char *text, const char *lang, struct parsed *out)
{
	char word[WORD_SIZE];
	const char *at = text, *digits = text;
	const struct command *c;
	enum fold_class class;
	size_t n = 0, found = 0;
	uint32_t cp;

	while ((class = fold_next(&at, &cp)) == FOLD_PUNCT || class == FOLD_BLANK)
		;
	for (; class == FOLD_WORD && !is_digit(cp) && n + 4 < sizeof(word);
	     class = fold_next(&at, &cp)) {
		n += (size_t)fold_put(cp, word + n);
		digits = at;
	}
	word[n] = '\0';
	for (; class == FOLD_PUNCT; class = fold_next(&at, &cp))
		digits = at;
	for (; class == FOLD_WORD && is_digit(cp); class = fold_next(&at, &cp))
		found++;
	if (n == 0 || found < PIN_LEAST)
		return false;
	c = lexicon_command(word, lang, out->lang);
	return c && (c->shape == SHAPE_PIN || c->shape == SHAPE_CODE) &&
	       parse_command_of(word, digits, lang, out);
}

void
parse_text(const char *text, const char *lang, const char *site, struct parsed *out)
{
	char word[WORD_SIZE];
	const char *at = text, *rest;
	struct lead lead;
	uint32_t cp;

	parse_status(text, out);
	/* "@stop" is about somebody, "#stop" about something */
	if (fold_next(&at, &cp) == FOLD_PUNCT && (cp == '@' || cp == '#')) {
		rest = mention_at(text, text, out->name);
		if (rest && *shape_skip(rest))
			out->verb = VERB_MENTION;
		else
			out->name[0] = '\0';
		return;
	}
	lead_read(text, &lead);
	if (parse_lone(text, site, out) || parse_private(&lead, out) ||
	    parse_near_private(&lead, out) || parse_reply(&lead, lang, out))
		return;
	if (shape_code(text, out->code)) {
		out->verb = VERB_CODE;
		return;
	}
	rest = shape_word(text, word);
	if (parse_command_of(word, rest, lang, out))
		return;
	parse_status(text, out);
	if (parse_pair(word, rest, lang, out))
		return;
	parse_status(text, out);
	if (parse_joined(text, lang, out))
		return;
	parse_status(text, out);
	if (parse_secret(text, lang, out))
		return;
	parse_status(text, out);
	near_find(text, word, rest, lang, out);
}
