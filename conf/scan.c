/*
 * A first look at the text, before libconfig's: it names the line of a fault of
 * syntax (libconfig names that of the next word), the key of one that stands twice,
 * and keeps numbers as they are written, because libconfig 1.5 cuts what does not
 * fit and says nothing.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "conf/source.h"

#define DEPTH_MAX 16

enum token { END, NAME, STRING, NUMBER, TRUTH, BAD, MARK };

struct scan {
	struct source *s;
	struct conf_faults *f;
	const char *p, *end;
	unsigned line;

	enum token token;
	const char *at; /* the token, up to ${p} */
	unsigned at_line;
	const char *before;   /* where the last token ended */
	unsigned before_line; /* and its line */

	struct buf path;
	int depth;
};

static int value(struct scan *c);

static void
skip_blank(struct scan *c)
{
	bool block = false;

	while (c->p < c->end) {
		if (*c->p == '\n')
			c->line++;
		if (block) {
			if (c->p[0] == '*' && c->p[1] == '/') {
				block = false;
				c->p++;
			}
		} else if (c->p[0] == '/' && c->p[1] == '*') {
			block = true;
			c->p++;
		} else if (c->p[0] == '#' || (c->p[0] == '/' && c->p[1] == '/')) {
			while (c->p < c->end && *c->p != '\n')
				c->p++;
			continue;
		} else if (strchr(" \t\r\n\f", *c->p) == NULL)
			break;
		c->p++;
	}
}

static enum token
string(struct scan *c)
{
	for (c->p++; c->p < c->end && *c->p != '"'; c->p++) {
		if (*c->p == '\\' && c->p + 1 < c->end)
			c->p++;
		if (*c->p == '\n')
			c->line++;
	}
	if (c->p >= c->end)
		return BAD;
	c->p++;
	return STRING;
}

static enum token
word(struct scan *c)
{
	size_t n;

	while (c->p < c->end && (isalnum((unsigned char)*c->p) || strchr("-_*", *c->p) != NULL))
		c->p++;
	n = (size_t)(c->p - c->at);
	if ((n == 4 && strncasecmp(c->at, "true", 4) == 0) ||
	    (n == 5 && strncasecmp(c->at, "false", 5) == 0))
		return TRUTH;
	return NAME;
}

/* Is it a number in the eyes of libconfig: 12 -3 0x1f 12L 1.5 .5 1.5e3 -1e3? */
static bool
is_number(const char *p, const char *end)
{
	size_t digits = 0, dots = 0;
	bool sign = p < end && (*p == '-' || *p == '+');

	if (end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		for (p += 2; p < end && isxdigit((unsigned char)*p); p++)
			digits++;
	} else {
		for (p += sign; p < end && (isdigit((unsigned char)*p) || *p == '.'); p++) {
			digits += *p != '.';
			dots += *p == '.';
		}
		if (p < end && (*p == 'e' || *p == 'E') && (dots == 1 || sign)) {
			p++;
			if (p < end && (*p == '-' || *p == '+'))
				p++;
			if (p == end)
				return false;
			while (p < end && isdigit((unsigned char)*p))
				p++;
			return digits > 0 && dots <= 1 && p == end;
		}
	}
	while (dots == 0 && p < end && *p == 'L')
		p++;
	return digits > 0 && dots <= 1 && p == end;
}

static void
next(struct scan *c)
{
	c->before = c->p;
	c->before_line = c->line;
	skip_blank(c);
	c->at = c->p;
	c->at_line = c->line;
	if (c->p >= c->end)
		c->token = END;
	else if (*c->p == '"')
		c->token = string(c);
	else if (isalpha((unsigned char)*c->p) || *c->p == '*')
		c->token = word(c);
	else if (isdigit((unsigned char)*c->p) || strchr("+-.", *c->p) != NULL) {
		while (c->p < c->end &&
		       (isalnum((unsigned char)*c->p) || strchr("+-.", *c->p) != NULL))
			c->p++;
		c->token = is_number(c->at, c->p) ? NUMBER : BAD;
	} else
		c->token = strchr("=:;,{}()[]", *c->p++) != NULL ? MARK : BAD;
}

static bool
mark(const struct scan *c, char m)
{
	return c->token == MARK && *c->at == m;
}

/* A fault at the token; where it stands on a later line than what came before, that was unfinished. */
static int
wrong(struct scan *c, const char *expected)
{
	int n = (int)(c->p - c->at);
	unsigned line = c->at_line;
	const char *key = buf_text(&c->path);

	if (n > 40)
		n = 40;
	if (c->token == BAD && *c->at == '"')
		source_fault(c->s, c->f, line, key[0] != '\0' ? key : NULL,
		    "the text that begins here has no closing quote");
	else if (c->token == BAD && (isdigit((unsigned char)*c->at) || strchr("+-.", *c->at)))
		source_fault(c->s, c->f, line, key[0] != '\0' ? key : NULL,
		    "%.*s is not a number; put texts into double quotes", n, c->at);
	else if (c->token == END || c->at_line != c->before_line)
		source_fault(c->s, c->f, c->before_line, key[0] != '\0' ? key : NULL,
		    "%s expected at the end of this line", expected);
	else
		source_fault(c->s, c->f, line, key[0] != '\0' ? key : NULL, "%s expected, not %.*s",
		    expected, n, c->at);
	return -1;
}

