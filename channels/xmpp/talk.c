#include "channels/xmpp/talk.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "channels/xmpp/say.h"

#define CONFLICT_MS 60000     /* before we try to take our place again */
#define LOGIN_FAULT_MS 10000  /* before we try what somebody must mend */
#define STABLE_MS 60000       /* up for so long: the next trouble is a new one */
#define LEAVE_MS 1500         /* of the 3 s we have, for what is under way */
#define GOODBYE_MS 700        /* and to take leave */
#define STANZA_MAX 200000     /* bytes that any server takes */
#define OUT_FULL (256 * 1024) /* unwritten: ask for no more */
#define OUT_MAX (16u << 20)   /* unwritten: the server does not read */

static bool
up(const struct xmpp *x)
{
	return x->up_since != 0;
}

static bool
may_ask(const struct xmpp *x)
{
	return up(x) && !port_stopping(x->port) && flight_count(x->flight) + x->credit < WINDOW &&
	       stream_out(x->stream)->len <= OUT_FULL;
}

/* Ask for as much as the window and the pace allow. */
static void
ask(struct xmpp *x)
{
	int64_t now = clock_ms();
	unsigned n;
	double most = x->rate < 1 ? 1 : x->rate;

	if (!may_ask(x))
		return;
	n = WINDOW - (unsigned)(flight_count(x->flight) + x->credit);
	if (x->rate > 0) {
		x->tokens += (double)(now - x->tokens_at) * x->rate / 1000;
		x->tokens_at = now;
		if (x->tokens > most)
			x->tokens = most;
		if (x->tokens < x->credit + 1.0)
			return;
		if (n > x->tokens - x->credit)
			n = (unsigned)(x->tokens - x->credit);
	}
	/* not a frame for each */
	if (n < WINDOW / 8 && x->credit >= WINDOW / 8)
		return;
	x->credit += n;
	port_want(x->port, n);
}

/* Ping behind what was written; its answer proves that the server has read all before it. */
static void
barrier(struct xmpp *x)
{
	bool due = clock_ms() - x->pong_at >= x->keepalive_ms;

	if (!up(x) || x->barrier[0] != '\0' || (flight_open(x->flight) == 0 && !due))
		return;
	snprintf(
	    x->barrier, sizeof(x->barrier), "p%s.%llu", x->nonce, (unsigned long long)++x->serial);
	say_ping(stream_out(x->stream), x->self.component ? x->self.domain : x->self.jid, x->ping,
	    x->barrier);
	flight_mark(x->flight);
	x->barrier_at = clock_ms();
}

static void
on_answered(void *cookie, const char *id, const char *from)
{
	struct xmpp *x = cookie;

	/* Anyone may send an iq result: ours comes from whom we asked. */
	if (x->barrier[0] == '\0' || strcmp(id, x->barrier) != 0)
		return;
	if (from != NULL && strcmp(from, x->ping) != 0 && strcmp(from, x->self.bare) != 0)
		return;
	x->barrier[0] = '\0';
	x->pong_at = clock_ms();
	flight_pass(x->flight);
}

static void
on_failed(void *cookie, const char *key, const char *peer, enum outcome o, const char *why)
{
	struct xmpp *x = cookie;

	if (flight_fail(x->flight, key, peer, o, why) == FLIGHT_LATE)
		port_report(x->port, key, o, why);
}

static uint64_t
on_receive(void *cookie, const struct inbound *in)
{
	struct xmpp *x = cookie;

	return port_receive(x->port, in);
}

const struct hear_calls talk_calls = {
	.receive = on_receive,
	.failed = on_failed,
	.answered = on_answered,
};

void
talk_heard(void *cookie, struct _xmpp_stanza_t *stanza)
{
	struct xmpp *x = cookie;

	hear_stanza(x->hear, stanza);
}

void
talk_settled(void *cookie, uint64_t id, enum outcome o, const char *why)
{
	struct xmpp *x = cookie;

	port_settle(x->port, id, o, why, "");
}

void
talk_received(void *self, uint64_t token, enum verdict v)
{
	struct xmpp *x = self;

	hear_verdict(x->hear, token, v);
}

void
talk_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct xmpp *x = self;
	struct buf *out = stream_out(x->stream);
	size_t before;

	for (size_t i = 0; i < n; i++) {
		if (x->credit > 0) {
			x->credit--;
			x->tokens--;
		}
		if (!up(x)) {
			port_settle(x->port, r[i].id, DEFER, "not connected", "");
			continue;
		}
		if (strchr(r[i].peer, '@') == NULL) {
			port_settle(x->port, r[i].id, BOUNCE, "this is no Jabber address", "");
			continue;
		}
		before = out->len;
		say_delivery(out, x->self.jid, r[i].peer, r[i].key, o);
		if (out->len - before <= STANZA_MAX) {
			flight_add(x->flight, r[i].id, r[i].key, r[i].peer);
			continue;
		}
		out->len = before;
		port_settle(x->port, r[i].id, BOUNCE, "too long for one message", "");
	}
}

