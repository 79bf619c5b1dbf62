/*
 * A .mo file is a header, two tables of (length, offset) and the strings.  Every
 * string is checked when the file is read: it ends with a NUL inside of the file, and
 * the ids are in order, so that finding one needs no further care.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/catalogue.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/text.h"

#define MAGIC 0x950412deU
#define MAGIC_SWAPPED 0xde120495U

struct catalogue {
	unsigned char *data;
	size_t n;
	bool swapped;
	uint32_t count;
	uint32_t ids, texts; /* where the tables begin */
	struct plural *plural;
};

static uint32_t
number(const struct catalogue *c, size_t at)
{
	const unsigned char *p = c->data + at;

	if (c->swapped)
		return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Entry ${i} of the table at ${table}; checked by catalogue_read(). */
static const char *
entry(const struct catalogue *c, uint32_t table, uint32_t i, size_t *len)
{
	*len = number(c, table + 8 * (size_t)i);
	return (const char *)c->data + number(c, table + 8 * (size_t)i + 4);
}

static bool
table_fits(const struct catalogue *c, uint32_t table)
{
	size_t i, len, at, all = 8 * (size_t)c->count;

	if (table > c->n || all > c->n - table)
		return false;
	for (i = 0; i < c->count; i++) {
		len = number(c, table + 8 * i);
		at = number(c, table + 8 * i + 4);
		if (at >= c->n || len >= c->n - at || c->data[at + len] != '\0')
			return false;
	}
	return true;
}

/* Ids in ascending order, each with as many forms as the rule may ask for. */
static bool
entries_fit(const struct catalogue *c)
{
	const char *id, *before = NULL, *text;
	size_t id_len, len, nuls, k;
	uint32_t i;

	for (i = 0; i < c->count; i++) {
		id = entry(c, c->ids, i, &id_len);
		text = entry(c, c->texts, i, &len);
		if (before != NULL && strcmp(before, id) >= 0)
			return false;
		before = id;
		for (nuls = 0, k = 0; k < len; k++)
			nuls += text[k] == '\0';
		if (strlen(id) == id_len ? nuls != 0 : nuls + 1 != plural_forms(c->plural))
			return false;
		for (k = 0; k < len; k += strlen(text + k) + 1)
			if (!text_valid(text + k, strlen(text + k)))
				return false;
	}
	return true;
}

struct catalogue *
catalogue_read(const void *data, size_t n)
{
	struct catalogue *c;
	const char *header;
	uint32_t magic;

	if (n < 28 || n > CATALOGUE_MAX)
		return NULL;
	c = mem_new(sizeof(*c));
	c->data = (unsigned char *)mem_dupn(data, n);
	c->n = n;
	magic = number(c, 0);
	c->swapped = magic == MAGIC_SWAPPED;
	if ((magic != MAGIC && magic != MAGIC_SWAPPED) || number(c, 4) >> 16 > 1)
		goto bad;
	c->count = number(c, 8);
	c->ids = number(c, 12);
	c->texts = number(c, 16);
	if (!table_fits(c, c->ids) || !table_fits(c, c->texts))
		goto bad;
	/* The translation of "" is the header; without one the rule is gettext's own. */
	header = "";
	if (c->count > 0 && number(c, c->ids) == 0)
		header = (const char *)c->data + number(c, c->texts + 4);
	c->plural = plural_read(header);
	if (c->plural == NULL || !entries_fit(c))
		goto bad;
	return c;
bad:
	catalogue_free(c);
	return NULL;
}

const char *
catalogue_find(const struct catalogue *c, const char *msgid, unsigned long number_of)
{
	uint32_t low = 0, high = c->count, mid;
	const char *id, *text;
	size_t id_len, len;
	unsigned form;
	int r;

	while (low < high) {
		mid = low + (high - low) / 2;
		id = entry(c, c->ids, mid, &id_len);
		r = strcmp(id, msgid);
		if (r == 0) {
			text = entry(c, c->texts, mid, &len);
			form = strlen(id) < id_len ? plural_form(c->plural, number_of) : 0;
			while (form-- > 0)
				text += strlen(text) + 1;
			return *text != '\0' ? text : NULL;
		}
		if (r < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

void
catalogue_free(struct catalogue *c)
{
	if (c == NULL)
		return;
	plural_free(c->plural);
	free(c->data);
	free(c);
}
