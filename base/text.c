/*
 * Cleaning goes in passes until nothing changes: what one step removes may let its
 * neighbours join, and clean text must stay as it is when it is cleaned again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <unigbrk.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwbrk.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define LINES_MAX 4
#define CLUSTER_MAX 10
#define DEPTH_MAX 32
#define PASSES_MAX 16

enum {
	ZWJ = 0x200d,
	NEL = 0x85,
	LRE = 0x202a,
	PDF = 0x202c,
	RLO = 0x202e,
	LRI = 0x2066,
	FSI = 0x2068,
	PDI = 0x2069,
	BLACK_FLAG = 0x1f3f4,
	CANCEL_TAG = 0xe007f,
};

/** Code points. */
struct points {
	ucs4_t *at;
	size_t n;
};

static bool
is_control(ucs4_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

static bool
is_dropped(ucs4_t c)
{
	if (c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb))
		return true;
	return (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

/* Tags are invisible writing, but for those that make a flag of a black one. */
static bool
is_loose_tag(const struct points *out, ucs4_t c)
{
	ucs4_t before = out->n > 0 ? out->at[out->n - 1] : 0;

	if (c < 0xe0000 || c > CANCEL_TAG)
		return false;
	return c < 0xe0020 || (before != BLACK_FLAG && (before < 0xe0020 || before >= CANCEL_TAG));
}

/*
 * Fold the ends of lines.  A control becomes a blank: to drop it would join two words, and the "d"
 * before a form feed would no longer be a word of its own.
 */
static void
filter(struct points *p)
{
	struct points out = { p->at, 0 };
	size_t i;
	ucs4_t c;

	for (i = 0; i < p->n; i++) {
		c = p->at[i];
		if (c == '\r' && i + 1 < p->n && p->at[i + 1] == '\n')
			continue;
		if (c == '\r' || c == NEL || c == 0x2028 || c == 0x2029)
			c = '\n';
		if (c != '\n' && is_control(c))
			c = ' ';
		if (!is_dropped(c) && !is_loose_tag(&out, c))
			out.at[out.n++] = c;
	}
	p->n = out.n;
}

/* Remove openers without their closer in the same line, and closers without their opener. */
static void
balance(struct points *p)
{
	size_t open[DEPTH_MAX], depth = 0, i, k, n = 0;
	ucs4_t c;

	for (i = 0; i <= p->n; i++) {
		c = i < p->n ? p->at[i] : '\n';
		if (c == '\n')
			while (depth > 0)
				p->at[open[--depth]] = 0;
		else if ((c >= LRE && c <= RLO && c != PDF) || (c >= LRI && c <= FSI)) {
			if (depth < DEPTH_MAX)
				open[depth++] = i;
			else
				p->at[i] = 0;
		} else if (c == PDF) {
			if (depth > 0 && p->at[open[depth - 1]] < LRI)
				depth--;
			else
				p->at[i] = 0;
		} else if (c == PDI) {
			for (k = depth; k > 0 && p->at[open[k - 1]] < LRI; k--)
				;
			/* An isolate ends the embeddings inside of it. */
			while (k > 0 && depth > k)
				p->at[open[--depth]] = 0;
			if (k > 0)
				depth--;
			else
				p->at[i] = 0;
		}
	}
	for (i = 0; i < p->n; i++)
		if (p->at[i] != 0)
			p->at[n++] = p->at[i];
	p->n = n;
}

static void
trim(struct points *p)
{
	size_t first = 0, i, lines = 1;

	while (p->n > 0 && uc_is_property_white_space(p->at[p->n - 1]))
		p->n--;
	while (first < p->n && uc_is_property_white_space(p->at[first]))
		first++;
	p->n -= first;
	memmove(p->at, p->at + first, p->n * sizeof(*p->at));
	for (i = 0; i < p->n; i++)
		if (p->at[i] == '\n' && ++lines > LINES_MAX)
			p->at[i] = ' ';
}

static void
normalise(struct points *p)
{
	size_t n;
	ucs4_t *at;

	if (p->n == 0)
		return;
	at = u32_normalize(UNINORM_NFC, p->at, p->n, NULL, &n);
	if (at == NULL)
		log_die("out of memory (text)");
	free(p->at);
	*p = (struct points){ at, n };
}

/* Cut what is heaped on one letter. */
static void
cut_clusters(struct points *p)
{
	char *breaks = mem_new(p->n + 1);
	size_t start, end, keep, n = 0;

	if (p->n > 0)
		u32_grapheme_breaks(p->at, p->n, breaks);
	for (start = 0; start < p->n; start = end) {
		for (end = start + 1; end < p->n && !breaks[end]; end++)
			;
		keep = end - start;
		if (keep > CLUSTER_MAX) {
			keep = CLUSTER_MAX;
			/* What is left may not swallow what follows. */
			while (keep > 0 && end < p->n &&
			       (p->at[start + keep - 1] == ZWJ ||
				   !uc_is_grapheme_break(p->at[start + keep - 1], p->at[end])))
				keep--;
		}
		memmove(p->at + n, p->at + start, keep * sizeof(*p->at));
		n += keep;
	}
	p->n = n;
	free(breaks);
}

static bool
is_visible(const struct points *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (!uc_is_property_white_space(p->at[i]) &&
		    !uc_is_property_default_ignorable_code_point(p->at[i]) &&
		    !uc_is_general_category(p->at[i], UC_FORMAT) && p->at[i] != 0x2800)
			return true;
	return false;
}

/* One pass; true if it changed anything. */
static bool
clean_once(struct points *p)
{
	ucs4_t *before = mem_new((p->n + 1) * sizeof(*before));
	size_t n = p->n;
	bool changed;

	memcpy(before, p->at, n * sizeof(*before));
	filter(p);
	balance(p);
	normalise(p);
	cut_clusters(p);
	trim(p);
	changed = n != p->n || memcmp(before, p->at, n * sizeof(*before)) != 0;
	free(before);
	return changed;
}

static char *
to_bytes(const struct points *p)
{
	uint8_t *s;
	char *out;
	size_t n;

	s = u32_to_u8(p->at, p->n, NULL, &n);
	if (s == NULL)
		log_die("out of memory (text)");
	out = mem_dupn((const char *)s, n);
	free(s);
	return out;
}

/* A line of printable ASCII, as most are: there is nothing in it to fold, to join or to cut. */
static bool
is_simple(const char *s, size_t n)
{
	bool odd = false;

	for (size_t i = 0; i < n; i++)
		odd |= s[i] < ' ' || s[i] > '~';
	return !odd;
}

static char *
clean_simple(const char *s, size_t n, enum text_fault *fault)
{
	while (n > 0 && s[n - 1] == ' ')
		n--;
	while (n > 0 && *s == ' ')
		s++, n--;
	*fault = n > 0 ? TEXT_FINE : TEXT_EMPTY;
	return n > 0 ? mem_dupn(s, n) : NULL;
}

char *
text_clean(const char *s, size_t n, enum text_fault *fault)
{
	enum text_fault none;
	struct points p = { NULL, 0 };
	int pass = 0;
	char *out = NULL;

	fault = fault != NULL ? fault : &none;
	if (is_simple(s, n))
		return clean_simple(s, n, fault);
	*fault = TEXT_INVALID;
	if (n > 0 && u8_check((const uint8_t *)s, n) != NULL)
		return NULL;
	if (n > 0 && (p.at = u8_to_u32((const uint8_t *)s, n, NULL, &p.n)) == NULL)
		log_die("out of memory (text)");
	while (p.n > 0 && pass < PASSES_MAX && clean_once(&p))
		pass++;
	if (pass < PASSES_MAX) {
		*fault = is_visible(&p) ? TEXT_FINE : TEXT_EMPTY;
		if (*fault == TEXT_FINE)
			out = to_bytes(&p);
	}
	free(p.at);
	return out;
}

size_t
text_length(const char *s)
{
	size_t n = strlen(s), i, count = 0;
	char *breaks;

	if (is_simple(s, n))
		return n;
	breaks = mem_new(n + 1);
	u8_grapheme_breaks((const uint8_t *)s, n, breaks);
	for (i = 0; i < n; i++)
		count += i == 0 || breaks[i];
	free(breaks);
	return count;
}

/* Is there a blank at ${at}?  Of those that stand between words, U+3000 alone is no ASCII. */
static bool
is_blank(const char *s, size_t at)
{
	return s[at] == ' ' || s[at] == '\n' || strncmp(s + at, "\xE3\x80\x80", 3) == 0;
}

size_t
text_prefix(const char *s, size_t graphemes)
{
	size_t n = strlen(s), i, count = 0;
	char *breaks = mem_new(n + 1);

	if (n > 0)
		u8_grapheme_breaks((const uint8_t *)s, n, breaks);
	for (i = 0; i < n; i++) {
		count += i == 0 || breaks[i];
		if (count > graphemes)
			break;
	}
	free(breaks);
	return i;
}

size_t
text_prefix_words(const char *s, size_t graphemes)
{
	size_t n = text_prefix(s, graphemes), least = text_prefix(s, graphemes - graphemes / 4);
	size_t end = n, k;

	if (s[n] == '\0')
		return n;
	while (end > least && !is_blank(s, end))
		for (end--; end > least && ((unsigned char)s[end] & 0xC0) == 0x80;)
			end--;
	if (!is_blank(s, end))
		return n;
	for (k = end; k > 0 && is_blank(s, k - 1);)
		k--;
	return k > 0 ? k : n;
}

char *
text_ascii(const char *s)
{
	char *copy = mem_dup(s);

	for (char *p = copy; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	return copy;
}

bool
text_valid(const char *s, size_t n)
{
	return n == 0 || (memchr(s, '\0', n) == NULL && u8_check((const uint8_t *)s, n) == NULL);
}

void
text_cut(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);

	if (n >= size)
		for (n = size - 1; n > 0 && ((unsigned char)src[n] & 0xC0) == 0x80;)
			n--;
	memcpy(dst, src, n);
	dst[n] = '\0';
}

char *
text_fold(const char *s)
{
	size_t n = strlen(s), m;
	uint8_t *compat, *folded = NULL;
	char *out;

	if (n == 0)
		return mem_dup("");
	/* A compatibility form may hide a capital letter, so it comes first. */
	compat = u8_normalize(UNINORM_NFKC, (const uint8_t *)s, n, NULL, &m);
	if (compat != NULL)
		folded = u8_casefold(compat, m, NULL, UNINORM_NFKC, NULL, &m);
	out = folded != NULL ? mem_dupn((const char *)folded, m) : mem_dup(s);
	free(compat);
	free(folded);
	return out;
}

/* Is there anything but punctuation and blanks in it? */
static bool
is_wordy(const char *s, size_t n)
{
	ucs4_t c;

	for (size_t i = 0; i < n;) {
		int k = u8_mbtouc(&c, (const uint8_t *)s + i, n - i);

		if (uc_is_general_category(c, UC_LETTER) || uc_is_general_category(c, UC_NUMBER) ||
		    uc_is_general_category(c, UC_SYMBOL))
			return true;
		i += (size_t)k;
	}
	return false;
}

size_t
text_words(const char *s, struct text_span *out, size_t max)
{
	size_t len = strlen(s), n = 0, end;
	char *breaks = mem_new(len + 1);

	if (len > 0)
		u8_wordbreaks((const uint8_t *)s, len, breaks);
	for (size_t at = 0; at < len && n < max; at = end) {
		for (end = at + 1; end < len && !breaks[end]; end++)
			;
		if (is_wordy(s + at, end - at))
			out[n++] = (struct text_span){ s + at, end - at };
	}
	free(breaks);
	return n;
}

bool
text_is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n >= 1 && n <= 15 && s[n] == '\0';
}

bool
text_take_name(const char *typed, char out[16])
{
	size_t n;

	typed += strspn(typed, " \t@");
	n = strlen(typed);
	while (n > 0 && strchr(" \t", typed[n - 1]))
		n--;
	out[0] = '\0';
	if (n > 15)
		return false;
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(typed[i] >= 'A' && typed[i] <= 'Z' ? typed[i] + 'a' - 'A'
								   : typed[i]);
	out[n] = '\0';
	return text_is_name(out);
}
