#include "store/question.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/token.h"

/* Signs that phones and pages write for '"', in folded text. */
static const char *const quotes[] = { "\"", "“", "”", "„", "«", "»", "「", "」", "『", "』", NULL };

static size_t
quote_at(const char *s)
{
	for (size_t i = 0; quotes[i] != NULL; i++)
		if (strncmp(s, quotes[i], strlen(quotes[i])) == 0)
			return strlen(quotes[i]);
	return 0;
}

static size_t
until_quote(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0' && quote_at(s + n) == 0)
		n++;
	return n;
}

static size_t
until_blank(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0' && strchr(" \t\n", s[n]) == NULL && quote_at(s + n) == 0)
		n++;
	return n;
}

/* ${tokens} is taken over. */
static void
add(struct question *q, bool without, char *tokens)
{
	if (q->n == QUESTION_PARTS_MAX || *tokens == '\0') {
		free(tokens);
		return;
	}
	q->part[q->n].without = without;
	q->part[q->n++].tokens = tokens;
}

/* What follows each other in ${s}[0..n). */
static void
add_phrase(struct question *q, bool without, const char *s, size_t n)
{
	char *phrase = mem_dupn(s, n);
	struct buf tokens = { 0 };

	token_phrase(&tokens, phrase);
	add(q, without, buf_take(&tokens));
	free(phrase);
}

/* The tag or name that ${s}[0..n) begins with; return its bytes, 0: none. */
static size_t
add_sigil(struct question *q, bool without, const char *s, size_t n)
{
	size_t len = 0;
	struct buf tokens = { 0 };
	const char *last;
	char *piece;

	if (s[0] == '#')
		len = token_tag(s, 0);
	else if (s[0] == '@')
		len = 1 + strspn(s + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
	if (len < 2 || len > n)
		return 0;
	piece = mem_dupn(s, len);
	token_cut(&tokens, piece);
	free(piece);
	/* tags and names come behind the words that they are, too */
	last = strrchr(buf_text(&tokens), ' ');
	if (last != NULL && last[1] == s[0])
		add(q, without, mem_dup(last + 1));
	buf_free(&tokens);
	return len;
}

/* Is it from:NAME?  One of whom there can be nothing is nobody. */
static bool
add_author(struct question *q, bool without, const char *s, size_t n)
{
	static const char from[] = "from:";
	size_t skip = strlen(from);

	if (n <= skip || strncmp(s, from, skip) != 0)
		return false;
	skip += s[skip] == '@';
	n -= skip;
	if (n == 0 || q->n == QUESTION_PARTS_MAX)
		return true;
	q->part[q->n].without = without;
	mem_copy(q->part[q->n].by, sizeof(q->part[q->n].by), "?");
	if (n <= USER_NAME_MAX) {
		memcpy(q->part[q->n].by, s + skip, n);
		q->part[q->n].by[n] = '\0';
	}
	q->n++;
	return true;
}

static void
add_term(struct question *q, bool without, const char *s, size_t n)
{
	size_t len = add_sigil(q, without, s, n);

	if (len == 0 && add_author(q, without, s, n))
		return;
	if (len < n)
		add_phrase(q, without, s + len, n - len);
}

static void
read_all(struct question *q, const char *s)
{
	size_t n, quote;
	bool without;

	while (*(s += strspn(s, " \t\n")) != '\0') {
		without = *s == '-';
		s += without;
		quote = quote_at(s);
		s += quote;
		n = quote > 0 ? until_quote(s) : until_blank(s);
		if (quote > 0)
			add_phrase(q, without, s, n);
		else
			add_term(q, without, s, n);
		s += n;
		if (quote > 0)
			s += quote_at(s);
	}
}

static bool
finds(const struct question *q)
{
	for (size_t i = 0; i < q->n; i++)
		if (!q->part[i].without)
			return true;
	return false;
}

bool
question_read(struct question *q, const char *text)
{
	char cut[QUESTION_TEXT_MAX + 1], *folded;

	*q = (struct question){ 0 };
	text_cut(cut, sizeof(cut), text);
	if (!text_valid(cut, strlen(cut)))
		return false;
	folded = text_fold(cut);
	read_all(q, folded);
	free(folded);
	return finds(q);
}

bool
question_tag(struct question *q, const char *tag)
{
	char cut[QUESTION_TEXT_MAX + 1], *folded, *whole;

	*q = (struct question){ 0 };
	text_cut(cut, sizeof(cut), tag);
	if (!text_valid(cut, strlen(cut)))
		return false;
	folded = text_fold(cut);
	whole = mem_printf("#%s", folded);
	if (token_tag(whole, 0) == strlen(whole))
		add_sigil(q, false, whole, strlen(whole));
	free(whole);
	free(folded);
	return finds(q);
}

void
question_free(struct question *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->part[i].tokens);
	q->n = 0;
}
