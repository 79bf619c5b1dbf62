#include "gateway/parse.h"

#include <string.h>

#include "gateway/fold.h"
#include "gateway/mention.h"

#define WORD_SIZE 64
#define NEAR_SLASH 2 /* so many of those below count behind a slash only */

static const char *const near_private[] = { "w", "tell", "pm", "msg", "private", "whisper", NULL };

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

static const char *
skip_blanks(const char *s)
{
	for (;;) {
		const char *at = s;
		uint32_t cp;

		if (fold_next(&s, &cp) != FOLD_BLANK)
			return at;
	}
}

/*
 * Fold the next word into ${out}, without what people put around it: quotes before, punctuation
 * behind.  Returns what follows it, blanks skipped; ${out} is "" if the word is too long or is
 * punctuation only (a lone "?" stays).
 */
static const char *
word_read(const char *s, char out[WORD_SIZE])
{
	enum fold_class class;
	size_t n = 0, end = 0;
	uint32_t cp, first = 0;
	bool fits = true;

	s = skip_blanks(s);
	while ((class = fold_next(&s, &cp)) == FOLD_WORD || class == FOLD_PUNCT) {
		if (first == 0)
			first = cp;
		if (n == 0 && class == FOLD_PUNCT && cp != '@' && cp != '#')
			continue;
		if (n + 4 >= WORD_SIZE) {
			fits = false;
			continue;
		}
		n += (size_t)fold_put(cp, out + n);
		if (class == FOLD_WORD)
			end = n;
	}
	out[fits ? end : 0] = '\0';
	if (n == 0 && first == '?')
		memcpy(out, "?", 2);
	return class == FOLD_END ? s : skip_blanks(s);
}

/* Is ${word} ${n} bytes of the list ${aliases}?  ${used} gets the language it belongs to. */
static bool
alias_has(const char *aliases, const char *word, const char *lang, char used[6])
{
	size_t len = strlen(word), lang_len = strcspn(lang, "_-.@");

	for (const char *a = aliases; *a; a += strspn(a, " ")) {
		size_t n = strcspn(a, " ");
		const char *colon = memchr(a, ':', n);
		const char *at = colon ? colon + 1 : a;

		if ((size_t)(a + n - at) == len && memcmp(at, word, len) == 0 &&
		    (!colon ||
			((size_t)(colon - a) == lang_len && memcmp(a, lang, lang_len) == 0))) {
			memcpy(used, a, colon ? lang_len : 0);
			used[colon ? lang_len : 0] = '\0';
			return true;
		}
		a += n;
	}
	return false;
}

static const struct command *
command_find(const char *word, const char *lang, char used[6])
{
	used[0] = '\0';
	for (const struct command *c = command_table; *word && c->word; c++)
		if (strcmp(c->word, word) == 0 || alias_has(c->aliases, word, lang, used))
			return c;
	return NULL;
}

const struct command *
parse_command(const char *word, const char *lang)
{
	char folded[WORD_SIZE], used[6];

	return parse_fold(word, folded, sizeof(folded)) ? command_find(folded, lang, used) : NULL;
}

bool
parse_is_word(const char *name)
{
	char used[6];

	return command_find(name, "", used) != NULL;
}

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Copy ${word} as a name, its '@' dropped; false if it can be none. */
static bool
name_take(const char *word, char name[PARSE_NAME_SIZE])
{
	size_t n = 0;

	word += *word == '@';
	while (is_name_byte(word[n]) && n < PARSE_NAME_SIZE)
		n++;
	if (n == 0 || n == PARSE_NAME_SIZE || word[n])
		return false;
	memcpy(name, word, n + 1);
	return true;
}

