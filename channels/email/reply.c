#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "channels/email/reply.h"
#include "channels/email/reply_words.h"

#define LINES_MAX 2000
#define LINE_LOOKED_AT 600 /* bytes; an introduction is not longer */
#define JOIN_MAX 3         /* lines that an introduction may take */

struct lines {
	const char **at;
	size_t *len;
	char **folded; /* without quote marks and blanks around it, for comparing */
	bool *dropped;
	size_t n;
};

/* Marks that mail programs put around text that runs from right to left. */
static size_t
is_mark(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] == 0xe2 && u[1] == 0x80 && (u[2] == 0x8e || u[2] == 0x8f))
		return 3;
	if (u[0] == 0xe2 && u[1] == 0x80 && u[2] >= 0xaa && u[2] <= 0xae)
		return 3;
	if (u[0] == 0xe2 && u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9)
		return 3;
	if (u[0] == 0xc2 && u[1] == 0xa0)
		return 2;
	return 0;
}

static char *
fold(const char *s, size_t n)
{
	struct buf b = { 0 };
	char *plain, *folded;
	size_t skip;

	if (n > LINE_LOOKED_AT)
		n = 0;
	while (n > 0 && strchr("> \t*", *s) != NULL) {
		s++;
		n--;
	}
	for (size_t i = 0; i<n; i += skip> 0 ? skip : 1) {
		skip = is_mark(s + i);
		if (skip == 0)
			buf_add(&b, s + i, 1);
	}
	while (b.len > 0 && strchr(" \t\r", b.data[b.len - 1]) != NULL)
		b.data[--b.len] = '\0';
	plain = buf_take(&b);
	folded = text_fold(plain);
	if (folded == NULL)
		return plain;
	free(plain);
	return folded;
}

static void
lines_take(struct lines *l, const char *text)
{
	*l = (struct lines){
		.at = mem_new(LINES_MAX * sizeof(*l->at)),
		.len = mem_new(LINES_MAX * sizeof(*l->len)),
		.folded = mem_new(LINES_MAX * sizeof(*l->folded)),
		.dropped = mem_new(LINES_MAX * sizeof(*l->dropped)),
	};
	while (*text != '\0' && l->n < LINES_MAX) {
		size_t n = strcspn(text, "\n");

		l->at[l->n] = text;
		l->len[l->n] = n > 0 && text[n - 1] == '\r' ? n - 1 : n;
		l->folded[l->n] = fold(text, l->len[l->n]);
		l->n++;
		text += n + (text[n] == '\n');
	}
}

static void
lines_free(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->folded[i]);
	free(l->at);
	free(l->len);
	free(l->folded);
	free(l->dropped);
}

static bool
is_blank(const struct lines *l, size_t i)
{
	return l->folded[i][0] == '\0' && l->len[i] <= LINE_LOOKED_AT;
}

static bool
is_quoted(const struct lines *l, size_t i)
{
	size_t n = 0;

	while (n < l->len[i] && (l->at[i][n] == ' ' || l->at[i][n] == '\t'))
		n++;
	return n < 4 && n < l->len[i] && l->at[i][n] == '>';
}

static bool
has_word(const char *s, const char *word)
{
	for (const char *p = s; (p = strstr(p, word)) != NULL; p++)
		if (p == s || !isalpha((unsigned char)p[-1]))
			return true;
	return false;
}

static unsigned
digits(const char *s)
{
	unsigned n = 0;

	for (; *s != '\0'; s++)
		n += *s >= '0' && *s <= '9';
	return n;
}

static bool
says_wrote(const char *s)
{
	for (size_t i = 0; reply_wrote[i] != NULL; i++)
		if (has_word(s, reply_wrote[i]))
			return true;
	return false;
}

enum intro { INTRO_NO, INTRO_WEAK, INTRO_STRONG };

/* "On 1 May 2026, Alice <a@b.example> wrote:", folded, on one line. */
static enum intro
judge_intro(const char *s)
{
	size_t n = strlen(s);
	bool address = strchr(s, '@') != NULL;

	if (n < 8 || s[n - 1] != ':' || digits(s) == 0)
		return INTRO_NO;
	if (!says_wrote(s))
		return s[n - 2] == '>' && address && digits(s) >= 4 ? INTRO_STRONG : INTRO_NO;
	return address || digits(s) >= 6 ? INTRO_STRONG : INTRO_WEAK;
}

/* Does an introduction begin at line ${i}?  Then it takes ${lines}. */
static enum intro
find_intro(const struct lines *l, size_t i, size_t end, size_t *lines)
{
	enum intro found = judge_intro(l->folded[i]);
	struct buf b = { 0 };

	*lines = 1;
	if (found != INTRO_NO || digits(l->folded[i]) < 4)
		return found;
	/* It may be wrapped; but then no later line is one by itself. */
	buf_text_add(&b, l->folded[i]);
	for (size_t k = 1; k < JOIN_MAX && i + k < end && !is_blank(l, i + k); k++) {
		if (judge_intro(l->folded[i + k]) == INTRO_STRONG)
			break;
		buf_printf(&b, " %s", l->folded[i + k]);
		found = judge_intro(buf_text(&b));
		if (found != INTRO_NO) {
			*lines = k + 1;
			break;
		}
	}
	buf_free(&b);
	return found;
}

