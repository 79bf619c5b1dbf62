/*
 * People whose ladders ask whether they are there: their channels are told to look for them, and when
 * one comes or goes, what they follow moves to the rung that carries it now.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gateway/fanout.h"
#include "gateway/frame.h"
#include "gateway/ladder.h"
#include "gateway/presence.h"
#include "gateway/watch.h"

#define ASKS_A_TURN 256
#define ASK_MS 50 /* a server that has just come back has much to do */

/* ---- ladders that follow */

struct moved {
	struct store_job job;
	struct core *core;
	const char *kind;
	char peer[PEER_MAX + 1];
};

static int
run_back(struct tx *tx, void *arg)
{
	struct moved *m = arg;
	struct user u;

	if (!user_by_address(tx, m->kind, m->peer, &u, NULL))
		return STORE_OK;
	return behind_loosen(tx, u.id, clock_wall());
}

static int
run_moved(struct tx *tx, void *arg)
{
	struct moved *m = arg;
	struct user u;

	if (!user_by_address(tx, m->kind, m->peer, &u, NULL))
		return STORE_OK;
	if (ladder_settle(tx, u.id) < 0)
		return STORE_FAILED;
	return run_back(tx, arg);
}

static void
moved_done(struct store_job *job, int result)
{
	struct moved *m = job->arg;

	if (result >= 0)
		fanout_look(m->core);
	free(m);
}

static void
submit(struct core *c, struct channel *ch, const char *peer, store_fn *run)
{
	struct moved *m = mem_new(sizeof(*m));

	m->core = c;
	m->kind = ch->kind->name;
	mem_copy(m->peer, sizeof(m->peer), peer);
	m->job = (struct store_job){ .run = run, .arg = m, .done = moved_done };
	store_submit(c->store, &m->job);
}

static void
follow(void *cookie, int chan, const char *peer)
{
	struct core *c = cookie;
	struct channel *ch = fanout_channel(c, chan);

	if (ch != NULL)
		submit(c, ch, peer, run_moved);
}

void
watch_news(struct channel *ch, const char *peer, enum presence is)
{
	bool back;

	if (!presence_set(ch->chan, peer, is, clock_wall(), &back))
		return;
	ch->core->presence_at = clock_wall();
	/* What is held does not wait until what they follow moves. */
	if (back)
		submit(ch->core, ch, peer, run_back);
}

void
watch_lost(struct channel *ch)
{
	if (ch->kind->watch != NULL)
		presence_drop(ch->chan);
}

/* ---- whom to look for */

static void
ask(void *cookie, const char *peer, bool wanted)
{
	struct channel *ch = cookie;
	size_t mark = frame_begin(&ch->out, FRAME_WATCH);

	frame_text(&ch->out, peer);
	frame_u64(&ch->out, wanted);
	frame_end(&ch->out, mark);
}

int
watch_turn(struct core *c)
{
	int64_t now = clock_wall();
	bool more = false;

	for (size_t i = 0; i < c->n; i++) {
		struct channel *ch = &c->channels[i];

		if (ch->kind->watch == NULL || !link_is_up(ch))
			continue;
		more |= presence_ask(ch->chan, ASKS_A_TURN, ask, ch);
		link_flush(ch);
	}
	if (c->presence_at != 0 && c->presence_at <= now)
		c->presence_at = presence_due(now, follow, c);
	if (more)
		return ASK_MS;
	return c->presence_at != 0 ? (int)(c->presence_at - now) * 1000 : -1;
}
