/*
 * What a channel's process says: each frame is checked, since the process may be somebody else's by
 * now; nonsense ends it.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "gateway/chores.h"
#include "gateway/fanout.h"
#include "gateway/frame.h"
#include "gateway/hooks.h"
#include "gateway/watch.h"

#define LEAVE_MS 2000 /* from its socket's end to its own */

static void
get_inbound(struct frame *f, struct inbound *in)
{
	in->peer = frame_get(f, NULL);
	in->to = frame_get(f, NULL);
	in->foreign = frame_get(f, NULL);
	in->text = frame_get(f, &in->text_len);
	in->reply_to = frame_get(f, NULL);
	in->token = frame_get(f, NULL);
	in->proof = frame_get_u64(f) == PROOF_PEER ? PROOF_PEER : PROOF_NONE;
	in->automatic = frame_get_u64(f) != 0;
	if (strlen(in->peer) > PEER_MAX || in->text_len > PORT_TEXT_MAX)
		f->bad = true;
}

static void
hear_receive(struct channel *ch, struct frame *f)
{
	struct inbound in = { 0 };
	uint64_t token = frame_get_u64(f);

	get_inbound(f, &in);
	if (frame_done(f))
		fanout_receive(ch, token, &in);
}

static void
hear_receive_hook(struct channel *ch, struct frame *f)
{
	struct hook_answers a;
	struct inbound in = { 0 };
	uint64_t id = frame_get_u64(f);

	for (int i = 0; i < VERDICTS; i++) {
		a.status[i] = (unsigned)frame_get_u64(f);
		a.body[i] = frame_get(f, NULL);
	}
	get_inbound(f, &in);
	if (frame_done(f))
		fanout_receive_hook(ch, id, &a, &in);
}

static void
hear_settle(struct channel *ch, struct frame *f)
{
	uint64_t id = frame_get_u64(f), o = frame_get_u64(f);
	const char *why = frame_get(f, NULL), *foreign = frame_get(f, NULL);
	struct entry *e;

	if (o > BOUNCE)
		f->bad = true;
	if (!frame_done(f))
		return;
	e = window_flying(ch, id);
	if (e != NULL)
		window_settle(e, (enum outcome)o, why, foreign);
}

static void
hear_settle_all(struct channel *ch, struct frame *f)
{
	uint64_t o = frame_get_u64(f), n, id;
	const char *why = frame_get(f, NULL);
	struct entry *e;

	n = frame_get_u64(f);
	if (o > BOUNCE)
		f->bad = true;
	for (; n > 0 && !f->bad; n--) {
		id = frame_get_u64(f);
		e = f->bad ? NULL : window_flying(ch, id);
		if (e != NULL)
			window_settle(e, (enum outcome)o, why, "");
	}
}

static void
hear_rest(struct channel *ch, struct frame *f)
{
	uint64_t id, status;
	const char *s, *t;

	switch (f->type) {
	case FRAME_REPORT:
		s = frame_get(f, NULL);
		status = frame_get_u64(f);
		t = frame_get(f, NULL);
		if (frame_done(f) && status <= BOUNCE)
			chores_report(ch, s, (enum outcome)status, t);
		break;
	case FRAME_HOOK_ANSWER:
		id = frame_get_u64(f);
		status = frame_get_u64(f);
		s = frame_get(f, NULL);
		t = frame_get(f, NULL);
		if (frame_done(f))
			fanout_hook_done(ch, id, (unsigned)status, s, t);
		break;
	case FRAME_SETTLE_ALL:
		hear_settle_all(ch, f);
		break;
	case FRAME_RECEIVE_HOOK:
		hear_receive_hook(ch, f);
		break;
	case FRAME_PRESENCE:
		s = frame_get(f, NULL);
		status = frame_get_u64(f);
		if (frame_done(f) && status <= PRESENCE_THERE)
			watch_news(ch, s, (enum presence)status);
		break;
	case FRAME_PONG:
		ch->pinged = false;
		ch->ping_at = 0;
		break;
	default:
		f->bad = true;
		break;
	}
}

static void
hear(struct channel *ch, struct frame *f)
{
	uint64_t n;
	const char *s;

	switch (f->type) {
	case FRAME_STATE:
		n = frame_get_u64(f);
		s = frame_get(f, NULL);
		if (frame_done(f) && n <= CHANNEL_DOWN)
			link_set_state(ch, (enum channel_state)n, s);
		break;
	case FRAME_WANT:
		n = frame_get_u64(f);
		ch->credit += n < ch->window ? (unsigned)n : ch->window;
		if (ch->credit > ch->window)
			ch->credit = ch->window;
		break;
	case FRAME_RECEIVE:
		hear_receive(ch, f);
		break;
	case FRAME_SETTLE:
		hear_settle(ch, f);
		break;
	default:
		hear_rest(ch, f);
		break;
	}
	if (!frame_done(f))
		link_end(ch, "it sent what cannot be understood");
}

static void
hear_all(struct channel *ch)
{
	struct frame f;
	size_t used = 0;
	long n = 0;

	ch->core->now_us = clock_us();
	while (!ch->killed && (n = frame_next(ch->in.data + used, ch->in.len - used, &f)) > 0) {
		hear(ch, &f);
		used += (size_t)n;
	}
	if (n == -1)
		link_end(ch, "it sent what is no frame");
	buf_drop(&ch->in, used);
}

void
link_ready(struct channel *ch, short revents)
{
	char chunk[65536];
	ssize_t n;

	if (revents & POLLOUT)
		link_flush(ch);
	if (!(revents & (POLLIN | POLLHUP | POLLERR)))
		return;
	n = recv(ch->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n > 0) {
		buf_add(&ch->in, chunk, (size_t)n);
		hear_all(ch);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		/* Its end follows; do not hear of this socket again. */
		link_shut(ch);
		ch->pinged = true;
		ch->ping_at = clock_ms() + LEAVE_MS;
	}
}
