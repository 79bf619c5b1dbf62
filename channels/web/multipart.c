#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "channels/web/multipart.h"

#define KIND "multipart/form-data"
#define BOUNDARY_MAX 70
#define HEADS_MAX 1024 /* bytes of a part's header lines */

/* What parts are parted by: a line's end, two dashes, the boundary. */
struct delimiter {
	char text[4 + BOUNDARY_MAX + 1];
	size_t n;
};

/* What is left of the body. */
struct rest {
	const char *p;
	size_t n;
};

bool
multipart_is(const char *type)
{
	size_t n = strlen(KIND);

	return type != NULL && strncasecmp(type, KIND, n) == 0 &&
	       (type[n] == '\0' || strchr("; \t", type[n]) != NULL);
}

static bool
is_boundary(const char *s, size_t n)
{
	if (n == 0 || n > BOUNDARY_MAX || s[n - 1] == ' ')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && strchr("'()+_,-./:=? ", s[i]) == NULL)
			return false;
	return true;
}

static bool
read_boundary(struct delimiter *d, const char *type)
{
	const char *p;
	size_t n;

	if (!multipart_is(type))
		return false;
	p = type + strlen(KIND);
	p += strspn(p, " \t;");
	if (strncasecmp(p, "boundary=", 9) != 0)
		return false;
	p += 9;
	if (*p == '"') {
		n = strcspn(++p, "\"");
		if (strcmp(p + n, "\"") != 0)
			return false;
	} else {
		n = strcspn(p, "; \t\"");
		if (p[n] != '\0')
			return false;
	}
	if (!is_boundary(p, n))
		return false;
	memcpy(d->text, "\r\n--", 4);
	memcpy(d->text + 4, p, n);
	d->n = n + 4;
	return true;
}

static bool
skip(struct rest *r, const char *what, size_t n)
{
	if (r->n < n || memcmp(r->p, what, n) != 0)
		return false;
	r->p += n;
	r->n -= n;
	return true;
}

/* Take the header line that comes next, without its end, into ${line}; false: it is too long, or no line. */
static bool
take_line(struct rest *r, char line[HEADS_MAX + 1])
{
	const char *end = memmem(r->p, r->n < HEADS_MAX ? r->n : HEADS_MAX, "\r\n", 2);
	size_t n;

	if (end == NULL)
		return false;
	n = (size_t)(end - r->p);
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)r->p[i] < 0x20 && r->p[i] != '\t') || r->p[i] == 0x7f)
			return false;
	memcpy(line, r->p, n);
	line[n] = '\0';
	r->p += n + 2;
	r->n -= n + 2;
	return true;
}

/* A parameter's value in quotes; browsers write %22 for a quote in it.  NULL: it is none.  Else what follows it. */
static const char *
quoted(const char *p, char *out, size_t size)
{
	size_t n;

	if (*p++ != '"')
		return NULL;
	n = strcspn(p, "\"\\");
	if (p[n] != '"' || n >= size)
		return NULL;
	memcpy(out, p, n);
	out[n] = '\0';
	return p + n + 1;
}

/* "form-data; name="x"; filename="y"": of a file's name nobody wants to know more than that there is one. */
static bool
disposition(struct multipart *m, const char *p)
{
	char file[HEADS_MAX + 1];

	p += strspn(p, " \t");
	if (strncasecmp(p, "form-data", 9) != 0)
		return false;
	p += 9;
	p += strspn(p, " \t");
	if (*p++ != ';')
		return false;
	p += strspn(p, " \t");
	if (strncasecmp(p, "name=", 5) != 0 || m->part[m->n].name[0] != '\0' ||
	    (p = quoted(p + 5, m->part[m->n].name, sizeof m->part[m->n].name)) == NULL)
		return false;
	p += strspn(p, " \t");
	if (*p == '\0')
		return true;
	if (*p++ != ';')
		return false;
	p += strspn(p, " \t");
	m->part[m->n].is_file = true;
	return strncasecmp(p, "filename=", 9) == 0 &&
	       (p = quoted(p + 9, file, sizeof file)) != NULL && p[strspn(p, " \t")] == '\0';
}

/* The header lines of a part and the empty one behind them. */
static bool
heads(struct multipart *m, struct rest *r)
{
	char line[HEADS_MAX + 1];
	size_t most = HEADS_MAX;
	const char *from = r->p;

	m->part[m->n].name[0] = '\0';
	m->part[m->n].is_file = false;
	while (take_line(r, line)) {
		if (*line == '\0')
			return m->part[m->n].name[0] != '\0';
		if ((size_t)(r->p - from) > most)
			return false;
		if (strncasecmp(line, "Content-Disposition:", 20) == 0) {
			if (!disposition(m, line + 20))
				return false;
		} else if (strncasecmp(line, "Content-Type:", 13) != 0) {
			return false;
		}
	}
	return false;
}

static bool
is_new(const struct multipart *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->part[i].name, m->part[m->n].name) == 0)
			return false;
	return true;
}

/* One part, from behind the delimiter before it to behind the one after it. */
static bool
part(struct multipart *m, const struct delimiter *d, struct rest *r)
{
	const char *end;

	if (m->n == MULTIPART_MAX || !heads(m, r) || !is_new(m) ||
	    (end = memmem(r->p, r->n, d->text, d->n)) == NULL)
		return false;
	m->part[m->n].data = r->p;
	m->part[m->n].len = (size_t)(end - r->p);
	m->n++;
	r->n -= (size_t)(end - r->p) + d->n;
	r->p = end + d->n;
	return true;
}

static bool
parts(struct multipart *m, const struct delimiter *d, struct rest *r)
{
	while (skip(r, "\r\n", 2))
		if (!part(m, d, r))
			return false;
	return skip(r, "--", 2) && (r->n == 0 || (skip(r, "\r\n", 2) && r->n == 0));
}

bool
multipart_parse(struct multipart *m, const char *type, const char *body, size_t n)
{
	struct rest r = { body, n };
	struct delimiter d;

	m->n = 0;
	if (read_boundary(&d, type) && n > 0 && skip(&r, d.text + 2, d.n - 2) && parts(m, &d, &r))
		return true;
	m->n = 0;
	return false;
}

const char *
multipart_get(const struct multipart *m, const char *name, bool is_file, size_t *n)
{
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->part[i].name, name) != 0 || m->part[i].is_file != is_file)
			continue;
		*n = m->part[i].len;
		return m->part[i].data;
	}
	return NULL;
}
