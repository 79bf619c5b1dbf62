#include "base/token.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/mem.h"

#define NAME_MAX_LETTERS 15

enum {
	COMBINING_ACUTE = 0x301,
	COMBINING_DIAERESIS = 0x308,
	DOTLESS_I = 0x131,
	TATWEEL = 0x640,
	WIDE_NUMBER_SIGN = 0xff03,
};

static bool
is_in(ucs4_t c, ucs4_t from, ucs4_t to)
{
	return c >= from && c <= to;
}

/* ---- letters that are the same to who looks for them */

/* A mark on such a letter is left away by many who write it, and more who look for it. */
static bool
is_plain_without(ucs4_t base, ucs4_t mark)
{
	if (is_in(base, 0x400, 0x52f))
		return mark == COMBINING_ACUTE || (mark == COMBINING_DIAERESIS && base == 0x435);
	return base < 0x400 || is_in(base, 0x590, 0x6ff) || is_in(base, 0x750, 0x77f) ||
	       is_in(base, 0x8a0, 0x8ff) || is_in(base, 0x1e00, 0x1fff);
}

static ucs4_t
plain(ucs4_t c)
{
	int digit;

	switch (c) {
	case DOTLESS_I:
		return 'i';
	case 0x671: /* alef wasla */
		return 0x627;
	case 0x649: /* alef maksura, and the yeh of Persian */
	case 0x6cc:
		return 0x64a;
	case 0x629: /* teh marbuta */
		return 0x647;
	case 0x6a9: /* the kaf of Persian */
		return 0x643;
	default:
		digit = c < 0x80 ? -1 : uc_decimal_value(c);
		return digit != -1 ? (ucs4_t)('0' + digit) : c;
	}
}

/* In decomposed text: what is left away, and what becomes of the rest.  Returns how many are left. */
static size_t
simplify(uint32_t *s, size_t n)
{
	ucs4_t base = ' ';
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		ucs4_t c = s[i];

		if (c >= 0x80 && uc_is_general_category(c, UC_NON_SPACING_MARK)) {
			if (!is_plain_without(base, c) && !is_in(c, 0xfe00, 0xfe0f))
				s[m++] = c;
			continue;
		}
		if (c == TATWEEL || (c >= 0x80 && uc_is_general_category(c, UC_FORMAT)))
			continue;
		s[m++] = base = plain(c);
	}
	return m;
}

static uint32_t *
fold_ascii(const char *s, size_t n)
{
	uint32_t *out = mem_new(n * sizeof(*out));

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x80) {
			free(out);
			return NULL;
		}
		out[i] = c >= 'A' && c <= 'Z' ? (uint32_t)(c - 'A' + 'a') : c;
	}
	return out;
}

/* ${s} as it is compared, the caller's; NULL: there is nothing in it. */
static uint32_t *
fold(const char *s, size_t *n)
{
	size_t len = strlen(s), m = 0;
	uint32_t *wide, *apart = NULL, *folded = NULL, *out = NULL;

	*n = len;
	if (len == 0 || (out = fold_ascii(s, len)) != NULL)
		return out;
	wide = u8_to_u32((const uint8_t *)s, len, NULL, &m);
	/* A compatibility form may hide a capital letter, so it comes first. */
	if (wide != NULL)
		apart = u32_normalize(UNINORM_NFKD, wide, m, NULL, &m);
	if (apart != NULL)
		folded = u32_casefold(apart, m, NULL, UNINORM_NFKD, NULL, &m);
	if (folded != NULL) {
		m = simplify(folded, m);
		out = u32_normalize(UNINORM_NFKC, folded, m, NULL, n);
	}
	free(wide);
	free(apart);
	free(folded);
	return out;
}

/* ---- what they are */

enum kind { GAP, WORD, MARK, SIGN, SYMBOL };

/* Of a script that puts no blanks between words, or not between all. */
static bool
is_sign(ucs4_t c)
{
	return is_in(c, 0x3400, 0x9fff) || is_in(c, 0x3040, 0x30ff) || is_in(c, 0xac00, 0xd7a3) ||
	       is_in(c, 0xe00, 0xeff) || is_in(c, 0x1000, 0x109f) || is_in(c, 0x1780, 0x17ff) ||
	       is_in(c, 0x1100, 0x11ff) || is_in(c, 0x3005, 0x3007) || is_in(c, 0x3105, 0x318f) ||
	       is_in(c, 0x31f0, 0x31ff) || is_in(c, 0x20000, 0x3ffff);
}

static enum kind
kind_of(ucs4_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
			       (c >= 'A' && c <= 'Z')
			   ? WORD
			   : GAP;
	if (uc_is_general_category(c, UC_MARK))
		return MARK;
	if (uc_is_general_category(c, UC_LETTER) || uc_is_general_category(c, UC_NUMBER))
		return is_sign(c) ? SIGN : WORD;
	return uc_is_general_category(c, UC_OTHER_SYMBOL) ||
		       uc_is_general_category(c, UC_CURRENCY_SYMBOL)
		   ? SYMBOL
		   : GAP;
}

/* ---- cutting */

struct cut {
	struct buf *out;
	const uint32_t *s;
	size_t n;      /* of these */
	size_t tokens; /* so far */
};

