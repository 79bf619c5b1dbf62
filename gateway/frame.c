#include <string.h>

#include "gateway/frame.h"

#define HEAD 4 /* the length */

static void
put_u32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static uint32_t
get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

size_t
frame_begin(struct buf *out, enum frame_type type)
{
	size_t mark = out->len;
	unsigned char head[HEAD + 1] = { 0, 0, 0, 0, (unsigned char)type };

	buf_add(out, head, sizeof(head));
	return mark;
}

void
frame_u64(struct buf *out, uint64_t v)
{
	unsigned char *p = (unsigned char *)buf_room(out, 8);

	put_u32(p, (uint32_t)v);
	put_u32(p + 4, (uint32_t)(v >> 32));
	out->len += 8;
}

void
frame_bytes(struct buf *out, const void *p, size_t n)
{
	unsigned char *at = (unsigned char *)buf_room(out, n + 5);

	put_u32(at, (uint32_t)n);
	if (n > 0)
		memcpy(at + 4, p, n);
	at[n + 4] = '\0';
	out->len += n + 5;
}

void
frame_text(struct buf *out, const char *s)
{
	if (s == NULL)
		s = "";
	frame_bytes(out, s, strlen(s));
}

void
frame_end(struct buf *out, size_t mark)
{
	put_u32((unsigned char *)out->data + mark, (uint32_t)(out->len - mark - HEAD));
}

long
frame_next(const void *data, size_t n, struct frame *f)
{
	const unsigned char *p = data;
	uint32_t len;

	if (n < HEAD)
		return 0;
	len = get_u32(p);
	if (len < 1 || len > FRAME_MAX)
		return -1;
	if (n - HEAD < len)
		return 0;
	f->type = (enum frame_type)p[HEAD];
	f->at = p + HEAD + 1;
	f->end = p + HEAD + len;
	f->bad = false;
	return (long)HEAD + (long)len;
}

uint64_t
frame_get_u64(struct frame *f)
{
	uint64_t v;

	if (f->bad || f->end - f->at < 8) {
		f->bad = true;
		return 0;
	}
	v = get_u32(f->at) | (uint64_t)get_u32(f->at + 4) << 32;
	f->at += 8;
	return v;
}

const char *
frame_get(struct frame *f, size_t *len)
{
	const char *s;
	uint32_t n;

	if (len != NULL)
		*len = 0;
	if (f->bad || f->end - f->at < 5)
		goto bad;
	n = get_u32(f->at);
	if ((uint64_t)(f->end - f->at) < (uint64_t)n + 5 || f->at[4 + n] != '\0')
		goto bad;
	s = (const char *)f->at + 4;
	f->at += (size_t)n + 5;
	if (len != NULL)
		*len = n;
	return s;

bad:
	f->bad = true;
	return "";
}

bool
frame_done(const struct frame *f)
{
	return !f->bad && f->at == f->end;
}
