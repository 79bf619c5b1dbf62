/* A mail server that throws everything away; takes PIPELINING and many recipients. */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "tests/bench/sink.h"
#include "tests/bench/tally.h"

#define SAY(p, text) buf_add(&(p)->out, text "\r\n", sizeof(text "\r\n") - 1)

static void
recipient(struct peer *p, const char *s, const char *end)
{
	const char *at = memchr(s, '<', (size_t)(end - s));

	if (sink_refuse > 0 && sink_unlucky()) {
		SAY(p, "450 4.2.0 not now");
		return;
	}
	if (p->n == p->room) {
		p->room = p->room == 0 ? 16 : 2 * p->room;
		p->who = mem_resize(p->who, p->room, sizeof(*p->who));
	}
	at = at == NULL ? s : at + 2; /* <u123@...> */
	p->who[p->n++] = (uint32_t)tally_number(&at, end);
	SAY(p, "250 2.1.5 Ok");
}

static void
command(struct peer *p, const char *s, const char *end)
{
	if (strncasecmp(s, "MAIL", 4) == 0) {
		p->n = 0;
		SAY(p, "250 2.1.0 Ok");
	} else if (strncasecmp(s, "RCPT", 4) == 0) {
		recipient(p, s, end);
	} else if (strncasecmp(s, "DATA", 4) == 0) {
		p->data = p->n > 0;
		if (p->data)
			SAY(p, "354 End data with <CR><LF>.<CR><LF>");
		else
			SAY(p, "554 5.5.1 No valid recipients");
	} else if (strncasecmp(s, "EHLO", 4) == 0) {
		SAY(p, "250-sink\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250 8BITMIME");
	} else if (strncasecmp(s, "QUIT", 4) == 0) {
		SAY(p, "221 2.0.0 Bye");
	} else {
		SAY(p, "250 2.0.0 Ok");
	}
}

/* A whole mail: what it says stands behind its header. */
static void
mail(struct peer *p, const char *s, const char *end)
{
	const char *body = memmem(s, (size_t)(end - s), "\r\n\r\n", 4);

	for (size_t i = 0; i < p->n; i++)
		if (body == NULL || tally_note(p->who[i], body, (size_t)(end - body)) == -1)
			tally_other();
	p->n = 0;
	p->data = false;
	SAY(p, "250 2.0.0 Ok: queued as BENCH");
}

static size_t
heard(struct peer *p, const char *in, size_t n)
{
	const char *s = in, *end = in + n, *e;

	for (;;) {
		if (p->data) {
			e = memmem(s, (size_t)(end - s), "\r\n.\r\n", 5);
			if (e == NULL)
				break;
			mail(p, s, e);
			s = e + 5;
		} else {
			e = memchr(s, '\n', (size_t)(end - s));
			if (e == NULL || end == s)
				break;
			command(p, s, e);
			s = e + 1;
		}
	}
	return (size_t)(s - in);
}

const struct sink_kind sink_smtp = {
	.name = "smtp", .greeting = "220 sink ESMTP bench\r\n", .heard = heard
};
