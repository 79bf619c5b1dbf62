#include "base/expose.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define MICRO 6

static void
add_help(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '\\')
			buf_text_add(out, "\\\\");
		else if (*s == '\n')
			buf_text_add(out, "\\n");
		else
			buf_add(out, s, 1);
}

static void
add_label(struct buf *out, const char *name, const char *value)
{
	bool utf8 = text_valid(value, strlen(value));

	buf_printf(out, "%s=\"", name);
	for (; *value != '\0'; value++)
		if (*value == '\\' || *value == '"')
			buf_printf(out, "\\%c", *value);
		else if (*value == '\n')
			buf_text_add(out, "\\n");
		else
			buf_add(out, !utf8 && (unsigned char)*value >= 0x80 ? "?" : value, 1);
	buf_text_add(out, "\"");
}

/* ${le}: one more label for a bucket, or NULL. */
static void
add_labels(struct buf *out, const char *const *labels, const char *le)
{
	bool any = false;

	for (size_t i = 0; labels != NULL && labels[i] != NULL; i += 2) {
		buf_text_add(out, any ? "," : "{");
		add_label(out, labels[i], labels[i + 1]);
		any = true;
	}
	if (le != NULL) {
		buf_text_add(out, any ? "," : "{");
		add_label(out, "le", le);
		any = true;
	}
	if (any)
		buf_text_add(out, "}");
}

/* "1.25" of 1250 with three decimals: no zeros at the end, so that a bound is always written the same. */
static void
decimal(char out[32], int64_t v, int decimals)
{
	uint64_t n = v < 0 ? 0 - (uint64_t)v : (uint64_t)v, one = 1;
	size_t len;

	for (int i = 0; i < decimals; i++)
		one *= 10;
	len = (size_t)snprintf(out, 32, "%s%llu", v < 0 ? "-" : "", (unsigned long long)(n / one));
	if (n % one == 0)
		return;
	len += (size_t)snprintf(
	    out + len, 32 - len, ".%0*llu", decimals, (unsigned long long)(n % one));
	while (out[len - 1] == '0')
		out[--len] = '\0';
}

void
expose_family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s ", name);
	add_help(out, help);
	buf_printf(out, "\n# TYPE %s %s\n", name, type);
}

void
expose_value(struct buf *out, const char *name, const char *const *labels, int64_t v, int decimals)
{
	char number[32];

	decimal(number, v, decimals);
	buf_text_add(out, name);
	add_labels(out, labels, NULL);
	buf_printf(out, " %s\n", number);
}

static void
add_bucket(struct buf *out, const char *name, const char *const *labels, const char *le, int64_t n)
{
	buf_printf(out, "%s_bucket", name);
	add_labels(out, labels, le);
	buf_printf(out, " %lld\n", (long long)n);
}

void
expose_histogram(struct buf *out, const char *name, const char *const *labels,
    const struct histogram_bounds *b, const struct histogram_view *v)
{
	int64_t n = 0, all = histogram_count(v);
	char number[32];

	for (size_t i = 0; i < b->n; i++) {
		n += v->n[i];
		decimal(number, b->us[i], MICRO);
		add_bucket(out, name, labels, number, n);
	}
	/* What counts is added up here, so that the last bucket and the count are one number. */
	add_bucket(out, name, labels, "+Inf", all);
	decimal(number, v->sum, MICRO);
	buf_printf(out, "%s_sum", name);
	add_labels(out, labels, NULL);
	buf_printf(out, " %s\n%s_count", number, name);
	add_labels(out, labels, NULL);
	buf_printf(out, " %lld\n", (long long)all);
}
