/*
 * A channel whose far side is itself: for tests, to try things out with nobody
 * watching, and to read first.  A copy for "later..." is deferred, one for "never..."
 * bounces, one for "echo..." is heard back from there; everything else arrives.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/channel.h"

#define AT_ONCE 1024 /* deliveries asked for ahead */

static const struct conf_key loop_keys[] = {
	{ .name = NULL },
};

struct loop {
	struct port *port;
};

static void *
loop_open(struct port *port, const struct conf_section *conf)
{
	struct loop *l = mem_new(sizeof(*l));

	(void)conf;
	l->port = port;
	return l;
}

/* How the peer's name wants the attempt to end. */
static enum outcome
ends(const char *peer)
{
	return strncmp(peer, "later", 5) == 0   ? DEFER
	       : strncmp(peer, "never", 5) == 0 ? BOUNCE
						: SENT;
}

/* One that says something back. */
static void
echo(struct loop *l, const struct outbound *o, const struct recipient *r)
{
	struct inbound in = { .peer = r->peer,
		.to = "",
		.foreign = r->key,
		.text = o->text,
		.reply_to = r->key,
		.token = "",
		.proof = PROOF_PEER,
		.text_len = strlen(o->text) };

	port_receive(l->port, &in);
}

static void
loop_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	static const char *const why[] = { "heard", "asked to wait", "asked to refuse" };
	struct loop *l = self;
	uint64_t ids[AT_ONCE];
	size_t k = 0;

	/* What ended alike in a row is told at once. */
	for (size_t i = 0; i < n; i++) {
		ids[k++] = r[i].id;
		if (strncmp(r[i].peer, "echo", 4) == 0)
			echo(l, o, &r[i]);
		if (k < AT_ONCE && i + 1 < n && ends(r[i].peer) == ends(r[i + 1].peer))
			continue;
		port_settle_all(l->port, ids, k, ends(r[i].peer), why[ends(r[i].peer)]);
		k = 0;
	}
	port_want(l->port, (unsigned)n);
}

static int
loop_run(void *self)
{
	struct loop *l = self;
	struct pollfd p = { .fd = port_fd(l->port), .events = POLLIN };

	port_state(l->port, CHANNEL_UP, "");
	port_want(l->port, AT_ONCE);
	while (!port_stopping(l->port)) {
		poll(&p, 1, -1);
		if (port_pump(l->port) == -1)
			return -1;
	}
	return 0;
}

static int
loop_peer(const struct conf_section *s, const char *typed, char *out, size_t size, const char **why)
{
	(void)s;
	*why = "that is too long";
	return typed[0] == '\0' ? -1 : mem_copy(out, size, typed);
}

extern const struct channel_kind loop_kind;
const struct channel_kind loop_kind = {
	.name = "loop",
	.keys = loop_keys,
	.window = 256,
	.peer = loop_peer,
	.open = loop_open,
	.run = loop_run,
	.close = free,
	.deliver = loop_deliver,
};
