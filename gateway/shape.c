#include "gateway/shape.h"

#include <string.h>

#include "gateway/fold.h"

#define TRACK_WORDS 4 /* more are a sentence */

const char *
shape_skip(const char *s)
{
	for (;;) {
		const char *at = s;
		uint32_t cp;

		if (fold_next(&s, &cp) != FOLD_BLANK)
			return at;
	}
}

bool
shape_joins(uint32_t cp)
{
	return (cp >= 0x0E00 && cp <= 0x0EFF) || (cp >= 0x2E80 && cp <= 0xD7FF);
}

const char *
shape_word(const char *s, char out[LEXICON_WORD_SIZE])
{
	enum fold_class class;
	size_t n = 0, end = 0;
	uint32_t cp, first = 0;
	bool fits = true;

	s = shape_skip(s);
	while ((class = fold_next(&s, &cp)) == FOLD_WORD || class == FOLD_PUNCT) {
		if (first == 0)
			first = cp;
		if (n == 0 && class == FOLD_PUNCT && cp != '@' && cp != '#')
			continue;
		if (n + 4 >= LEXICON_WORD_SIZE) {
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
	return class == FOLD_END ? s : shape_skip(s);
}

bool
shape_pair(char word[LEXICON_WORD_SIZE], const char **rest)
{
	char second[LEXICON_WORD_SIZE];
	const char *behind;
	size_t n = strlen(word), m;

	if (n == 0 || !**rest)
		return false;
	behind = shape_word(*rest, second);
	m = strlen(second);
	if (m == 0 || n + m + 2 > LEXICON_WORD_SIZE)
		return false;
	word[n] = '_';
	memcpy(word + n + 1, second, m + 1);
	*rest = behind;
	return true;
}

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool
shape_name(const char *word, char name[PARSE_NAME_SIZE])
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

bool
shape_code(const char *s, char code[9])
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

static bool
is_lang(const char *word)
{
	size_t n = strcspn(word, "_-");

	if (n < 2 || n > 3 || strspn(word, "abcdefghijklmnopqrstuvwxyz_-") != strlen(word))
		return false;
	return word[n] == '\0' || strlen(word + n) == 3;
}

static bool
is_off(const char *word, const char *lang)
{
	enum token unused;

	return lexicon_token(word, lang, TOKEN_OFF, TOKEN_OFF, &unused);
}

static bool
fits_help(char *word, const char *rest, const char *lang, struct parsed *out)
{
	char used[12];

	/* a word that is no command is a question, too: it gets the list of them */
	if (*word)
		out->topic = lexicon_command(word, lang, used);
	if (!out->topic && shape_pair(word, &rest))
		return (out->topic = lexicon_command(word, lang, used)) != NULL && !*rest;
	return !*rest;
}

/* A name and what is told about it.  Without an @ it may be the beginning of any sentence. */
static bool
fits_note(const char *word, const char *rest, struct parsed *out)
{
	if (!shape_name(word, out->name))
		return false;
	out->text = rest;
	out->soft = *rest && *word != '@';
	return true;
}

/* Numbers and signs alone are meant for the service, even where they are no times. */
static bool
is_numbers(const char *s)
{
	enum fold_class class;
	bool any = false;
	uint32_t cp;

	while ((class = fold_next(&s, &cp)) != FOLD_END) {
		if (class == FOLD_WORD && (cp < '0' || cp > '9'))
			return false;
		any = any || class == FOLD_WORD;
	}
	return any;
}

static bool
fits_hours(const char *args, const char *lang, struct parsed *out)
{
	if (shape_hours(args, lang, out))
		return true;
	out->missing = true;
	return is_numbers(args);
}

static bool
fits_name_hours(const char *args, const char *lang, struct parsed *out)
{
	char word[LEXICON_WORD_SIZE];
	const char *rest;

	if (shape_hours(args, lang, out))
		return out->from < 0;
	rest = shape_word(args, word);
	if (!shape_name(word, out->name))
		return false;
	return !*rest || (shape_hours(rest, lang, out) && out->from < 0);
}

/* A few words, which are compared as the words of statuses are, so they are left as they stand. */
static bool
fits_words(const char *args, const char *lang, struct parsed *out)
{
	char word[LEXICON_WORD_SIZE];
	const char *rest = args;
	enum token unused;

	while (*rest && out->words <= TRACK_WORDS) {
		rest = shape_word(rest, word);
		out->words++;
	}
	if (out->words == 1 && lexicon_token(word, lang, TOKEN_OFF, TOKEN_ALL, &unused)) {
		out->off = true;
		out->words = 0;
	}
	return out->words <= TRACK_WORDS;
}

/* One word, or as many as a zone's name has with its '_' written as blanks; as it is written. */
static bool
fits_zone(const char *args, struct parsed *out)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/: ";
	size_t n = strspn(args, letters);
	bool has_slash;

	if (args[n + strspn(args + n, ".!?")])
		return false;
	while (n > 0 && args[n - 1] == ' ')
		n--;
	has_slash = memchr(args, '/', n) != NULL;
	if (n == 0 || n >= sizeof(out->zone) || (!has_slash && memchr(args, ' ', n)))
		return false;
	for (size_t i = 0; i < n; i++)
		out->zone[i] = (char)(args[i] == ' ' ? '_' : args[i]);
	out->zone[n] = '\0';
	return true;
}

static bool
take_pin(const char *word, char pin[PARSE_PIN_SIZE])
{
	size_t n = strspn(word, "0123456789");

	if (n < PIN_MIN || n >= PARSE_PIN_SIZE || word[n])
		return false;
	memcpy(pin, word, n + 1);
	return true;
}

/* Whatever stands before it, and however long the word is. */
static bool
begins_with_digit(const char *s)
{
	enum fold_class class;
	uint32_t cp;

	while ((class = fold_next(&s, &cp)) == FOLD_PUNCT || class == FOLD_BLANK)
		;
	return class == FOLD_WORD && cp >= '0' && cp <= '9';
}

/* What begins with a digit behind "pin" is never said to all, whatever else is wrong with it. */
static bool
fits_pin(const char *args, const char *lang, struct parsed *out)
{
	char word[LEXICON_WORD_SIZE];
	const char *rest = shape_word(args, word);

	if (!*rest && is_off(word, lang)) {
		out->off = true;
		return true;
	}
	if (!begins_with_digit(args))
		return false;
	out->missing = !take_pin(word, out->pin);
	if (!*rest || out->missing)
		return true;
	memcpy(out->pin_was, out->pin, sizeof(out->pin_was));
	rest = shape_word(rest, word);
	if (!*rest && is_off(word, lang)) {
		out->off = true;
		out->pin[0] = '\0';
	} else {
		out->missing = *rest || !take_pin(word, out->pin);
	}
	return true;
}

static bool
fits_switch(const char *word, const char *rest, const char *lang, struct parsed *out)
{
	char used[12];
	const struct command *c = lexicon_command(word, lang, used);

	if (*rest || !c || (c->verb != VERB_ON && c->verb != VERB_OFF))
		return false;
	out->off = c->verb == VERB_OFF;
	return true;
}

/* One word, or a number in groups, or what has an @: somebody else's number is not for all to read. */
static bool
fits_address(const char *args)
{
	char word[LEXICON_WORD_SIZE];
	enum fold_class class;
	int digits = 0;
	uint32_t cp;

	if (!*shape_word(args, word))
		return true;
	while ((class = fold_next(&args, &cp)) != FOLD_END) {
		if (class == FOLD_WORD && cp >= '0' && cp <= '9')
			digits++;
		if (cp == '@' || digits >= 5)
			return true;
	}
	return false;
}

/* Of more than one word, or of words that are no names. */
static bool
fits_more(const struct command *c, const char *args, const char *lang, struct parsed *out)
{
	char word[LEXICON_WORD_SIZE];
	const char *rest = shape_word(args, word);

	out->missing = false;
	switch (c->shape) {
	case SHAPE_TEXT:
		return true;
	case SHAPE_HELP:
		return fits_help(word, rest, lang, out);
	case SHAPE_CODE:
		return shape_code(args, out->code);
	case SHAPE_NAME_NOTE:
		return fits_note(word, rest, out);
	case SHAPE_HOURS:
		return fits_hours(args, lang, out);
	case SHAPE_NAME_HOURS:
		return fits_name_hours(args, lang, out);
	case SHAPE_WORDS:
		return fits_words(args, lang, out);
	case SHAPE_KINDS:
		return shape_kinds(args, lang, out);
	case SHAPE_ZONE:
		return fits_zone(args, out);
	case SHAPE_PIN:
		return fits_pin(args, lang, out);
	case SHAPE_SWITCH:
		return fits_switch(word, rest, lang, out);
	case SHAPE_ADDRESS:
		return fits_address(args);
	default:
		return false;
	}
}

bool
shape_fits(const struct command *c, const char *args, const char *lang, struct parsed *out)
{
	static const unsigned whole = 1u << SHAPE_ALONE | 1u << SHAPE_NAME_MAYBE |
				      1u << SHAPE_HELP | 1u << SHAPE_CODE | 1u << SHAPE_WORDS;
	char word[LEXICON_WORD_SIZE];
	const char *rest;
	bool one;

	out->text = args;
	if (!*args) {
		out->missing = !(whole & 1u << c->shape);
		return true;
	}
	rest = shape_word(args, word);
	one = *rest == '\0';
	switch (c->shape) {
	case SHAPE_ALONE:
		return false;
	case SHAPE_NAME:
	case SHAPE_NAME_MAYBE:
		return one && shape_name(word, out->name);
	case SHAPE_ONE:
		shape_name(word, out->name);
		return one;
	case SHAPE_LANG:
		if (!one || !is_lang(word))
			return false;
		memcpy(out->name, word, strlen(word) + 1);
		return true;
	default:
		return fits_more(c, args, lang, out);
	}
}
