/* Sections and their values, whether read from a file or sent by another process. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "conf/section.h"
#include "conf/source.h"

const struct conf_key channel_keys[] = {
	{ .name = "name", .type = CONF_TEXT, .help = "what this channel is called" },
	{ .name = "kind", .type = CONF_TEXT, .help = "which network it is for" },
	{ .name = "window",
	    .type = CONF_INT,
	    .value = "",
	    .min = 1,
	    .max = 100000,
	    .help = "the most deliveries under way beyond what is on disk" },
	{ .name = NULL },
};

static size_t
count(const struct conf_key *keys)
{
	size_t n = 0;

	while (keys != NULL && keys[n].name != NULL)
		n++;
	return n;
}

const struct conf_key *
section_key(const struct conf_section *s, size_t i)
{
	size_t n = count(s->tables[0]);

	return i < n ? &s->tables[0][i] : &s->tables[1][i - n];
}

long
section_find(const struct conf_section *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(section_key(s, i)->name, name) == 0)
			return (long)i;
	return -1;
}

struct conf_section *
section_new(const struct conf_key *common, const struct conf_key *own, const char *path)
{
	struct conf_section *s = mem_new(sizeof(*s));
	const struct conf_key *key;
	char why[256];
	size_t i;

	s->tables[0] = common;
	s->tables[1] = own;
	s->path = mem_dup(path);
	s->n = count(common) + count(own);
	s->values = mem_new(s->n * sizeof(*s->values));
	for (i = 0; i < s->n; i++) {
		key = section_key(s, i);
		if (value_set(&s->values[i], key, key->value != NULL ? key->value : "",
			key->type == CONF_INT && key->value != NULL && key->value[0] != '\0', true,
			why) != NULL)
			log_die("settings: the default of %s does not fit its type", key->name);
	}
	return s;
}

void
conf_section_free(struct conf_section *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		value_clear(&s->values[i]);
	free(s->values);
	free(s->path);
	free(s);
}

static const struct conf_value *
get(const struct conf_section *s, const char *key, unsigned types)
{
	long i = section_find(s, key);

	if (i == -1 || (types & 1U << section_key(s, (size_t)i)->type) == 0)
		log_die("settings: the section %s has no such key of that type: %s", s->path, key);
	return &s->values[i];
}

const char *
conf_text(const struct conf_section *s, const char *key)
{
	const struct conf_value *v = get(s, key,
	    1U << CONF_TEXT | 1U << CONF_SECRET | 1U << CONF_CHOICE | 1U << CONF_ADDRESS |
		1U << CONF_URL | 1U << CONF_PATH);

	return v->text != NULL ? v->text : "";
}

int64_t
conf_int(const struct conf_section *s, const char *key)
{
	return get(s, key, 1U << CONF_INT | 1U << CONF_SECONDS)->number;
}

double
conf_real(const struct conf_section *s, const char *key)
{
	return get(s, key, 1U << CONF_REAL)->real;
}

bool
conf_bool(const struct conf_section *s, const char *key)
{
	return get(s, key, 1U << CONF_BOOL)->truth;
}

const char *
conf_map(const struct conf_section *s, const char *key, const char *sub)
{
	const struct conf_value *v = get(s, key, 1U << CONF_MAP);
	size_t i;

	for (i = 0; i < v->map_n; i++)
		if (strcmp(v->map[i].name, sub) == 0)
			return v->map[i].text;
	return NULL;
}

const char *
conf_nth(const struct conf_section *s, const char *key, size_t i)
{
	const struct conf_value *v = get(s, key, 1U << CONF_LIST);

	return i < v->map_n ? v->map[i].text : NULL;
}

bool
conf_takes(const struct conf_section *s, const char *key)
{
	return section_find(s, key) != -1;
}

bool
conf_given(const struct conf_section *s, const char *key)
{
	return get(s, key, ~0U)->given;
}

void
fault_add(
    struct conf_faults *f, const char *file, unsigned line, const char *key, const char *fmt, ...)
{
	char reason[512];
	va_list ap;
	size_t i, from = f->text.len;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	if (line > 0)
		buf_printf(&f->text, "%s:%u: %s: %s", file, line, key, reason);
	else /* there is no line: it could not be read */
		buf_printf(&f->text, "%s: %s: %s", file, key, reason);
	for (i = from; i < f->text.len; i++)
		if ((unsigned char)f->text.data[i] < ' ' || f->text.data[i] == 0x7f)
			f->text.data[i] = '?';
	buf_text_add(&f->text, "\n");
	f->count++;
}

void
conf_fault(
    struct conf_faults *f, const struct conf_section *s, const char *key, const char *fmt, ...)
{
	long i = key != NULL ? section_find(s, key) : -1;
	unsigned line = i != -1 && s->values[i].line != 0 ? s->values[i].line : s->line;
	char path[300], reason[512];
	va_list ap;

	/* One fault of a value is enough. */
	if (i != -1) {
		if (s->values[i].bad)
			return;
		s->values[i].bad = true;
	}
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), "%s%s%s", s->path,
	    s->path[0] != '\0' && key != NULL && key[0] != '\0' ? "." : "", key != NULL ? key : "");
	if (s->source != NULL)
		source_fault(s->source, f, line, path, "%s", reason);
	else
		fault_add(f, "defaults", 1, path, "%s", reason);
}
