#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "channels/email/flow.h"

/* A line without its end; returns where the next begins. */
static const char *
cut_line(const char *s, size_t *len)
{
	size_t n = strcspn(s, "\n");

	*len = n > 0 && s[n - 1] == '\r' ? n - 1 : n;
	return s[n] == '\n' ? s + n + 1 : s + n;
}

static unsigned
take_quotes(const char **s, size_t *n)
{
	unsigned depth = 0;

	while (*n > 0 && **s == '>') {
		(*s)++;
		(*n)--;
		depth++;
	}
	if (*n > 0 && **s == ' ') {
		(*s)++;
		(*n)--;
	}
	return depth;
}

static void
begin_line(struct buf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth && i < 20; i++)
		buf_text_add(out, "> ");
}

char *
flow_undo(const char *text, bool delsp)
{
	struct buf out = { 0 };
	unsigned before = 0;
	bool open = false; /* the last line went on */

	while (*text != '\0') {
		const char *s = text;
		size_t n;
		unsigned depth;
		bool flowed, signature;

		text = cut_line(s, &n);
		depth = take_quotes(&s, &n);
		signature = n == 3 && memcmp(s, "-- ", 3) == 0;
		flowed = n > 0 && s[n - 1] == ' ' && !signature;
		if (open && (depth != before || signature)) {
			buf_text_add(&out, "\n");
			open = false;
		}
		if (!open)
			begin_line(&out, depth);
		buf_add(&out, s, flowed && delsp ? n - 1 : n);
		if (!flowed)
			buf_text_add(&out, "\n");
		open = flowed;
		before = depth;
	}
	return buf_take(&out);
}

/* Columns, roughly: bytes that begin a character. */
static size_t
columns(const char *s, size_t n)
{
	size_t c = 0;

	for (size_t i = 0; i < n; i++)
		c += ((unsigned char)s[i] & 0xc0) != 0x80;
	return c;
}

static bool
was_broken(const char *s, size_t n, const char *next)
{
	size_t have = columns(s, n), word, m;

	cut_line(next, &m);
	word = 0;
	while (word < m && next[word] != ' ' && next[word] != '\t')
		word++;
	if (have < 55 || have > 80 || word == 0 || s[0] == '>')
		return false;
	if (!isalnum((unsigned char)next[0]) && (unsigned char)next[0] < 0x80 &&
	    strchr("\"'(@#", next[0]) == NULL)
		return false;
	return have + 1 + columns(next, word) > 70;
}

char *
flow_guess(const char *text)
{
	struct buf out = { 0 };

	while (*text != '\0') {
		const char *s = text;
		size_t n;

		text = cut_line(s, &n);
		buf_add(&out, s, n);
		buf_text_add(&out, *text != '\0' && was_broken(s, n, text) ? " " : "\n");
	}
	return buf_take(&out);
}