static bool
is_field(const char *s)
{
	size_t n = strcspn(s, ":"), len;

	if (s[n] != ':')
		return false;
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '*'))
		n--;
	for (size_t i = 0; reply_fields[i] != NULL; i++) {
		len = strlen(reply_fields[i]);
		if (len == n && memcmp(s, reply_fields[i], n) == 0)
			return true;
	}
	return false;
}

/* From:, Sent:, To: and Subject:, as Outlook prints them in any of its languages. */
static bool
is_field_block(const struct lines *l, size_t i, size_t end)
{
	unsigned more = 0;

	if (!is_field(l->folded[i]))
		return false;
	for (size_t k = i + 1; k < end && k <= i + 5 && !is_blank(l, k); k++)
		more += is_field(l->folded[k]);
	return more >= 2;
}

/* "-----Original Message-----" in whatever language; a line of underscores. */
static bool
is_rule(const char *s)
{
	size_t n = strlen(s), head = strspn(s, "-"), tail = 0;

	while (tail < n && s[n - 1 - tail] == '-')
		tail++;
	if (head >= 4 && tail >= 4 && head < n)
		return true;
	return n >= 25 && strspn(s, "_") == n;
}

static bool
is_signature(const struct lines *l, size_t i)
{
	const char *s = l->at[i];
	size_t n = l->len[i];

	return (n == 2 && memcmp(s, "--", 2) == 0) || (n == 3 && memcmp(s, "-- ", 3) == 0);
}

static size_t
next_text(const struct lines *l, size_t i, size_t end)
{
	while (i < end && is_blank(l, i))
		i++;
	return i;
}

/* The first line from which on nothing is the writer's own; drops introductions on the way. */
static size_t
find_end(struct lines *l)
{
	size_t end = l->n, n, next;
	enum intro intro;

	for (size_t i = 0; i < end; i++)
		if (strstr(l->folded[i], REPLY_MARK) != NULL)
			end = i;
	for (size_t i = 0; i < end; i++) {
		if (is_quoted(l, i))
			continue;
		if (is_signature(l, i) || is_rule(l->folded[i]) || is_field_block(l, i, end))
			return i;
		intro = find_intro(l, i, end, &n);
		if (intro == INTRO_NO)
			continue;
		next = next_text(l, i + n, end);
		if (next < end && !is_quoted(l, next)) {
			if (intro == INTRO_STRONG)
				return i;
			continue;
		}
		for (size_t k = i; k < i + n; k++)
			l->dropped[k] = true;
		i += n - 1;
	}
	return end;
}

static bool
is_sent_from(const char *s)
{
	for (size_t i = 0; strlen(s) < 120 && reply_sent_from[i] != NULL; i++)
		if (strncmp(s, reply_sent_from[i], strlen(reply_sent_from[i])) == 0)
			return true;
	return false;
}

/* The writer's last lines, backwards: blanks, and what the telephone says of itself. */
static size_t
trim_end(const struct lines *l, size_t end)
{
	unsigned adverts = 0;

	while (end > 0) {
		size_t i = end - 1;

		if (is_blank(l, i) || l->dropped[i] || is_quoted(l, i)) {
			end--;
		} else if (adverts < 2 && is_sent_from(l->folded[i])) {
			adverts++;
			end--;
		} else {
			break;
		}
	}
	return end;
}

char *
reply_cut(const char *text)
{
	struct buf out = { 0 };
	struct lines l;
	size_t end;

	lines_take(&l, text);
	end = trim_end(&l, find_end(&l));
	for (size_t i = 0; i < end; i++) {
		if (l.dropped[i] || is_quoted(&l, i))
			continue;
		if (is_blank(&l, i) && (out.len == 0 || out.data[out.len - 1] == '\n')) {
			if (out.len < 2 || out.data[out.len - 2] == '\n')
				continue;
		}
		buf_add(&out, l.at[i], l.len[i]);
		buf_text_add(&out, "\n");
	}
	while (out.len > 0 && strchr(" \t\r\n", out.data[out.len - 1]) != NULL)
		out.data[--out.len] = '\0';
	lines_free(&l);
	return buf_take(&out);
}

bool
reply_is_subject(const char *subject)
{
	char *folded = text_fold(subject), *s = folded + strspn(folded, " \t\r\n"), *colon;
	bool found = false;
	size_t n;

	for (colon = strchr(s, ':'); colon != NULL && is_mark(s) > 0;)
		s += is_mark(s);
	/* "Re[2]:", "Re (3):", "Re :" */
	n = colon != NULL ? strcspn(s, ":[(") : 0;
	while (n > 0 && s[n - 1] == ' ')
		n--;
	for (size_t i = 0; n > 0 && reply_subjects[i] != NULL && !found; i++) {
		char *word = text_fold(reply_subjects[i]);

		found = strlen(word) == n && memcmp(word, s, n) == 0;
		free(word);
	}
	free(folded);
	return found;
}
