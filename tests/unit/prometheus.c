#include "tests/unit/prometheus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SERIES_MAX 2000
#define LINE_MAX_BYTES 1000

static char fault[LINE_MAX_BYTES + 100];

/* What has been read so far. */
struct reading {
	char family[200], type[20];
	char *families[SERIES_MAX], *series[SERIES_MAX];
	size_t families_n, series_n;
	/* of the histogram that is being read */
	char labels[LINE_MAX_BYTES];
	double bound, count;
	bool ended; /* it has had +Inf */
};

static const char *
bad(const char *what, const char *line)
{
	snprintf(fault, sizeof(fault), "%s: %.*s", what, (int)strcspn(line, "\n"), line);
	return fault;
}

static bool
knows(char **list, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], what) == 0)
			return true;
	return false;
}

static size_t
name_length(const char *s, bool colon)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789:";
	size_t n = 0;

	while (s[n] != '\0' && strchr(letters, s[n]) != NULL && (colon || s[n] != ':'))
		n++;
	return *s >= '0' && *s <= '9' ? 0 : n;
}

static const char *
read_announcement(struct reading *r, const char *line, bool help)
{
	char name[200];
	size_t n = name_length(line + 7, true);
	const char *p = line + 7 + n;

	if (n == 0 || n >= sizeof(name) || *p++ != ' ')
		return bad("no name", line);
	snprintf(name, sizeof(name), "%.*s", (int)n, line + 7);
	if (!help) {
		if (strcmp(name, r->family) != 0 || r->type[0] != '\0')
			return bad("a type without its help before it", line);
		snprintf(r->type, sizeof(r->type), "%.15s", p);
		if (strcmp(p, "counter") != 0 && strcmp(p, "gauge") != 0 &&
		    strcmp(p, "histogram") != 0)
			return bad("no such type", line);
		if ((strcmp(p, "counter") == 0) != (n > 6 && strcmp(name + n - 6, "_total") == 0))
			return bad("what is called _total is a counter, and nothing else", line);
		return NULL;
	}
	for (; *p != '\0'; p++)
		if (*p == '\\' && *++p != '\\' && *p != 'n')
			return bad("no such escape", line);
	if (knows(r->families, r->families_n, name))
		return bad("a family comes twice", line);
	if (r->labels[0] != '\0' && !r->ended)
		return bad("a histogram did not end before", line);
	r->families[r->families_n++] = strdup(name);
	snprintf(r->family, sizeof(r->family), "%s", name);
	r->type[0] = r->labels[0] = '\0';
	return NULL;
}

/* Behind "{": up to behind "}"; ${rest} are the labels but for le, whose value is in ${le}. */
static const char *
read_labels(const char *p, char *rest, char *le)
{
	const char *begin;
	size_t n;

	*rest = *le = '\0';
	for (;;) {
		begin = p;
		n = name_length(p, false);
		p += n;
		if (n == 0 || *p++ != '=' || *p++ != '"')
			return NULL;
		for (; *p != '"'; p++)
			if (*p == '\0' || (*p == '\\' && strchr("\\\"n", *++p) == NULL))
				return NULL;
		p++;
		if (strncmp(begin, "le=", 3) == 0)
			snprintf(le, 50, "%.*s", (int)(p - begin - 5), begin + 4);
		else
			sprintf(rest + strlen(rest), "%.*s,", (int)(p - begin), begin);
		if (*p == '}')
			return p + 1;
		if (*p++ != ',')
			return NULL;
	}
}

static const char *
read_bucket(struct reading *r, const char *line, const char *labels, const char *le, double v)
{
	char *end;
	double bound = strcmp(le, "+Inf") == 0 ? INFINITY : strtod(le, &end);

	if (*le == '\0' || (!isinf(bound) && *end != '\0'))
		return bad("a bucket without a bound", line);
	if (r->labels[0] == '\0' || r->ended) {
		snprintf(r->labels, sizeof(r->labels), "{%s", labels);
		r->bound = -1;
		r->count = 0;
		r->ended = false;
	}
	if (strcmp(r->labels + 1, labels) != 0 || bound <= r->bound || v < r->count)
		return bad("buckets do not ascend", line);
	r->bound = bound;
	r->count = v;
	r->ended = isinf(bound);
	return NULL;
}

