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

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/fanout.h"
#include "gateway/retry.h"
#include "gateway/settle.h"

#define KEPT_MAX 100 /* places that lanes leave to jobs, and jobs to lanes */

bool
window_room(const struct channel *ch, enum via via)
{
	/* No way in may take the whole window, so that none waits for another's slow peers. */
	unsigned kept = ch->window / 4 < KEPT_MAX ? ch->window / 4 : KEPT_MAX;
	unsigned share = via == VIA_LANE || via == VIA_JOB ? ch->window - kept : ch->window / 2;

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

	if (*at != NULL)
		return *at;
	if (c->spare != NULL) {
		*at = c->spare;
		c->spare = (*at)->chain;
		memset(*at, 0, sizeof(**at));
	} else {
		*at = mem_new(sizeof(**at));
	}
	(*at)->user = user;
	return *at;
}

void
who_put(struct core *c, struct who *w)
{
	if (w->first != NULL || w->touched || w->saving || w->leaving || w->spending > 0)
		return;
	*who_at(c, w->user) = w->chain;
	w->chain = c->spare;
	c->spare = w;
}

const struct behind *
who_behind(const struct who *w, const struct behind *stored)
{
	return w != NULL && (w->touched || w->saving) ? &w->behind : stored;
}

static struct queue *
queue_of(const struct entry *e)
{
	return e->via == VIA_JOB ? &e->channel->ready_jobs : &e->channel->ready;
}

void
window_ready(struct entry *e)
{
	struct queue *q = queue_of(e);

	if (e->stage == FLYING && e->via == VIA_JOB)
		e->channel->pace.flying--;
	e->stage = READY;
	e->queue = NULL;
	*q->tail = e;
	q->tail = &e->queue;
}

struct entry *
window_peek(const struct channel *ch)
{
	return ch->ready.first != NULL ? ch->ready.first : ch->ready_jobs.first;
}

struct entry *
window_next(struct channel *ch)
{
	struct entry *e = window_peek(ch);
	struct queue *q;

	if (e == NULL)
		return NULL;
	q = queue_of(e);
	q->first = e->queue;
	if (q->first == NULL)
		q->tail = &q->first;
	e->queue = NULL;
	return e;
}

/* An id says which slot it is in, and whether it is still the one that was there. */
#define SLOT_BITS 20

void
window_open(struct channel *ch)
{
	ch->entries = mem_new(ch->window * sizeof(*ch->entries));
	ch->free_slots = mem_new(ch->window * sizeof(unsigned));
	for (unsigned i = 0; i < ch->window; i++)
		ch->free_slots[i] = ch->window - 1 - i;
	ch->ready.tail = &ch->ready.first;
	ch->ready_jobs.tail = &ch->ready_jobs.first;
	pace_begin(&ch->pace, ch->window);
}

void
window_close(struct channel *ch)
{
	free(ch->entries);
	free(ch->free_slots);
}

const char *
entry_peer(const struct entry *e)
{
	return e->answer != NULL ? e->answer->peer : e->member->peer;
}

const char *
entry_lang(const struct entry *e)
{
	return e->answer != NULL ? e->answer->lang : e->member->lang;
}

void
entry_key(const struct entry *e, char key[64])
{
	if (e->answer != NULL && e->said == NULL)
		delivery_key_answer(key, e->answer->id);
	else if (e->upto != 0)
		delivery_key_summary(key, e->upto, e->follower);
	else
		delivery_key(key, e->pos, e->follower);
}