/* ${s}[from, to), with ${sigil} before it where that is not 0, as far as it goes. */
static void
put(struct cut *c, char sigil, size_t from, size_t to)
{
	uint8_t token[TOKEN_MAX];
	size_t n = 0;
	int k;

	if (c->tokens == TOKENS_MAX)
		return;
	if (sigil != '\0')
		token[n++] = (uint8_t)sigil;
	for (size_t i = from; i < to; i++) {
		k = u8_uctomb(token + n, c->s[i], (int)(sizeof(token) - n));
		if (k <= 0)
			break;
		n += (size_t)k;
	}
	if (c->out->len > 0)
		buf_add(c->out, " ", 1);
	buf_add(c->out, token, n);
	c->tokens++;
}

static enum kind
kind_at(const struct cut *c, size_t i)
{
	return i < c->n ? kind_of(c->s[i]) : GAP;
}

/* The end of the run of ${kind} that goes on at ${i}; marks belong to what is before them. */
static size_t
run_end(const struct cut *c, size_t i, enum kind kind)
{
	enum kind k;

	while ((k = kind_at(c, i)) == kind || k == MARK)
		i++;
	return i;
}

static size_t
sign_end(const struct cut *c, size_t i)
{
	return run_end(c, i + 1, MARK);
}

/* Each sign of a run, and each two: a, ab, b, bc, c.  ${open}: it may go on before and behind. */
static void
put_signs(struct cut *c, size_t from, size_t to, bool open_before, bool open_behind)
{
	size_t i = from, next = sign_end(c, i), behind;
	bool alone = next >= to;

	for (; i < to; i = next, next = behind) {
		behind = next < to ? sign_end(c, next) : next;
		if (alone || !((open_before && i == from) || (open_behind && next >= to)))
			put(c, '\0', i, next);
		if (next < to)
			put(c, '\0', i, behind);
	}
}

static void
put_words(struct cut *c, bool open)
{
	size_t end;

	for (size_t i = 0; i < c->n; i = end) {
		switch (kind_at(c, i)) {
		case WORD:
			end = run_end(c, i, WORD);
			put(c, '\0', i, end);
			break;
		case SIGN:
			end = run_end(c, i, SIGN);
			put_signs(c, i, end, open && i == 0, open && end == c->n);
			break;
		case SYMBOL:
			put(c, '\0', i, i + 1);
			end = i + 1;
			break;
		default:
			end = i + 1;
			break;
		}
	}
}

static bool
is_wordy(enum kind k)
{
	return k == WORD || k == SIGN || k == MARK;
}

static bool
is_digit(ucs4_t c)
{
	return c < 0x80 ? c >= '0' && c <= '9' : uc_is_general_category(c, UC_NUMBER);
}

/* Behind what is a word, or a part of an address of the web, no tag begins, and no name. */
static bool
may_begin(ucs4_t before)
{
	return !is_wordy(kind_of(before)) && before != '/' && before != '&';
}

/* The end of the tag whose word begins at ${i}; ${i} itself: it is none. */
static size_t
tag_end(const struct cut *c, size_t i)
{
	size_t end = i;
	bool word = false;

	for (; kind_at(c, i) != MARK && is_wordy(kind_at(c, end)); end++)
		word |= !is_digit(c->s[end]) && c->s[end] != '_';
	return word ? end : i;
}

static size_t
name_end(const struct cut *c, size_t i)
{
	size_t end = i;

	while (end < c->n && c->s[end] < 0x80 && kind_at(c, end) == WORD)
		end++;
	return end - i <= NAME_MAX_LETTERS ? end : i;
}

static void
put_tags(struct cut *c)
{
	size_t end;

	for (size_t i = 0; i < c->n; i++) {
		if ((c->s[i] != '#' && c->s[i] != '@') || (i > 0 && !may_begin(c->s[i - 1])))
			continue;
		end = c->s[i] == '#' ? tag_end(c, i + 1) : name_end(c, i + 1);
		if (end > i + 1)
			put(c, (char)c->s[i], i + 1, end);
	}
}

static size_t
cut(struct buf *out, const char *text, bool open)
{
	struct cut c = { .out = out };
	uint32_t *s = fold(text, &c.n);

	if (s == NULL)
		return 0;
	c.s = s;
	put_words(&c, open);
	if (!open)
		put_tags(&c);
	free(s);
	return c.tokens;
}

size_t
token_cut(struct buf *out, const char *text)
{
	return cut(out, text, false);
}

size_t
token_phrase(struct buf *out, const char *phrase)
{
	return cut(out, phrase, true);
}

/* What joins letters without being one: in tags of Persian, Hindi and others. */
static bool
joins(ucs4_t c)
{
	return c == 0x200c || c == 0x200d;
}

size_t
token_tag(const char *text, size_t at)
{
	const uint8_t *start = (const uint8_t *)text, *s = start + at;
	bool word = false;
	ucs4_t c = 0;
	int k;

	if (at > 0 && (u8_prev(&c, s, start) == NULL || !may_begin(c)))
		return 0;
	k = u8_strmbtouc(&c, s);
	if (k <= 0 || (c != '#' && c != WIDE_NUMBER_SIGN))
		return 0;
	for (s += k; (k = u8_strmbtouc(&c, s)) > 0; s += k) {
		enum kind kind = kind_of(c);

		if (kind == MARK || joins(c) ? !word : !is_wordy(kind))
			break;
		word |= !is_digit(c) && c != '_';
	}
	return word ? (size_t)(s - start) - at : 0;
}
