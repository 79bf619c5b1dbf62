/*
 * What waits in the windows may not be owed any more, or not there: somebody stopped, left, blocked
 * or moved, or the channel is away for long.  What a channel has in its hands goes out all the same.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/audience.h"
#include "gateway/fanout.h"
#include "gateway/retry.h"
#include "gateway/settle.h"

/* Does the follower's behind row, as the store has it, bring ${e} by another way? */
static bool
is_brought(const struct entry *e, const struct behind *stored)
{
	const struct behind *b = who_behind(e->who, stored);

	if (b->next == 0 || b->next > e->pos || e->who->leaving)
		return false;
	return e->via != VIA_BEHIND || b->chan != e->channel->chan;
}

/* Who has another address on the channel by now gets it there. */
static void
readdress(struct entry *e, const struct member *m)
{
	const struct member *old = e->member;

	e->member = member_hold(m);
	member_release(old);
}

static bool
is_owed(struct tx *tx, struct entry *e)
{
	struct status s;
	struct edge edge;
	bool owed;

	if (e->answer != NULL)
		return answer_waits(tx, e->answer->id);
	/* What a ladder has chosen for it is asked anew. */
	if (e->via == VIA_BEHIND && e->class != OWED_CLASSES)
		return false;
	if (!edge_get(tx, e->channel->core->roster, e->follower, e->channel->chan, &edge) ||
	    is_brought(e, &edge.behind))
		return false;
	readdress(e, edge.member);
	if (!owed_next(tx, e->follower, e->pos, &s))
		return false;
	owed = s.pos == e->pos && audience_brings(tx, e->follower, &s);
	free((char *)s.text);
	return owed;
}

/* Take ${e} off its follower's list, wherever it stands there. */
static void
leave_list(struct entry *e)
{
	struct entry **at = &e->who->first, *before = NULL;

	for (; *at != e; at = &(*at)->later)
		before = *at;
	*at = e->later;
	if (e->who->last == e)
		e->who->last = before;
	e->who = NULL;
}

/* Is there news of its follower?  An answer has none: its address may be a stranger's. */
static bool
is_news(const struct entry *e, bool all)
{
	return all || e->who == NULL || e->who->changed ||
	       (e->said != NULL && e->said->status.deleted != 0);
}

static void
recheck_held(struct entry *e, struct tx *tx, bool all)
{
	for (; e != NULL; e = e->next)
		if (e->stage == HELD && is_news(e, all) && !is_owed(tx, e)) {
			leave_list(e);
			entry_done(e);
		}
}

static void
recheck_ready(struct channel *ch, struct queue *q, struct tx *tx, bool all)
{
	struct entry *e = q->first, *next;

	q->first = NULL;
	q->tail = &q->first;
	for (; e != NULL; e = next) {
		next = e->queue;
		if (!is_news(e, all) || is_owed(tx, e)) {
			window_ready(e);
			continue;
		}
		e->outcome = BOUNCE; /* of an answer: it has gone from the store */
		window_leave(ch->core, e);
	}
}

void
window_recheck(struct core *c, struct tx *tx, bool all)
{
	for (size_t i = 0; i < c->n; i++) {
		struct channel *ch = &c->channels[i];

		for (size_t k = 0; k < SHARDS; k++)
			recheck_held(ch->lanes[k].first, tx, all);
		for (struct source *s = ch->jobs; s != NULL; s = s->next)
			recheck_held(s->first, tx, all);
		recheck_ready(ch, &ch->ready, tx, all);
		recheck_ready(ch, &ch->ready_jobs, tx, all);
		ch->look = true;
	}
	for (size_t i = 0; i < WHO_BUCKETS; i++)
		for (struct who *w = c->who[i]; w != NULL; w = w->chain)
			w->changed = false;
}

void
window_fall(struct channel *ch, struct tx *tx)
{
	struct core *c = ch->core;
	struct entry *e, *answers = NULL;
	struct edge edge;
	int64_t now = fanout_wall();
	int chan;

	while ((e = window_next(ch)) != NULL) {
		if (e->answer != NULL) {
			/* An answer belongs to the address that asked: it waits here. */
			e->queue = answers;
			answers = e;
			continue;
		}
		chan = lane_rung(c, tx, e->follower, &edge);
		window_owe(e->who, chan != 0 ? chan : ch->chan, e->pos, BEHIND_OFFLINE,
		    chan != 0 ? now : now + RETRY_LONGEST, "the channel is away");
		window_leave(c, e);
	}
	for (; answers != NULL; answers = e) {
		e = answers->queue;
		window_ready(answers);
	}
}

/* ---- a lane that goes to another node */

int
entry_shard(const struct entry *e)
{
	return (int)((e->answer != NULL ? e->answer->id : e->follower) % SHARDS);
}

static void
sift(struct queue *q, int shard)
{
	struct entry *e = q->first, *next;

	q->first = NULL;
	q->tail = &q->first;
	for (; e != NULL; e = next) {
		next = e->queue;
		if (entry_shard(e) != shard)
			window_ready(e);
		else
			e->stage = HELD;
	}
}

static void
forget(struct entry *e)
{
	if (e->stage == DONE)
		e->channel->done--;
	if (e->who != NULL)
		leave_list(e);
	entry_free(e);
}

/* What waited for what was forgotten, on other channels; and who has nothing left. */
static void
advance_all(struct core *c, int shard)
{
	struct who *w, *next;

	for (size_t i = 0; i < WHO_BUCKETS; i++)
		for (w = c->who[i]; w != NULL; w = next) {
			next = w->chain;
			if (w->user % SHARDS == shard)
				window_advance(c, w);
		}
}

static void
evict(struct entry **at, struct source *s, int shard)
{
	struct entry *e;

	if (s != NULL)
		s->last = NULL;
	while ((e = *at) != NULL) {
		if (entry_shard(e) != shard || e->stage == FLYING || e->saving) {
			if (s != NULL)
				s->last = e;
			at = &e->next;
			continue;
		}
		*at = e->next;
		forget(e);
	}
}

void
window_evict(struct channel *ch, int shard)
{
	sift(&ch->ready, shard);
	sift(&ch->ready_jobs, shard);
	evict(&ch->lanes[shard].first, &ch->lanes[shard], shard);
	for (struct source *s = ch->jobs; s != NULL; s = s->next)
		if (s->shard == shard)
			evict(&s->first, s, shard);
	evict(&ch->loose, NULL, shard);
	advance_all(ch->core, shard);
}