static const char *
read_histogram(struct reading *r, const char *line, const char *suffix, const char *labels,
    const char *le, double v)
{
	if (strcmp(suffix, "_bucket") == 0)
		return read_bucket(r, line, labels, le, v);
	if (!r->ended || strcmp(r->labels + 1, labels) != 0)
		return bad("a sum or count without its buckets before it", line);
	if (strcmp(suffix, "_count") == 0)
		return v == r->count ? NULL : bad("the count is not the last bucket's", line);
	return strcmp(suffix, "_sum") == 0 ? NULL : bad("not of this family", line);
}

static const char *
read_sample(struct reading *r, const char *line)
{
	char name[200], labels[LINE_MAX_BYTES] = "", le[50] = "", *end;
	size_t n = name_length(line, true), family = strlen(r->family);
	const char *p = line + n;
	double v;

	if (n == 0 || n >= sizeof(name))
		return bad("no name", line);
	snprintf(name, sizeof(name), "%.*s", (int)n, line);
	if (*p == '{' && (p = read_labels(p + 1, labels, le)) == NULL)
		return bad("labels are malformed", line);
	if (*p != ' ' || p[1] == '\0' || strchr(" \t", p[1]) != NULL)
		return bad("no value", line);
	v = strtod(p + 1, &end);
	if (*end != '\0')
		return bad("no number", line);
	snprintf(fault, sizeof(fault), "%.*s", (int)(p - line), line);
	if (knows(r->series, r->series_n, fault))
		return bad("a series comes twice", line);
	r->series[r->series_n++] = strdup(fault);
	if (r->type[0] == '\0' || strncmp(name, r->family, family) != 0)
		return bad("not of the family that was announced", line);
	if (strcmp(r->type, "histogram") == 0)
		return read_histogram(r, line, name + family, labels, le, v);
	if (name[family] != '\0' || *le != '\0')
		return bad("not of the family that was announced", line);
	return strcmp(r->type, "counter") == 0 && v < 0 ? bad("a counter below 0", line) : NULL;
}

static const char *
read_line(struct reading *r, const char *line)
{
	if (r->series_n == SERIES_MAX || r->families_n == SERIES_MAX)
		return bad("more than this test has room for", line);
	if (strncmp(line, "# HELP ", 7) == 0)
		return read_announcement(r, line, true);
	if (strncmp(line, "# TYPE ", 7) == 0)
		return read_announcement(r, line, false);
	return read_sample(r, line);
}

const char *
prometheus_fault(const char *text)
{
	struct reading *r = calloc(1, sizeof(*r));
	char line[LINE_MAX_BYTES];
	const char *wrong = NULL;
	size_t n;

	if (*text == '\0' || text[strlen(text) - 1] != '\n' || !text_valid(text, strlen(text)))
		wrong = "it is no text that ends with a line's end";
	for (; wrong == NULL && *text != '\0'; text += n + 1) {
		n = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)n, text);
		wrong = n < sizeof(line) ? read_line(r, line) : bad("a long line", text);
	}
	if (wrong == NULL && r->labels[0] != '\0' && !r->ended)
		wrong = "a histogram does not end";
	while (r->families_n > 0)
		free(r->families[--r->families_n]);
	while (r->series_n > 0)
		free(r->series[--r->series_n]);
	free(r);
	return wrong;
}

double
prometheus_value(const char *text, const char *series)
{
	size_t n = strlen(series);

	for (; text != NULL && *text != '\0'; text = strchr(text, '\n') + 1)
		if (strncmp(text, series, n) == 0 && text[n] == ' ')
			return strtod(text + n + 1, NULL);
	return -1;
}
