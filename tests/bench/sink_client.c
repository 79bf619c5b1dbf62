/* The people behind real peers: XMPP clients u0, u1 ... with the password "pw", and a phone network for
 * Kannel's "fake" kind. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/bench/sink.h"
#include "tests/bench/tally.h"

#define HEADER                                                                                     \
	"<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' "                \
	"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"

/* What each step waits for, and what is said then; the last is the login's end. */
static const struct step {
	const char *word, *say;
} steps[] = {
	{ "</stream:features>", NULL },
	{ "<success", HEADER },
	{ "</stream:features>",
	    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>" },
	{ "</iq>", "<presence/>" },
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void
base64(struct buf *out, const char *s, size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char t[3];
	char q[4];

	for (size_t i = 0; i < n; i += 3) {
		for (size_t k = 0; k < 3; k++)
			t[k] = i + k < n ? (unsigned char)s[i + k] : 0;
		q[0] = digits[t[0] >> 2];
		q[1] = digits[(t[0] & 3) << 4 | t[1] >> 4];
		q[2] = i + 1 < n ? digits[(t[1] & 15) << 2 | t[2] >> 6] : '=';
		q[3] = i + 2 < n ? digits[t[2] & 63] : '=';
		buf_add(out, q, 4);
	}
}

static void
log_in(struct peer *p)
{
	char *s = mem_printf("%cu%u%cpw", '\1', p->number, '\1');
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (s[i] == '\1')
			s[i] = '\0';
	buf_text_add(&p->out, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>");
	base64(&p->out, s, n);
	buf_text_add(&p->out, "</auth>");
	free(s);
}

static size_t
heard_client(struct peer *p, const char *in, size_t n)
{
	const char *s = in, *e;

	while (p->step < STEPS) {
		e = memmem(
		    s, n - (size_t)(s - in), steps[p->step].word, strlen(steps[p->step].word));
		if (e == NULL)
			return (size_t)(s - in);
		s = e + strlen(steps[p->step].word);
		if (steps[p->step].say == NULL)
			log_in(p);
		else
			buf_text_add(&p->out, steps[p->step].say);
		if (++p->step == STEPS)
			sink_ready++;
	}
	return (size_t)(s - in) + sink_xmpp.heard(p, s, n - (size_t)(s - in));
}

/* "SENDER RECEIVER text WORDS" */
static size_t
heard_smsc(struct peer *p, const char *in, size_t n)
{
	const char *s = in, *end = in + n, *e, *to;

	(void)p;
	while (s < end && (e = memchr(s, '\n', (size_t)(end - s))) != NULL) {
		to = memchr(s, ' ', (size_t)(e - s));
		to = to == NULL ? s : to + 1 + (to[1] == '+');
		if (tally_note((uint32_t)(tally_number(&to, e) % 100000000u), s, (size_t)(e - s)) ==
		    -1)
			tally_other();
		s = e + 1;
	}
	return (size_t)(s - in);
}

const struct sink_kind sink_clients = {
	.name = "clients", .greeting = HEADER, .dials = true, .heard = heard_client
};
const struct sink_kind sink_smsc = { .name = "smsc", .dials = true, .heard = heard_smsc };
