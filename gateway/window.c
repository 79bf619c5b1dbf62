/*
 * What is on its way.  At most one copy flies to a follower at a time: what follows it is
 * held, so that an author's statuses arrive in order whatever fails.  A copy that cannot
 * be delivered now becomes (part of) the follower's behind row, and everything held
 * after it is owed by that row, too.  A place in the window is free again only when its
 * end is committed: that is what bounds repeats after a crash.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/fanout.h"
#include "gateway/retry.h"

bool
window_room(const struct channel *ch, enum via via)
{
	/* No way in may take the whole window, so that none waits for another's slow peers. */
	unsigned share = via == VIA_LANE ? ch->window - ch->window / 4 : ch->window / 2;

	if (share == 0)
		share = 1;
	return ch->used < ch->window && ch->used_by[via] < share;
}

static struct who **
who_at(struct core *c, int64_t user)
{
	struct who **at = &c->who[(uint64_t)user % WHO_BUCKETS];

	while (*at != NULL && (*at)->user != user)
		at = &(*at)->chain;
	return at;
}

struct who *
who_find(struct core *c, int64_t user)
{
	return *who_at(c, user);
}

struct who *
who_get(struct core *c, int64_t user)
{
	struct who **at = who_at(c, user);

	if (*at == NULL) {
		*at = mem_new(sizeof(**at));
		(*at)->user = user;
	}
	return *at;
}

void
who_put(struct core *c, struct who *w)
{
	if (w->first != NULL || w->touched || w->saving || w->leaving)
		return;
	*who_at(c, w->user) = w->chain;
	free(w);
}

const struct behind *
who_behind(const struct who *w, const struct behind *stored)
{
	return w != NULL && (w->touched || w->saving) ? &w->behind : stored;
}

void
window_ready(struct entry *e)
{
	e->stage = READY;
	e->queue = NULL;
	*e->channel->ready_tail = e;
	e->channel->ready_tail = &e->queue;
}

/* An id says which slot it is in, and whether it is still the one that was there. */
#define SLOT_BITS 20

void
window_open(struct channel *ch)
{
	ch->slots = mem_new(ch->window * sizeof(struct entry *));
	ch->free_slots = mem_new(ch->window * sizeof(unsigned));
	for (unsigned i = 0; i < ch->window; i++)
		ch->free_slots[i] = i;
	ch->ready_tail = &ch->ready;
}

void
window_close(struct channel *ch)
{
	free(ch->slots);
	free(ch->free_slots);
}

static struct entry *
entry_new(struct channel *ch, enum via via)
{
	struct entry *e = mem_new(sizeof(*e));
	unsigned slot = ch->free_slots[ch->used];

	ch->slots[slot] = e;
	ch->used++;
	ch->used_by[via]++;
	e->id = ++ch->core->last_id << SLOT_BITS | slot;
	e->via = via;
	e->channel = ch;
	return e;
}

static void
link_into(struct entry *e, struct source *source)
{
	e->source = source;
	if (source == NULL) {
		e->next = e->channel->loose;
		e->channel->loose = e;
		return;
	}
	if (source->last != NULL)
		source->last->next = e;
	else
		source->first = e;
	source->last = e;
	source->used++;
}

struct entry *
window_add(struct channel *ch, enum via via, struct source *source, struct said *said,
    const struct edge *edge)
{
	struct entry *e = entry_new(ch, via);
	struct who *w = who_get(ch->core, edge->follower);
	bool waits = w->first != NULL || w->leaving;

	e->said = said;
	said_hold(said);
	e->pos = said->status.pos;
	e->follower = edge->follower;
	e->bounces = edge->bounces;
	memcpy(e->name, edge->name, sizeof(e->name));
	memcpy(e->lang, edge->lang, sizeof(e->lang));
	memcpy(e->peer, edge->peer, sizeof(e->peer));
	e->tries = via == VIA_BEHIND ? w->behind.attempts : 0;
	link_into(e, source);
	e->who = w;
	if (w->last != NULL)
		w->last->later = e;
	else
		w->first = e;
	w->last = e;
	if (!waits)
		window_ready(e);
	return e;
}

void
window_add_answer(struct channel *ch, struct answer *a)
{
	struct entry *e = entry_new(ch, VIA_ANSWER);

	e->answer = mem_new(sizeof(*a));
	*e->answer = *a;
	e->tries = a->attempts;
	memcpy(e->lang, a->lang, sizeof(e->lang));
	memcpy(e->peer, a->peer, sizeof(e->peer));
	link_into(e, NULL);
	window_ready(e);
}

void
entry_free(struct entry *e)
{
	struct channel *ch = e->channel;
	unsigned slot = (unsigned)(e->id & ((1u << SLOT_BITS) - 1));

	ch->slots[slot] = NULL;
	ch->free_slots[--ch->used] = slot;
	ch->used_by[e->via]--;
	if (e->said != NULL)
		said_release(e->said);
	if (e->answer != NULL) {
		free(e->answer->text);
		free(e->answer->foreign);
		free(e->answer);
	}
	free(e);
}

/* Let the follower's next one go, and end those that its behind row owes by now. */
void
window_advance(struct core *c, struct who *w)
{
	struct entry *e;

	while (!w->leaving && (e = w->first) != NULL && e->stage == HELD) {
		if (w->behind.next == 0 || e->pos < w->behind.next) {
			window_ready(e);
			return;
		}
		w->first = e->later;
		if (w->first == NULL)
			w->last = NULL;
		e->who = NULL;
		e->stage = DONE;
		c->dirty = true;
	}
	who_put(c, w);
}

