#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

void *
mem_new(size_t n)
{
	void *p = calloc(1, n > 0 ? n : 1);

	if (p == NULL)
		log_die("out of memory (%zu bytes)", n);
	return p;
}

void *
mem_resize(void *p, size_t count, size_t size)
{
	void *q;

	if (size != 0 && count > SIZE_MAX / size)
		log_die("out of memory (%zu times %zu bytes)", count, size);
	q = realloc(p, count * size > 0 ? count * size : 1);
	if (q == NULL)
		log_die("out of memory (%zu times %zu bytes)", count, size);
	return q;
}

char *
mem_dup(const char *s)
{
	return s == NULL ? NULL : mem_dupn(s, strlen(s));
}

char *
mem_dupn(const char *s, size_t n)
{
	char *p = mem_new(n + 1);

	memcpy(p, s, n);
	return p;
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		log_die("out of memory (text)");
	va_end(ap);
	return s;
}

int
mem_copy(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);

	if (n >= size) {
		dst[0] = '\0';
		return -1;
	}
	memcpy(dst, src, n + 1);
	return 0;
}
