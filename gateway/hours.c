/* Times of day and spans of time, as people write them. */
#include <string.h>

#include "gateway/fold.h"
#include "gateway/shape.h"

#define DAY_MINUTES 1440
#define MINUTE 60
#define SPAN_MOST (366 * 86400) /* longer than that is for good */

/*
 * Move behind a word of ${first} to ${last}, if one is there: the longest, which other letters follow
 * only where words are joined, as in "22時から7時".
 */
static bool
token(const char **s, const char *lang, enum token first, enum token last, enum token *out)
{
	char word[LEXICON_WORD_SIZE];
	const char *at = shape_skip(*s), *next = at, *end = NULL;
	size_t n = 0;
	uint32_t cp, after;

	while (fold_next(&next, &cp) == FOLD_WORD && (cp < '0' || cp > '9')) {
		const char *peek = next;

		if (n + 4 >= sizeof(word))
			break;
		n += (size_t)fold_put(cp, word + n);
		word[n] = '\0';
		if (fold_next(&peek, &after) == FOLD_WORD && (after < '0' || after > '9') &&
		    !shape_joins(cp))
			continue;
		if (lexicon_token(word, lang, first, last, out))
			end = next;
	}
	if (end)
		*s = end;
	return end != NULL;
}

/* Up to ${most} digits at *${s}; returns how many. */
static int
digits(const char **s, int most, int *out)
{
	const char *at = *s;
	uint32_t cp;
	int n = 0;

	*out = 0;
	while (fold_next(&at, &cp) == FOLD_WORD && cp >= '0' && cp <= '9') {
		if (n++ == most)
			return 0;
		*out = 10 * *out + (int)(cp - '0');
		*s = at;
	}
	return n;
}

/* Move behind one sign of ${signs} at *${s}. */
static bool
sign(const char **s, const char *signs)
{
	const char *at = *s;
	uint32_t cp;

	if (fold_next(&at, &cp) != FOLD_PUNCT || cp >= 0x80 || !strchr(signs, (int)cp))
		return false;
	*s = at;
	return true;
}

/* The minutes behind an hour: ":30", ".30", or after an "h", where they may be left out. */
static bool
minutes(const char **s, const char *lang, int *out)
{
	const char *at = *s;
	enum token unit;
	bool word_before = token(&at, lang, TOKEN_OCLOCK, TOKEN_OCLOCK, &unit);
	int n;

	*out = 0;
	if (!word_before && !sign(&at, ":."))
		return true;
	n = digits(&at, 2, out);
	if (n == 0 && word_before) {
		*s = at;
		return true;
	}
	if (n != 2 || *out > 59)
		return false;
	*s = at;
	if (word_before)
		token(s, lang, TOKEN_MINUTES, TOKEN_MINUTES, &unit);
	return true;
}

/* A time of day at *${s}: 7, 7:00, 0700, 7.30, 7h, 7 pm. */
static bool
time_of_day(const char **s, const char *lang, int *out)
{
	const char *at = shape_skip(*s);
	enum token half;
	bool halved = token(&at, lang, TOKEN_AM, TOKEN_PM, &half);
	int hour, minute = 0, n;

	at = shape_skip(at);
	n = digits(&at, 4, &hour);
	if (n == 0 || n == 3)
		return false;
	if (n == 4) {
		minute = hour % 100;
		hour /= 100;
	} else if (!minutes(&at, lang, &minute)) {
		return false;
	}
	halved = halved || token(&at, lang, TOKEN_AM, TOKEN_PM, &half);
	if (halved && (hour < 1 || hour > 12))
		return false;
	if (halved)
		hour = hour % 12 + (half == TOKEN_PM ? 12 : 0);
	if (hour > 24 || minute > 59 || 60 * hour + minute > DAY_MINUTES)
		return false;
	*out = (60 * hour + minute) % DAY_MINUTES;
	*s = at;
	return true;
}

/* Nothing but punctuation follows. */
static bool
ends(const char *s)
{
	enum fold_class class;
	uint32_t cp;

	while ((class = fold_next(&s, &cp)) == FOLD_BLANK || class == FOLD_PUNCT)
		;
	return class == FOLD_END;
}

/* What parts two times: a dash of any kind, a wave, a word. */
static bool
dash(const char **s, const char *lang)
{
	const char *at = shape_skip(*s);
	enum token unused;
	uint32_t cp;

	if (token(s, lang, TOKEN_TO, TOKEN_TO, &unused))
		return true;
	if (fold_next(&at, &cp) != FOLD_PUNCT)
		return false;
	if (cp != '-' && cp != '~' && cp != '/' && (cp < 0x2010 || cp > 0x2015) && cp != 0x301C)
		return false;
	*s = at;
	return true;
}

static bool
both(const char *s, const char *lang, struct parsed *out)
{
	enum token unused;
	int from, to;

	token(&s, lang, TOKEN_FROM, TOKEN_FROM, &unused);
	if (!time_of_day(&s, lang, &from) || !dash(&s, lang) || !time_of_day(&s, lang, &to))
		return false;
	/* Japanese has its word behind, too: from 22 until 7 */
	token(&s, lang, TOKEN_UNTIL, TOKEN_UNTIL, &unused);
	if (!ends(s))
		return false;
	out->from = from;
	out->to = to;
	return true;
}

static bool
until(const char *s, const char *lang, struct parsed *out)
{
	enum token unused;
	bool before = token(&s, lang, TOKEN_UNTIL, TOKEN_UNTIL, &unused);
	int to;

	if (!time_of_day(&s, lang, &to))
		return false;
	if (!before && !token(&s, lang, TOKEN_UNTIL, TOKEN_UNTIL, &unused))
		return false;
	if (!ends(s))
		return false;
	out->to = to;
	return true;
}

static bool
span(const char *s, const char *lang, struct parsed *out)
{
	static const int64_t seconds[] = { MINUTE, 60 * MINUTE, 1440 * MINUTE, 7 * 1440 * MINUTE };
	enum token unit;
	int n;

	s = shape_skip(s);
	if (digits(&s, 4, &n) == 0 || n == 0 ||
	    !token(&s, lang, TOKEN_MINUTES, TOKEN_WEEKS, &unit) || !ends(s))
		return false;
	out->seconds = n * seconds[unit - TOKEN_MINUTES];
	if (out->seconds > SPAN_MOST)
		out->seconds = SPAN_MOST;
	return true;
}

bool
shape_hours(const char *s, const char *lang, struct parsed *out)
{
	const char *at = s;
	enum token unused;

	if (token(&at, lang, TOKEN_OFF, TOKEN_OFF, &unused) && ends(at)) {
		out->off = true;
		return true;
	}
	return both(s, lang, out) || until(s, lang, out) || span(s, lang, out);
}
