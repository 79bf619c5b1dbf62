/* "im when there, sms for mentions 3 a day, mail": networks in their order, and when each takes something. */
#include <string.h>

#include "gateway/fold.h"
#include "gateway/rungs.h"
#include "gateway/shape.h"

/* "3"; or in a language that puts no blanks, the last number of "1日3件". */
static bool
is_number(const char *word, int *out)
{
	static const char digits[] = "0123456789";
	const char *at = word, *next;
	size_t n = strspn(at, digits);

	if (n == 0 || (at[n] != '\0' && (unsigned char)at[n] < 0x80))
		return false;
	while ((next = strpbrk(at + n, digits)) != NULL) {
		at = next;
		n = strspn(at, digits);
	}
	*out = 0;
	if (n > 3)
		return false;
	while (n-- > 0)
		*out = *out * 10 + (*at++ - '0');
	return *out > 0 && *out <= RUNG_DAILY_MAX;
}

static bool
take_kind(enum token token, struct parsed *out)
{
	static const char *const kinds[] = { "xmpp", "sms", "email" };

	if (out->kinds_n == PARSE_KINDS)
		return false;
	/* each once */
	for (size_t i = 0; i < out->kinds_n; i++)
		if (strcmp(out->kinds[i], kinds[token - TOKEN_XMPP]) == 0)
			return false;
	out->takes[out->kinds_n] = 0;
	out->daily[out->kinds_n] = 0;
	out->kinds[out->kinds_n++] = kinds[token - TOKEN_XMPP];
	return true;
}

static void
take_condition(enum token token, unsigned *takes)
{
	static const unsigned of[] = { RUNG_PRESENT | RUNG_FREE, RUNG_FREE, RUNG_ADDRESSED,
		RUNG_DIRECT, RUNG_NOTHING };

	if (token != TOKEN_JOINS)
		*takes |= of[token - TOKEN_THERE];
}

static bool
take_word(const char *word, const char *lang, struct parsed *out)
{
	enum token token;
	size_t last;
	int n;

	if (lexicon_token(word, lang, TOKEN_XMPP, TOKEN_EMAIL, &token))
		return take_kind(token, out);
	if (out->kinds_n == 0)
		return false;
	last = out->kinds_n - 1;
	if (lexicon_token(word, lang, TOKEN_THERE, TOKEN_JOINS, &token)) {
		take_condition(token, &out->takes[last]);
		return true;
	}
	if (is_number(word, &n) && out->daily[last] == 0) {
		out->daily[last] = n;
		return true;
	}
	return out->daily[last] != 0 && lexicon_token(word, lang, TOKEN_DAYS, TOKEN_DAYS, &token);
}

bool
shape_kinds(const char *args, const char *lang, struct parsed *out)
{
	char word[LEXICON_WORD_SIZE];
	enum fold_class class = FOLD_BLANK;
	size_t n = 0;
	uint32_t cp;

	for (const char *s = args; class != FOLD_END;) {
		class = fold_next(&s, &cp);
		if (class == FOLD_WORD) {
			if (n + 4 >= sizeof(word))
				return false;
			n += (size_t)fold_put(cp, word + n);
			continue;
		}
		word[n] = '\0';
		if (n > 0 && !take_word(word, lang, out))
			return false;
		n = 0;
	}
	return out->kinds_n > 0;
}
