/*
 * A section as bytes, for a channel's process: its path, then each key of its tables
 * in their order with its value.  Both ends are the same program, but what is read is
 * still not believed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/section.h"

struct reader {
	const unsigned char *p, *end;
	bool bad;
};

static void
put_number(struct buf *out, uint64_t n)
{
	unsigned char b[8];
	int i;

	for (i = 0; i < 8; i++)
		b[i] = (unsigned char)(n >> 8 * i);
	buf_add(out, b, sizeof(b));
}

static void
put_text(struct buf *out, const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;

	put_number(out, n);
	buf_add(out, s != NULL ? s : "", n);
}

static uint64_t
take_number(struct reader *r)
{
	uint64_t n = 0;
	int i;

	if (r->end - r->p < 8) {
		r->bad = true;
		return 0;
	}
	for (i = 0; i < 8; i++)
		n |= (uint64_t)r->p[i] << 8 * i;
	r->p += 8;
	return n;
}

static char *
take_text(struct reader *r)
{
	uint64_t n = take_number(r);
	char *s;

	if (r->bad || n > (uint64_t)(r->end - r->p) || memchr(r->p, '\0', n) != NULL) {
		r->bad = true;
		return mem_dup("");
	}
	s = mem_dupn((const char *)r->p, n);
	r->p += n;
	return s;
}

void
conf_pack(const struct conf_section *s, struct buf *out)
{
	const struct conf_value *v;
	uint64_t bits;
	size_t i, k;

	put_number(out, s->tables[0] != NULL);
	put_text(out, s->path);
	put_number(out, s->n);
	for (i = 0; i < s->n; i++) {
		v = &s->values[i];
		put_text(out, section_key(s, i)->name);
		put_number(out, v->given);
		put_text(out, v->text);
		put_number(out, (uint64_t)v->number);
		memcpy(&bits, &v->real, sizeof(bits));
		put_number(out, bits);
		put_number(out, v->truth);
		put_number(out, v->map_n);
		for (k = 0; k < v->map_n; k++) {
			put_text(out, v->map[k].name);
			put_text(out, v->map[k].text);
		}
	}
}

static void
take_value(struct reader *r, struct conf_value *v, const char *name)
{
	char *found = take_text(r);
	uint64_t bits, n;

	r->bad |= strcmp(found, name) != 0;
	free(found);
	value_clear(v);
	v->given = take_number(r) != 0;
	v->text = take_text(r);
	v->number = (int64_t)take_number(r);
	bits = take_number(r);
	memcpy(&v->real, &bits, sizeof(bits));
	v->truth = take_number(r) != 0;
	n = take_number(r);
	while (n-- > 0 && !r->bad) {
		v->map = mem_resize(v->map, v->map_n + 1, sizeof(*v->map));
		v->map[v->map_n].name = take_text(r);
		v->map[v->map_n++].text = take_text(r);
	}
}

struct conf_section *
conf_unpack(const struct conf_key *keys, const void *data, size_t n)
{
	struct reader r = { data, (const unsigned char *)data + n, false };
	bool channel = take_number(&r) != 0;
	char *path = take_text(&r);
	struct conf_section *s;
	size_t i;

	s = section_new(channel ? channel_keys : NULL, keys, path);
	free(path);
	r.bad |= take_number(&r) != s->n;
	for (i = 0; i < s->n && !r.bad; i++)
		take_value(&r, &s->values[i], section_key(s, i)->name);
	if (r.bad || r.p != r.end) {
		conf_section_free(s);
		return NULL;
	}
	return s;
}
