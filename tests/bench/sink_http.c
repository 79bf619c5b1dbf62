/* An SMS gateway that answers as Kannel's sendsms does; keeps connections, takes pipelined requests. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/bench/sink.h"
#include "tests/bench/tally.h"

#define ANSWER(status, body, length)                                                               \
	"HTTP/1.1 " status "\r\nServer: bench\r\nContent-Length: " length                          \
	"\r\nContent-Type: text/html\r\n\r\n" body

static const char accepted[] = ANSWER("202 Accepted", "0: Accepted for delivery", "24");
static const char missing[] = ANSWER(
    "400 Bad Request", "Missing receiver and/or source number", "37");
static const char later[] = ANSWER("503 Service Unavailable", "Temporal failure, try again", "27");

/* The field ${name} ("to=") of ${s}[0..n), behind "?", "&" or at its begin. */
static const char *
field(const char *s, size_t n, const char *name)
{
	const char *p = s, *end = s + n;

	while (p < end && (p = memmem(p, (size_t)(end - p), name, strlen(name))) != NULL) {
		if (p == s || p[-1] == '&' || p[-1] == '?')
			return p + strlen(name);
		p++;
	}
	return NULL;
}

/* Phone "+99900000123" is number 123; several are parted by "+" or "%20". */
static bool
note(const char *s, size_t n)
{
	const char *p = field(s, n, "to="), *end = s + n;
	bool ours = false;

	if (p == NULL)
		return false;
	while (p < end && *p != '&' && *p != ' ') {
		if (*p == '%') /* of "+" or of a blank */
			p += 3;
		else if (*p == '+')
			p++;
		else if (*p >= '0' && *p <= '9')
			ours |= tally_note((uint32_t)(tally_number(&p, end) % 100000000u), s, n) ==
				0;
		else
			break;
	}
	if (!ours)
		tally_other();
	return true;
}

static size_t
body_length(const char *s, const char *end)
{
	const char *p = s;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		if (end - p > 15 && strncasecmp(p, "content-length:", 15) == 0)
			return (size_t)atol(p + 15);
	}
	return 0;
}

static size_t
heard(struct peer *p, const char *in, size_t n)
{
	const char *s = in, *end = in + n, *head, *line;
	size_t body;
	bool good;

	while (s < end && (head = memmem(s, (size_t)(end - s), "\r\n\r\n", 4)) != NULL) {
		line = memchr(s, '\r', (size_t)(end - s));
		body = s[0] == 'P' ? body_length(s, head) : 0;
		if ((size_t)(end - head - 4) < body)
			break;
		if (sink_refuse > 0 && sink_unlucky()) {
			buf_add(&p->out, later, sizeof(later) - 1);
		} else {
			good = body > 0 ? note(head + 4, body) : note(s, (size_t)(line - s));
			if (good)
				buf_add(&p->out, accepted, sizeof(accepted) - 1);
			else
				buf_add(&p->out, missing, sizeof(missing) - 1);
		}
		s = head + 4 + body;
	}
	return (size_t)(s - in);
}

const struct sink_kind sink_http = { .name = "http", .heard = heard };