/* Is ${s} eight digits, however grouped, and nothing else? */
static bool
digits_take(const char *s, char code[9])
{
	enum fold_class class;
	size_t n = 0;
	uint32_t cp;

	while ((class = fold_next(&s, &cp)) != FOLD_END) {
		if (cp >= '0' && cp <= '9') {
			if (n == 8)
				return false;
			code[n++] = (char)cp;
		} else if (class == FOLD_WORD) {
			return false;
		}
	}
	code[n == 8 ? n : 0] = '\0';
	return n == 8;
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

/* Is ${text}, squeezed, one of ${words}, alone or beside the squeezed ${site}?  Returns its place, or -1. */
static int
lone_word(const char *text, const char *site, const char *const *words)
{
	size_t len = strlen(text), extra = strlen(site);

	for (int i = 0; words[i]; i++) {
		size_t n = strlen(words[i]);

		if (len == n && memcmp(text, words[i], n) == 0)
			return i;
		if (extra == 0 || len != n + extra)
			continue;
		if ((memcmp(text, words[i], n) == 0 && memcmp(text + n, site, extra) == 0) ||
		    (memcmp(text, site, extra) == 0 && memcmp(text + extra, words[i], n) == 0))
			return i;
	}
	return -1;
}

/* The legal words come before everything else: stop, and start. */
static bool
parse_lone(const char *text, const char *site, struct parsed *out)
{
	char squeezed[WORD_SIZE], name[WORD_SIZE];
	int i;

	if (!squeeze(text, squeezed))
		return false;
	if (!squeeze(site, name))
		name[0] = '\0';
	if (lone_word(squeezed, name, stop_words) >= 0) {
		out->verb = VERB_STOP;
	} else if ((i = lone_word(squeezed, name, start_words)) >= 0) {
		out->verb = VERB_START;
		out->soft = i >= 2;
	} else {
		return false;
	}
	return true;
}

/*
 * Does ${text} begin like something private?  Then it is one, or an error: invariant 6.  The word may
 * have punctuation before it and anything but a letter behind; only an elided "d'accord" is let through.
 */
static bool
parse_private(const char *text, struct parsed *out)
{
	char word[WORD_SIZE], used[6];
	enum fold_class class;
	size_t n = 0;
	uint32_t cp, after;
	bool clean = true;

	while ((class = fold_next(&text, &cp)) == FOLD_PUNCT || class == FOLD_BLANK)
		clean = clean && class == FOLD_BLANK;
	for (; class == FOLD_WORD; class = fold_next(&text, &cp)) {
		if (n + 4 >= WORD_SIZE)
			return false;
		n += (size_t)fold_put(cp, word + n);
	}
	word[n] = '\0';
	if (n == 0 ||
	    (strcmp(word, "d") != 0 && !alias_has(command_table[0].aliases, word, "", used)))
		return false;
	if (n == 1 && (cp == '\'' || cp == 0x2019 || cp == 0x2BC)) {
		const char *next = text;

		if (fold_next(&next, &after) == FOLD_WORD)
			return false;
	}
	out->verb = VERB_PRIVATE;
	out->command = &command_table[0];
	if (!clean || class != FOLD_BLANK)
		return true;
	text = word_read(text, word);
	if (name_take(word, out->name) && *text) {
		out->verb = VERB_DIRECT;
		out->text = text;
	}
	return true;
}

/* Does ${s} begin with what can be a name, after whatever stands around it? */
static bool
name_ahead(const char *s)
{
	enum fold_class class;
	uint32_t cp;
	size_t n = 0;

	while ((class = fold_next(&s, &cp)) == FOLD_PUNCT || class == FOLD_BLANK)
		;
	for (; class == FOLD_WORD; class = fold_next(&s, &cp), n++)
		if (cp >= 0x80 || !is_name_byte((char)cp))
			return false;
	return n > 0 && n < PARSE_NAME_SIZE;
}

/*
 * Does ${text} begin with a word that means a private message elsewhere, and go on with a name?  It is
 * no command here, and was not meant for all.
 */
static bool
parse_near_private(const char *text, struct parsed *out)
{
	char word[WORD_SIZE];
	enum fold_class class;
	size_t n = 0;
	uint32_t cp, before = 0;
	int i;

	while ((class = fold_next(&text, &cp)) == FOLD_PUNCT || class == FOLD_BLANK)
		before = cp;
	for (; class == FOLD_WORD; class = fold_next(&text, &cp)) {
		if (n + 4 >= WORD_SIZE)
			return false;
		n += (size_t)fold_put(cp, word + n);
	}
	word[n] = '\0';
	for (i = before == '/' ? 0 : NEAR_SLASH; near_private[i]; i++)
		if (strcmp(near_private[i], word) == 0)
			break;
	/* "private-school" is one word, "whisper's" another */
	if (!near_private[i] || class == FOLD_END || cp == '-' || cp == '\'' || cp == 0x2019 ||
	    !name_ahead(text))
		return false;
	out->verb = VERB_PRIVATE;
	out->command = &command_table[0];
	return true;
}

/* Reply by "r: text", too: what was private must not become public for a colon. */
static bool
parse_reply(const char *text, const char *lang, struct parsed *out)
{
	char word[WORD_SIZE];
	enum fold_class class;
	size_t n = 0;
	uint32_t cp;

	while ((class = fold_next(&text, &cp)) == FOLD_WORD) {
		if (n + 4 >= WORD_SIZE)
			return false;
		n += (size_t)fold_put(cp, word + n);
	}
	word[n] = '\0';
	if (class != FOLD_PUNCT || (cp != ':' && cp != ',') || n == 0)
		return false;
	if (strcmp(word, "r") != 0 && !alias_has(command_table[1].aliases, word, lang, out->lang))
		return false;
	out->verb = VERB_REPLY;
	out->command = &command_table[1];
	out->text = skip_blanks(text);
	out->missing = *out->text == '\0';
	return true;
}

static bool
is_lang(const char *word)
{
	size_t n = strcspn(word, "_-");

	if (n < 2 || n > 3 || strspn(word, "abcdefghijklmnopqrstuvwxyz_-") != strlen(word))
		return false;
	return word[n] == '\0' || strlen(word + n) == 3;
}

static bool
shape_help(const char *word, const char *rest, const char *lang, struct parsed *out)
{
	char used[6];

	/* a word that is no command is a question, too: it gets the list of them */
	if (*word)
		out->topic = command_find(word, lang, used);
	return !*rest;
}

static bool
shape_name_digits(const char *word, const char *rest, struct parsed *out)
{
	char second[WORD_SIZE];

	if (!name_take(word, out->name))
		return false;
	if (!*rest)
		return true;
	rest = word_read(rest, second);
	return second[0] >= '0' && second[0] <= '9' && !*rest;
}

static bool
shape_switch(const char *word, const char *lang, struct parsed *out)
{
	char used[6];
	const struct command *c = command_find(word, lang, used);

	if (!c || (c->verb != VERB_ON && c->verb != VERB_OFF))
		return false;
	memcpy(out->name, c->word, strlen(c->word) + 1);
	return true;
}

/* Does ${args} fit ${shape}?  Fills in what it holds. */
static bool
shape_fits(enum shape shape, const char *args, const char *lang, struct parsed *out)
{
	char word[WORD_SIZE];
	const char *rest = word_read(args, word);
	bool alone = *args == '\0', one = *rest == '\0';

	out->missing = alone;
	out->text = args;
	switch (shape) {
	case SHAPE_ALONE:
		out->missing = false;
		return alone;
	case SHAPE_NAME:
		return alone || (one && name_take(word, out->name));
	case SHAPE_NAME_MAYBE:
		out->missing = false;
		return alone || (one && name_take(word, out->name));
	case SHAPE_TEXT:
		return true;
	case SHAPE_HELP:
		out->missing = false;
		return shape_help(word, rest, lang, out);
	case SHAPE_CODE:
		out->missing = false;
		return alone || digits_take(args, out->code);
	case SHAPE_ONE:
		name_take(word, out->name);
		return one;
	case SHAPE_LANG:
		if (!alone && (!one || !is_lang(word)))
			return false;
		memcpy(out->name, word, strlen(word) + 1);
		return true;
	case SHAPE_DIGITS:
		return one && word[0] >= '0' && word[0] <= '9';
	case SHAPE_SWITCH:
		return alone || (one && shape_switch(word, lang, out));
	case SHAPE_NAME_DIGITS:
		return !alone && shape_name_digits(word, rest, out);
	default:
		return false;
	}
}

static void
parse_status(const char *text, struct parsed *out)
{
	*out = (struct parsed){ .verb = VERB_STATUS, .text = text };
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

void
parse_text(const char *text, const char *lang, const char *site, struct parsed *out)
{
	char word[WORD_SIZE];
	const char *at = text, *rest;
	uint32_t cp;

	parse_status(text, out);
	/* "@stop" is about somebody, "#stop" about something */
	if (fold_next(&at, &cp) == FOLD_PUNCT && (cp == '@' || cp == '#')) {
		rest = mention_at(text, text, out->name);
		if (rest && *skip_blanks(rest))
			out->verb = VERB_MENTION;
		else
			out->name[0] = '\0';
		return;
	}
	if (parse_lone(text, site, out) || parse_private(text, out) ||
	    parse_near_private(text, out) || parse_reply(text, lang, out))
		return;
	if (digits_take(text, out->code)) {
		out->verb = VERB_CODE;
		return;
	}
	rest = word_read(text, word);
	out->command = command_find(word, lang, out->lang);
	if (!out->command)
		return;
	if (!shape_fits(out->command->shape, rest, lang, out)) {
		parse_status(text, out);
		return;
	}
	out->verb = out->code[0] ? VERB_CODE : out->command->verb;
}
