#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define LINE_MAX_BYTES 2048

static _Thread_local const char *context;

void
log_context(const char *name)
{
	context = name;
}

/* C0, DEL, C1 and the bidirectional overrides may not reach a terminal. */
static size_t
dangerous(const unsigned char *s)
{
	if (s[0] < 0x20 || s[0] == 0x7f)
		return 1;
	if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f)
		return 2;
	if (s[0] == 0xe2 && ((s[1] == 0x80 && s[2] >= 0xaa && s[2] <= 0xae) ||
				(s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)))
		return 3;
	return 0;
}

static size_t
escape(char *out, size_t room, const char *in)
{
	const unsigned char *s = (const unsigned char *)in;
	size_t n = 0, bad;

	while (*s != '\0' && n + 16 < room) {
		bad = dangerous(s);
		if (bad == 0)
			out[n++] = (char)*s++;
		for (; bad > 0; bad--)
			n += (size_t)snprintf(out + n, room - n, "\\x%02x", *s++);
	}
	return n;
}

static void __attribute__((format(printf, 3, 0)))
emit(int priority, const char *level, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES], line[2 * LINE_MAX_BYTES];
	size_t n = 0;
	int saved = errno;

	vsnprintf(text, sizeof(text), fmt, ap);
	if (getenv("JOURNAL_STREAM") != NULL)
		n += (size_t)snprintf(line, sizeof(line), "<%d>", priority);
	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s%s", level,
	    context != NULL ? context : "", context != NULL ? ": " : "");
	n += escape(line + n, sizeof(line) - n - 1, text);
	line[n++] = '\n';
	/* Nobody can be told that the log is gone. */
	if (write(STDERR_FILENO, line, n) == -1) {
		errno = saved;
		return;
	}
	errno = saved;
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(6, "info: ", fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(4, "warning: ", fmt, ap);
	va_end(ap);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(3, "error: ", fmt, ap);
	va_end(ap);
}

void
log_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(2, "fatal: ", fmt, ap);
	va_end(ap);
	/* No exit handlers: other threads still run, and the files are safe. */
	_exit(1);
}