static struct entry *
entry_new(struct channel *ch, enum via via)
{
	unsigned slot = ch->free_slots[ch->window - ++ch->used];
	struct entry *e = &ch->entries[slot];

	ch->used_by[via]++;
	*e = (struct entry){ .id = ++ch->core->last_id << SLOT_BITS | slot,
		.via = via,
		.channel = ch,
		.class = OWED_CLASSES };
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
	e->member = member_hold(edge->member);
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

struct entry *
window_add_answer(struct channel *ch, struct answer *a, struct said *said, int64_t follower)
{
	struct entry *e = entry_new(ch, VIA_ANSWER);

	e->answer = mem_new(sizeof(*a));
	*e->answer = *a;
	e->tries = a->attempts;
	if (said != NULL) {
		e->said = said;
		said_hold(said);
		e->pos = said->status.pos;
		e->follower = follower;
	}
	link_into(e, NULL);
	return e;
}

void
entry_free(struct entry *e)
{
	struct channel *ch = e->channel;
	unsigned slot = (unsigned)(e->id & ((1u << SLOT_BITS) - 1));

	ch->free_slots[ch->window - ch->used--] = slot;
	ch->used_by[e->via]--;
	member_release(e->member);
	if (e->said != NULL)
		said_release(e->said);
	if (e->answer != NULL) {
		free(e->answer->text);
		free(e->answer->foreign);
		free(e->answer);
	}
	e->id = 0;
}

/* Its end may be written. */
void
entry_done(struct entry *e)
{
	struct core *c = e->channel->core;

	if (e->stage == FLYING && e->via == VIA_JOB)
		e->channel->pace.flying--;
	e->stage = DONE;
	e->channel->done++;
	/* The next thing owed by a behind row waits until this one is written. */
	checkpoint_dirty(c, e->via == VIA_BEHIND ? 0 : GATHER_MS);
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
		entry_done(e);
	}
	who_put(c, w);
}

void
window_leave(struct core *c, struct entry *e)
{
	struct who *w = e->who;

	entry_done(e);
	if (w == NULL)
		return;
	e->who = NULL;
	w->first = e->later;
	if (w->first == NULL)
		w->last = NULL;
	window_advance(c, w);
}

/* Of what many get, the first few have a line each, and the rest one in the end. */
static bool
is_told(struct entry *e, enum outcome o)
{
	if (o != SENT || e->tries > 0 || (e->via != VIA_LANE && e->via != VIA_JOB))
		return true;
	return (e->via == VIA_JOB ? e->source->sent++ : e->said->sent++) < TOLD_MAX;
}

static void
tell(const struct entry *e, enum outcome o, const char *why)
{
	static const char *const words[] = {
		[SENT] = "sent", [DEFER] = "deferred", [BOUNCE] = "bounced"
	};
	char key[64];

	entry_key(e, key);
	log_info("delivery %s to %s by %s: %s (%s), attempt %d, %" PRId64 " ms", key,
	    e->answer != NULL ? "the sender" : e->member->name, e->channel->name, words[o], why,
	    e->tries + 1, (e->channel->core->now_us - e->sent_us) / 1000);
}

/* Was nothing in its way: no failure, no wish of its reader's, nothing before it? */
static bool
is_prompt(const struct entry *e)
{
	return e->via != VIA_BEHIND || (e->tries == 0 && e->who->behind.reason == BEHIND_ADDRESSED);
}

static void
count(const struct entry *e, enum outcome o)
{
	struct meter_channel *m = e->channel->meter;

	if (o != SENT) {
		meter_add(m, o == DEFER ? METER_DEFERRED : METER_BOUNCED, 1);
		return;
	}
	if (e->answer != NULL && e->said == NULL) {
		meter_add(m, METER_ANSWERS, 1);
		return;
	}
	meter_add(m, e->upto != 0 ? METER_SUMMARIES : METER_DELIVERED, 1);
	if (e->answer == NULL && e->said->taken_us != 0)
		meter_arrived(m, is_prompt(e) ? METER_PROMPT : METER_OWED,
		    e->channel->core->now_us - e->said->taken_us);
}

void
window_settle(struct entry *e, enum outcome o, const char *why, const char *foreign)
{
	struct channel *ch = e->channel;

	if (is_told(e, o))
		tell(e, o, why);
	count(e, o);
	if (e->via == VIA_JOB)
		pace_settled(&ch->pace, ch->core->now_us - e->sent_us);
	if (o == DEFER && !link_is_up(ch)) {
		/* Not this follower's fault: it goes again when the channel is back. */
		window_ready(e);
		return;
	}
	e->outcome = o;
	settle_entry(e, o, why, foreign);
	if (e->answer != NULL && o == DEFER && retry_over(e->answer->at, fanout_wall(), true))
		e->outcome = BOUNCE;
	if (e->answer != NULL && e->outcome == BOUNCE)
		meter_add(ch->meter, METER_SILENT, 1);
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
	struct entry *e = slot < ch->window ? &ch->entries[slot] : NULL;

	return e != NULL && e->id == id && e->stage == FLYING ? e : NULL;
}
