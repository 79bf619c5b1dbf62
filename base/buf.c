#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"

static void
make_room(struct buf *b, size_t n)
{
	size_t want = b->room > 0 ? b->room : 64;

	if (n < b->room - b->len)
		return;
	while (want - b->len <= n)
		want *= 2;
	b->data = mem_resize(b->data, want, 1);
	b->room = want;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	make_room(b, n);
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_text_add(struct buf *b, const char *s)
{
	if (s != NULL)
		buf_add(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		log_die("a text cannot be formatted: %s", fmt);
	make_room(b, (size_t)n);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
	va_end(again);
	b->len += (size_t)n;
}

char *
buf_room(struct buf *b, size_t n)
{
	make_room(b, n);
	return b->data + b->len;
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len + 1);
}

const char *
buf_text(const struct buf *b)
{
	return b->len > 0 ? b->data : "";
}

char *
buf_take(struct buf *b)
{
	char *s = b->len > 0 ? b->data : mem_dup("");

	if (b->len == 0)
		free(b->data);
	*b = (struct buf){ 0 };
	return s;
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}