static size_t
place(struct scan *c, size_t start, unsigned line)
{
	struct source *s = c->s;

	if (s->places_n == s->places_room) {
		s->places_room = s->places_room > 0 ? 2 * s->places_room : 64;
		s->places = mem_resize(s->places, s->places_room, sizeof(*s->places));
	}
	s->places[s->places_n] = (struct source_place){
		.path = mem_dup(buf_text(&c->path)),
		.line = line,
		.start = start,
	};
	return s->places_n++;
}

static void
path_cut(struct scan *c, size_t len)
{
	c->path.len = len;
	if (c->path.data != NULL)
		c->path.data[len] = '\0';
}

/* One "name = value;". */
static int
setting(struct scan *c)
{
	size_t len = c->path.len, i, start = (size_t)(c->at - c->s->text.data);
	unsigned line = c->at_line;

	if (c->token != NAME)
		return wrong(c, len > 0 ? "a key or }" : "a key");
	buf_printf(&c->path, "%s%.*s", len > 0 ? "." : "", (int)(c->p - c->at), c->at);
	if (c->path.len > 200)
		return path_cut(c, len), wrong(c, "a shorter key");
	i = place(c, start, line);
	next(c);
	if (!mark(c, '=') && !mark(c, ':'))
		return wrong(c, "=");
	next(c);
	if (c->token == NUMBER)
		c->s->places[i].literal = mem_dupn(c->at, (size_t)(c->p - c->at));
	if (value(c) == -1)
		return -1;
	if (mark(c, ';') || mark(c, ','))
		next(c);
	c->s->places[i].end = (size_t)(c->before - c->s->text.data);
	path_cut(c, len);
	return 0;
}

/* A group, from behind its brace. */
static int
group(struct scan *c)
{
	while (!mark(c, '}'))
		if (setting(c) == -1)
			return -1;
	next(c);
	return 0;
}

/* A list or array, from behind its bracket up to ${close}. */
static int
list(struct scan *c, char close)
{
	size_t len = c->path.len, i, n = 0;

	while (!mark(c, close)) {
		buf_printf(&c->path, "[%zu]", n++);
		i = place(c, (size_t)(c->at - c->s->text.data), c->at_line);
		if (c->token == NUMBER)
			c->s->places[i].literal = mem_dupn(c->at, (size_t)(c->p - c->at));
		if (value(c) == -1)
			return -1;
		c->s->places[i].end = (size_t)(c->before - c->s->text.data);
		path_cut(c, len);
		if (mark(c, close))
			break;
		if (!mark(c, ','))
			return wrong(c, close == ')' ? ", or )" : ", or ]");
		next(c);
		if (mark(c, close))
			return wrong(c, "another element behind the comma");
	}
	next(c);
	return 0;
}

static int
value(struct scan *c)
{
	int r = 0;

	if (c->token == NAME)
		return wrong(c, c->at_line != c->before_line
				    ? "a value"
				    : "a value (true, false, a number or a text in double quotes)");
	if (++c->depth > DEPTH_MAX)
		return wrong(c, "less nesting");
	if (mark(c, '{'))
		next(c), r = group(c);
	else if (mark(c, '('))
		next(c), r = list(c, ')');
	else if (mark(c, '['))
		next(c), r = list(c, ']');
	else if (c->token == STRING)
		while (c->token == STRING)
			next(c);
	else if (c->token == NUMBER || c->token == TRUTH)
		next(c);
	else
		r = wrong(c, "a value");
	c->depth--;
	return r;
}

static int
by_path(const void *va, const void *vb)
{
	const struct source_place *a = va, *b = vb;
	int r = strcmp(a->path, b->path);

	return r != 0 ? r : a->start < b->start ? -1 : 1;
}

/* Tell of settings that stand twice, and blank all but the first. */
static void
drop_repeats(struct source *s, struct conf_faults *f)
{
	const struct source_place *first = NULL, *p;
	size_t i, k;
	unsigned line;

	for (i = 0; i < s->places_n; i++) {
		p = &s->places[i];
		if (first == NULL || strcmp(first->path, p->path) != 0) {
			first = p;
			continue;
		}
		/* What stands inside of one that was blanked has been told. */
		if (s->text.data[p->start] == ' ')
			continue;
		source_where(s, first->line, &line);
		source_fault(
		    s, f, p->line, p->path, "stands twice, first in line %u: remove one", line);
		for (k = p->start; k < p->end; k++)
			if (s->text.data[k] != '\n')
				s->text.data[k] = ' ';
	}
}

int
source_scan(struct source *s, struct conf_faults *f)
{
	const char *text = buf_text(&s->text);
	struct scan c = { .s = s, .f = f, .p = text, .end = text + s->text.len, .line = 1 };
	int r = 0;

	next(&c);
	while (r == 0 && c.token != END)
		r = setting(&c);
	buf_free(&c.path);
	if (s->places_n > 0)
		qsort(s->places, s->places_n, sizeof(*s->places), by_path);
	if (r == 0)
		drop_repeats(s, f);
	return r;
}

const struct source_place *
source_find(const struct source *s, const char *path)
{
	size_t low = 0, high = s->places_n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(s->places[mid].path, path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < s->places_n && strcmp(s->places[low].path, path) == 0)
		return &s->places[low];
	return NULL;
}