/* The stream has ended, or did not come about: settle, say why, and plan the next try. */
static void
lost(struct xmpp *x, enum stream_fault fault, const char *why)
{
	int64_t now = clock_ms();
	int wait;

	if (up(x) && now - x->up_since >= STABLE_MS)
		x->tries = 0;
	if (fault == FAULT_UNREACHED && !up(x) && x->at < x->n)
		return; /* there is another address */
	flight_lose(x->flight, why);
	x->up_since = 0;
	x->credit = 0;
	x->barrier[0] = '\0';
	x->n = x->at = 0;
	wait = port_backoff(x->tries++);
	if (fault == FAULT_CONFLICT && wait < CONFLICT_MS)
		wait = CONFLICT_MS;
	if (fault == FAULT_LOGIN && wait < LOGIN_FAULT_MS)
		wait = LOGIN_FAULT_MS;
	x->retry_at = now + wait;
	log_warn("%s; trying again in %d s", why, (wait + 999) / 1000);
	port_state(x->port, CHANNEL_DOWN, why);
}

/* Logged in. */
static void
arrived(struct xmpp *x)
{
	const char *jid = stream_jid(x->stream);

	x->up_since = x->pong_at = x->tokens_at = clock_ms();
	x->tokens = x->rate < 1 ? 1 : x->rate;
	if (!x->self.component) {
		if (jid != NULL)
			snprintf(x->self.jid, sizeof(x->self.jid), "%s", jid);
		say_presence(stream_out(x->stream), NULL, NULL, NULL);
	}
	log_info("connected");
	port_state(x->port, CHANNEL_UP, "");
}

/* Look for the server, or try the next of its addresses. */
static void
connect_on(struct xmpp *x)
{
	const char *why;

	if (x->lookup != NULL) {
		x->n = lookup_take(x->lookup, x->list, &why);
		x->at = 0;
		lookup_drop(x->lookup);
		x->lookup = NULL;
		if (x->n == 0)
			lost(x, FAULT_NET, why);
	} else if (x->at < x->n) {
		stream_start(x->stream, x->list[x->at].ip, x->list[x->at].port);
		x->at++;
		if (stream_state(x->stream) == STREAM_NONE)
			lost(x, stream_fault(x->stream), stream_why(x->stream));
	} else {
		x->retry_at = 0;
		port_state(x->port, CHANNEL_CONNECTING, "");
		if (x->host[0] != '\0')
			x->lookup = lookup_start(x->host, x->host_port, false);
		else
			x->lookup = lookup_start(x->self.domain, 5222, true);
	}
}

/* Let the stream work, and see what that changed. */
static void
work(struct xmpp *x)
{
	if (stream_state(x->stream) == STREAM_NONE)
		return;
	stream_work(x->stream);
	if (stream_state(x->stream) == STREAM_UP && !up(x))
		arrived(x);
	if (up(x) && x->barrier[0] != '\0' && clock_ms() - x->barrier_at >= x->wait_ms)
		stream_drop(x->stream, FAULT_NET, "the server does not answer any more");
	if (up(x) && stream_out(x->stream)->len > OUT_MAX)
		stream_drop(x->stream, FAULT_NET, "the server does not read");
	if (stream_state(x->stream) == STREAM_NONE)
		lost(x, stream_fault(x->stream), stream_why(x->stream));
}

static int
sooner(int wait, int64_t ms)
{
	if (ms < 0)
		ms = 0;
	return wait == -1 || ms < wait ? (int)(ms > 3600000 ? 3600000 : ms) : wait;
}

/* How long nothing of our own is due: -1 is for ever. */
static int
due(struct xmpp *x, int wait)
{
	int64_t now = clock_ms();

	if (x->retry_at != 0)
		wait = sooner(wait, x->retry_at - now);
	else if (x->lookup == NULL && stream_state(x->stream) == STREAM_NONE)
		wait = 0;
	if (x->leave_by != 0)
		wait = sooner(wait, x->leave_by - now);
	if (!up(x))
		return wait;
	if (x->barrier[0] != '\0')
		wait = sooner(wait, x->barrier_at + x->wait_ms - now + 1);
	else
		wait = sooner(wait, x->pong_at + x->keepalive_ms - now + 1);
	if (x->rate > 0 && x->credit == 0 && may_ask(x))
		wait = sooner(wait, (int64_t)((1 - x->tokens) * 1000 / x->rate) + 1);
	return wait;
}

/* One round: wait, hear the core and the server, write. */
static int
turn(struct xmpp *x)
{
	struct pollfd p[3] = { { .fd = port_fd(x->port), .events = POLLIN } };
	int wait;

	p[1].fd = stream_poll(x->stream, &p[1].events, &wait);
	p[2].fd = x->lookup == NULL ? -1 : lookup_fd(x->lookup);
	p[2].events = POLLIN;
	poll(p, 3, due(x, wait));
	if (p[0].revents != 0 && port_pump(x->port) == -1)
		return -1;
	if (p[2].revents != 0 || (x->lookup == NULL && stream_state(x->stream) == STREAM_NONE &&
				     clock_ms() >= x->retry_at))
		connect_on(x);
	barrier(x);
	work(x);
	/* what was heard may need an answer, and settled deliveries make room */
	barrier(x);
	if (up(x) && stream_out(x->stream)->len > 0)
		work(x);
	ask(x);
	return 0;
}

int
talk_run(void *self)
{
	struct xmpp *x = self;

	while (!port_stopping(x->port))
		if (turn(x) == -1)
			return -1;
	x->leave_by = clock_ms() + LEAVE_MS;
	while (up(x) && flight_count(x->flight) > 0 && clock_ms() < x->leave_by)
		if (turn(x) == -1)
			return -1;
	flight_lose(x->flight, "the channel stops");
	if (up(x)) {
		hear_goodbye(x->hear);
		stream_leave(x->stream, GOODBYE_MS);
	}
	return 0;
}
