/*
 * Waiting for mail: IDLE (RFC 2177) by hand.  libetpan's own hangs if the server has news before
 * it says "+", and news between our last look and this are just what must not be lost.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "channels/email/imap.h"

#define ANSWER_BYTES (256 * 1024)
#define IDLE_TAG "i"

static int
write_line(struct imap *i, const char *line)
{
	mailstream *s = i->m->imap_stream;

	wire_limit(i->m->imap_stream, i->e->timeout_ms, ANSWER_BYTES);
	if (mailstream_write(s, line, strlen(line)) == -1 || mailstream_flush(s) == -1)
		return imap_fail(i, "IDLE", MAILIMAP_ERROR_STREAM);
	return 0;
}

/* Read one line; 1: it begins with ${until}, 2: it is news, 0: something else. */
static int
read_line(struct imap *i, const char *until)
{
	char *line = mailstream_read_line_remove_eol(i->m->imap_stream, i->m->imap_stream_buffer);

	if (line == NULL)
		return imap_fail(i, "IDLE", MAILIMAP_ERROR_STREAM);
	if (strncmp(line, until, strlen(until)) == 0)
		return 1;
	if (strncmp(line, "* BYE", 5) == 0) {
		snprintf(i->fault, sizeof(i->fault), "IDLE: the server says good-bye");
		return -1;
	}
	if (strncmp(line, "* ", 2) == 0 && strstr(line, " EXISTS") != NULL)
		return 2;
	return 0;
}

static int
idle(struct imap *i, struct bell *bell, int ms)
{
	int64_t until = clock_ms() + ms, left;
	bool news = false;
	int r, got = 0;

	if (write_line(i, IDLE_TAG " IDLE\r\n") == -1)
		return -1;
	while (got != 1) {
		got = read_line(i, "+");
		if (got == -1)
			return -1;
		news |= got == 2;
	}
	for (;;) {
		left = until - clock_ms();
		r = news || left <= 0 ? 0 : wire_wait(i->m->imap_stream, bell, (int)left);
		if (r == -1)
			return imap_fail(i, "IDLE", MAILIMAP_ERROR_STREAM);
		if (r == 0)
			break;
		wire_limit(i->m->imap_stream, i->e->timeout_ms, ANSWER_BYTES);
		got = read_line(i, "+");
		if (got == -1)
			return -1;
		news |= got == 2;
	}
	if (write_line(i, "DONE\r\n") == -1)
		return -1;
	for (got = 0; got != 1;) {
		got = read_line(i, IDLE_TAG " ");
		if (got == -1)
			return -1;
	}
	return 0;
}

int
imap_wait(struct imap *i, struct bell *bell, int ms)
{
	if (i->news)
		return 0;
	i->told = 0;
	if (i->idle)
		return idle(i, bell, ms);
	/* It speaks only when asked; what it says while we wait is that it goes. */
	return wire_wait(i->m->imap_stream, bell, ms) == -1
		   ? imap_fail(i, "waiting", MAILIMAP_ERROR_STREAM)
		   : 0;
}
