#include "channels/xmpp/talk.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define CONFLICT_MS 60000     /* before we try to take our place again */
#define LOGIN_FAULT_MS 10000  /* before we try what somebody must mend */
#define STABLE_MS 60000       /* up for so long: the next trouble is a new one */
#define LEAVE_MS 1500         /* of the 3 s we have, for what is under way */
#define GOODBYE_MS 700        /* and to take leave */
#define STANZA_MAX 200000     /* bytes that any server takes */
#define OUT_FULL (256 * 1024) /* unwritten: ask for no more */
#define OUT_MAX (16u << 20)   /* unwritten: the server does not read */
#define OUT_SEND (64 * 1024)  /* unwritten: worth a write before the turn's end */
#define BARRIERS 3            /* so many fill the window: one comes back while others are written */

static bool
up(const struct xmpp *x)
{
	return x->up_since != 0;
}

static bool
may_ask(const struct xmpp *x)
{
	return up(x) && !port_stopping(x->port) &&
	       flight_count(x->flight) + x->credit < x->window &&
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
	n = x->window - (unsigned)(flight_count(x->flight) + x->credit);
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
	if (n < x->window / 8 && x->credit >= x->window / 8)
		return;
	x->credit += n;
	port_want(x->port, n);
}

/*
 * Ping behind what was written; its answer proves that the server has read all before it.  At
 * once where none is under way; else when a share of the window is open, so that the rest of it
 * flies while an answer comes, and a busy stream has few of them (each costs us some 10 us).
 */
static void
barrier(struct xmpp *x)
{
	bool waits = flight_waits(x->flight) != 0;
	size_t open = flight_open(x->flight);
	int64_t now;
	char id[48];

	if (!up(x) || (waits && (open == 0 || open < x->window / BARRIERS)))
		return;
	now = clock_ms();
	if (open == 0 && now - x->pong_at < x->keepalive_ms)
		return;
	snprintf(id, sizeof(id), "p%s.%llu", x->nonce, (unsigned long long)++x->serial);
	say_ping(
	    stream_out(x->stream), x->self.component ? x->self.domain : x->self.jid, x->ping, id);
	flight_mark(x->flight, x->serial, now);
}

static void
on_answered(void *cookie, const char *id, const char *from)
{
	struct xmpp *x = cookie;
	size_t n = strlen(x->nonce);
	char *end;
	uint64_t serial;

	/* Anyone may send an iq result: ours comes from whom we asked. */
	if (id[0] != 'p' || strncmp(id + 1, x->nonce, n) != 0 || id[n + 1] != '.')
		return;
	if (from != NULL && strcmp(from, x->ping) != 0 && strcmp(from, x->self.bare) != 0)
		return;
	serial = strtoull(id + n + 2, &end, 10);
	if (*end == '\0' && flight_pass(x->flight, serial))
		x->pong_at = clock_ms();
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

	/* Nobody will be there to hear what became of it. */
	return port_stopping(x->port) ? 0 : port_receive(x->port, in);
}

static void
on_seen(void *cookie, const char *peer, const char *resource, enum presence is)
{
	struct xmpp *x = cookie;

	sight_set(x->sight, peer, resource, is);
}

void
talk_news(void *cookie, const char *peer, enum presence is)
{
	struct xmpp *x = cookie;

	port_presence(x->port, peer, is);
}

/* Who has let us see them is seen by a client at once; a component asks their server at each start. */
void
talk_watch(void *self, const char *peer, bool ask)
{
	struct xmpp *x = self;
	const char *us = x->self.component ? x->self.bare : NULL;

	if (!up(x) || strchr(peer, '@') == NULL)
		return;
	if (ask)
		say_presence(stream_out(x->stream), us, peer, "subscribe");
	if (sight_watch(x->sight, peer) && x->self.component)
		say_presence(stream_out(x->stream), us, peer, "probe");
}

const struct hear_calls talk_calls = {
	.receive = on_receive,
	.failed = on_failed,
	.answered = on_answered,
	.seen = on_seen,
};

