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

#define AT_ONCE 64 /* deliveries asked for ahead */

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

static void
loop_speak(struct loop *l, const struct outbound *o, const struct recipient *r)
{
	struct inbound in = { .peer = r->peer,
		.to = "",
		.foreign = r->key,
		.text = o->text,
		.reply_to = r->key,
		.token = "",
		.proof = PROOF_PEER };

	if (strncmp(r->peer, "later", 5) == 0)
		port_settle(l->port, r->id, DEFER, "asked to wait", "");
	else if (strncmp(r->peer, "never", 5) == 0)
		port_settle(l->port, r->id, BOUNCE, "asked to refuse", "");
	else
		port_settle(l->port, r->id, SENT, "heard", "");
	if (strncmp(r->peer, "echo", 4) == 0) {
		in.text_len = strlen(in.text);
		port_receive(l->port, &in);
	}
}

static void
loop_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct loop *l = self;

	for (size_t i = 0; i < n; i++)
		loop_speak(l, o, &r[i]);
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