void
window_leave(struct core *c, struct entry *e)
{
	struct who *w = e->who;

	e->stage = DONE;
	c->dirty = true;
	if (w == NULL)
		return;
	e->who = NULL;
	w->first = e->later;
	if (w->first == NULL)
		w->last = NULL;
	window_advance(c, w);
}

static uint32_t
dice(void)
{
	uint32_t n = 0;

	return getrandom(&n, sizeof(n), GRND_NONBLOCK) == (ssize_t)sizeof(n) ? n : 1;
}

void
window_owe(
    struct who *w, int chan, int64_t pos, enum behind_reason reason, int64_t at, const char *code)
{
	struct behind *b = &w->behind;

	if (b->next == 0 || b->next > pos)
		b->next = pos;
	b->follower = w->user;
	b->chan = chan;
	b->reason = reason;
	b->next_at = at;
	if (b->first_at == 0)
		b->first_at = fanout_wall();
	text_cut(b->code, sizeof(b->code), code);
	w->touched = true;
}

/* A copy from a lane or a job did not arrive: from here on the behind row owes it. */
static void
defer_first(struct entry *e, const char *why)
{
	struct who *w = e->who;
	int64_t now = fanout_wall();

	w->behind.attempts = 1;
	window_owe(w, e->channel->chan, e->pos, BEHIND_FAILED, now + retry_wait(1, dice()), why);
}

static void
give_up(struct entry *e, const char *why)
{
	checkpoint_dead(e->channel->core, e->pos, e->follower, e->channel->chan, why);
	checkpoint_bounce(e->channel->core, e->channel->kind->name, e->peer, e->follower, false);
}

/* The attempt on what a behind row owed has ended: move the row on, or its time. */
static void
settle_behind(struct entry *e, enum outcome o, const char *why)
{
	struct behind *b = &e->who->behind;
	int64_t now = fanout_wall();

	e->who->touched = true;
	if (o == DEFER && !retry_over(b->first_at, now, e->channel->kind->costs)) {
		b->attempts++;
		b->reason = BEHIND_FAILED;
		b->next_at = now + retry_wait(b->attempts, dice());
		text_cut(b->code, sizeof(b->code), why);
		return;
	}
	if (o != SENT)
		give_up(e, why);
	b->next = e->pos + 1;
	b->attempts = 0;
	b->next_at = b->first_at = now;
	b->code[0] = '\0';
}

static void
settle_status(struct entry *e, enum outcome o, const char *why, const char *foreign)
{
	struct channel *ch = e->channel;
	char key[64];

	if (e->via == VIA_BEHIND)
		settle_behind(e, o, why);
	else if (o == DEFER)
		defer_first(e, why);
	else if (o == BOUNCE)
		give_up(e, why);
	if (o == SENT && e->bounces > 0)
		checkpoint_bounce(ch->core, ch->kind->name, e->peer, e->follower, true);
	if (o == SENT && ch->kind->costs) {
		delivery_key(key, e->pos, e->follower);
		checkpoint_receipt(ch->core, key, foreign, e->pos, e->follower, ch->chan);
	}
}

static void
count(struct channel *ch, enum outcome o)
{
	pthread_mutex_lock(&ch->core->lock);
	ch->sent += o == SENT;
	ch->deferred += o == DEFER;
	ch->bounced += o == BOUNCE;
	pthread_mutex_unlock(&ch->core->lock);
}

void
window_settle(struct entry *e, enum outcome o, const char *why, const char *foreign)
{
	static const char *const words[] = {
		[SENT] = "sent", [DEFER] = "deferred", [BOUNCE] = "bounced"
	};
	struct channel *ch = e->channel;
	char key[64];

	if (e->answer != NULL)
		delivery_key_answer(key, e->answer->id);
	else
		delivery_key(key, e->pos, e->follower);
	log_info("delivery %s to %s by %s: %s (%s), attempt %d, %" PRId64 " ms", key,
	    e->answer != NULL ? "the sender" : e->name, ch->name, words[o], why, e->tries + 1,
	    (clock_us() - e->sent_us) / 1000);
	count(ch, o);
	if (o == DEFER && !link_is_up(ch)) {
		/* Not this follower's fault: it goes again when the channel is back. */
		window_ready(e);
		return;
	}
	e->outcome = o;
	if (e->answer == NULL)
		settle_status(e, o, why, foreign);
	else if (o == DEFER && retry_over(e->answer->at, fanout_wall(), true))
		e->outcome = BOUNCE;
	window_leave(ch->core, e);
}

static void
unfly(struct entry *e)
{
	for (; e != NULL; e = e->next)
		if (e->stage == FLYING)
			window_ready(e);
}

void
window_unfly(struct channel *ch)
{
	for (size_t i = 0; i < SHARDS; i++)
		unfly(ch->lanes[i].first);
	for (struct source *s = ch->jobs; s != NULL; s = s->next)
		unfly(s->first);
	unfly(ch->loose);
}

struct entry *
window_flying(struct channel *ch, uint64_t id)
{
	uint64_t slot = id & ((1u << SLOT_BITS) - 1);
	struct entry *e = slot < ch->window ? ch->slots[slot] : NULL;

	return e != NULL && e->id == id && e->stage == FLYING ? e : NULL;
}

struct entry *
window_next(struct channel *ch)
{
	struct entry *e = ch->ready;

	if (e == NULL)
		return NULL;
	ch->ready = e->queue;
	if (ch->ready == NULL)
		ch->ready_tail = &ch->ready;
	e->queue = NULL;
	return e;
}
