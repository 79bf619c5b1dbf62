/* An XEP-0114 server that lets any component in, whatever its secret, and answers pings. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tests/bench/sink.h"
#include "tests/bench/tally.h"

#define HEADER                                                                                     \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "                     \
	"xmlns:stream='http://etherx.jabber.org/streams' from='gw.localhost' id='bench'>"

static const char *
find(const char *p, const char *end, const char *word)
{
	return p >= end ? NULL : memmem(p, (size_t)(end - p), word, strlen(word));
}

/* The value of attribute ${name} (" to=") in the tag; its length into ${n}. */
static const char *
attribute(const char *p, const char *end, const char *name, size_t *n)
{
	const char *v = find(p, end, name), *close;

	if (v == NULL)
		return NULL;
	v += strlen(name);
	close = memchr(v + 1, *v, (size_t)(end - v - 1));
	*n = close == NULL ? 0 : (size_t)(close - v - 1);
	return v + 1;
}

/* People who post: each in turn. */
static struct {
	unsigned long left, awaited, seq, people;
	int64_t began;
} flood;

static void
post(struct peer *p)
{
	unsigned long i = flood.seq++;

	flood.left--;
	buf_printf(&p->out,
	    "<message type='chat' from='u%lu@localhost/x' to='update@gw.localhost' id='f%lu'><body>bench-%lu-"
	    "%" PRId64 "- the hoopoe carries what is said to whoever wants to hear of it</body>"
	    "<request xmlns='urn:xmpp:receipts'/></message>",
	    i % flood.people, i, i, clock_us());
}

void
sink_flood(struct peer *p, unsigned long n, unsigned long under_way, unsigned long seq,
    unsigned long people)
{
	flood.left = flood.awaited = n;
	flood.seq = seq;
	flood.people = people > 0 ? people : 1;
	flood.began = clock_us();
	while (under_way-- > 0 && flood.left > 0)
		post(p);
}

/* A receipt: what somebody posted is on disk. */
static bool
receipt(struct peer *p, const char *s, const char *end)
{
	if (flood.awaited == 0 || find(s, end, "<received") == NULL)
		return false;
	if (flood.left > 0)
		post(p);
	if (--flood.awaited == 0) {
		printf("flooded %" PRId64 "\n", clock_us() - flood.began);
		fflush(stdout);
	}
	return true;
}

/* user "u123@localhost" is number 123 */
static void
message(struct peer *p, const char *s, const char *tag, const char *end)
{
	size_t n = 0, from_n = 0, id_n = 0;
	const char *to = attribute(s, tag, " to=", &n), *from, *id, *digits = to + 1;
	uint32_t who = to == NULL ? 0 : (uint32_t)tally_number(&digits, to + n);

	if (sink_refuse > 0 && to != NULL && sink_unlucky()) {
		from = attribute(s, tag, " from=", &from_n);
		id = attribute(s, tag, " id=", &id_n);
		buf_printf(&p->out,
		    "<message type='error' from='%.*s' to='%.*s' id='%.*s'><error type='cancel'>"
		    "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
		    "</message>",
		    (int)n, to, (int)from_n, from, (int)id_n, id);
		return;
	}
	if (tally_note(who, tag, (size_t)(end - tag)) == -1 && !receipt(p, tag, end))
		tally_other();
}

static void
query(struct peer *p, const char *s, const char *tag, const char *end)
{
	size_t id_n = 0, to_n = 0, from_n = 0, type_n = 0;
	const char *id = attribute(s, tag, " id=", &id_n), *to = attribute(s, tag, " to=", &to_n),
		   *from = attribute(s, tag, " from=", &from_n),
		   *type = attribute(s, tag, " type=", &type_n);

	(void)end;
	if (type == NULL || strncmp(type, "get", 3) != 0)
		return;
	buf_printf(&p->out, "<iq type='result' id='%.*s' from='%.*s' to='%.*s'/>", (int)id_n, id,
	    (int)to_n, to == NULL ? "" : to, (int)from_n, from == NULL ? "" : from);
}

/* The end of the stanza that begins at ${s} and whose first tag ends before ${tag}; NULL: not here yet. */
static const char *
stanza_end(const char *s, const char *tag, const char *end)
{
	static const char *const closing[] = { "</message>", "</iq>", "</presence>" };
	const char *name = s[1] == 'm' ? closing[0] : s[1] == 'i' ? closing[1] : closing[2], *e;

	if (tag[-2] == '/')
		return tag;
	e = find(tag, end, name);
	return e == NULL ? NULL : e + strlen(name);
}

/* One thing at ${s}; returns where the next begins, or NULL if it is not complete. */
static const char *
one(struct peer *p, const char *s, const char *end)
{
	const char *tag = memchr(s, '>', (size_t)(end - s)), *e;

	if (tag == NULL)
		return NULL;
	tag++;
	if (s[1] == 's') { /* stream:stream */
		buf_text_add(&p->out, HEADER);
		return tag;
	}
	if (s[1] == 'h') { /* handshake */
		e = find(tag, end, "</handshake>");
		if (e != NULL)
			buf_text_add(&p->out, "<handshake/>");
		return e == NULL ? NULL : e + 12;
	}
	if (s[1] != 'm' && s[1] != 'i' && s[1] != 'p')
		return tag;
	e = stanza_end(s, tag, end);
	if (e == NULL)
		return NULL;
	if (s[1] == 'm')
		message(p, s, tag, e);
	else if (s[1] == 'i')
		query(p, s, tag, e);
	return e;
}

static size_t
heard(struct peer *p, const char *in, size_t n)
{
	const char *s = in, *end = in + n, *next;

	while (s < end) {
		if (*s != '<') {
			s++;
			continue;
		}
		if (end - s < 3 || (next = one(p, s, end)) == NULL)
			break;
		s = next;
	}
	return (size_t)(s - in);
}

const struct sink_kind sink_xmpp = { .name = "xmpp", .heard = heard };