void
talk_heard(void *cookie, struct _xmpp_stanza_t *stanza)
{
	struct xmpp *x = cookie;

	hear_stanza(x->hear, stanza);
}

void
talk_settled(void *cookie, const uint64_t *ids, size_t n, enum outcome o, const char *why)
{
	struct xmpp *x = cookie;

	port_settle_all(x->port, ids, n, o, why);
}

void
talk_received(void *self, uint64_t token, enum verdict v)
{
	struct xmpp *x = self;

	hear_verdict(x->hear, token, v);
}

void
talk_menu(void *self, const struct menu *m)
{
	struct xmpp *x = self;

	hear_menu(x->hear, m);
}

/* Write the copy for ${r}, or settle it at once. */
static void
deliver(struct xmpp *x, struct buf *out, const struct recipient *r)
{
	size_t before = out->len;

	if (strchr(r->peer, '@') == NULL) {
		port_settle(x->port, r->id, BOUNCE, "this is no Jabber address", "");
		return;
	}
	say_delivery(out, &x->form, r->peer, r->key);
	if (out->len - before <= STANZA_MAX) {
		flight_add(x->flight, r->id, r->key, r->peer);
		if (flight_open(x->flight) >= x->window / BARRIERS)
			barrier(x);
		return;
	}
	out->len = before;
	port_settle(x->port, r->id, BOUNCE, "too long for one message", "");
}

void
talk_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct xmpp *x = self;
	struct buf *out = stream_out(x->stream);

	x->credit -= n < x->credit ? (unsigned)n : x->credit;
	x->tokens -= (double)n;
	for (size_t i = 0; i < n && !up(x); i++)
		port_settle(x->port, r[i].id, DEFER, "not connected", "");
	if (!up(x))
		return;
	say_form(&x->form, x->self.jid, o);
	for (size_t i = 0; i < n; i++)
		deliver(x, out, &r[i]);
	/* a whole window can come in one turn: let the server begin */
	if (out->len >= OUT_SEND)
		stream_write(x->stream);
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
	sight_clear(x->sight);
	x->up_since = 0;
	x->credit = 0;
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
work(struct xmpp *x, short revents)
{
	int64_t waits;

	if (stream_state(x->stream) == STREAM_NONE)
		return;
	stream_work(x->stream, revents);
	if (stream_state(x->stream) == STREAM_UP && !up(x))
		arrived(x);
	waits = flight_waits(x->flight);
	if (up(x) && waits != 0 && clock_ms() - waits >= x->wait_ms)
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
	int64_t now = clock_ms(), waits = flight_waits(x->flight);

	if (x->retry_at != 0)
		wait = sooner(wait, x->retry_at - now);
	else if (x->lookup == NULL && stream_state(x->stream) == STREAM_NONE)
		wait = 0;
	if (x->leave_by != 0)
		wait = sooner(wait, x->leave_by - now);
	if (!up(x))
		return wait;
	if (waits != 0)
		wait = sooner(wait, waits + x->wait_ms - now + 1);
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
	if (up(x))
		port_hold(x->port);
	if (p[0].revents != 0 && port_pump(x->port) == -1)
		return -1;
	if (p[2].revents != 0 || (x->lookup == NULL && stream_state(x->stream) == STREAM_NONE &&
				     clock_ms() >= x->retry_at))
		connect_on(x);
	barrier(x);
	work(x, p[1].revents);
	ask(x);
	port_release(x->port);
	/* what was heard may need an answer */
	barrier(x);
	if (up(x) && stream_out(x->stream)->len > 0)
		work(x, 0);
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
	while (up(x) && (flight_count(x->flight) > 0 || hear_waits(x->hear)) &&
	       clock_ms() < x->leave_by)
		if (turn(x) == -1)
			return -1;
	flight_lose(x->flight, "the channel stops");
	if (up(x)) {
		hear_goodbye(x->hear);
		stream_leave(x->stream, GOODBYE_MS);
	}
	return 0;
}
