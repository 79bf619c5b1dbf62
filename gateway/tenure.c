/*
 * What this node owns of the deliveries, as node.h says: which lanes are walked here, and which channels
 * have their process here.  What goes to another node drains first: what is in the window is brought, or
 * where that takes too long forgotten, since it is owed; then the lane is given up.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/chores.h"
#include "gateway/fanout.h"

#define DRAIN_MS 10000
#define LEAVE_MS 3000 /* a process's time to take leave */
#define REFUSE_MS                                                                                  \
	400 /* to tell that what it brought is to be brought later; less than its own lease leaves */

bool
tenure_is_here(const struct core *c, int chan, int64_t follower)
{
	const struct channel *ch = fanout_channel((struct core *)c, chan);

	return ch != NULL && (ch->owned >> follower % SHARDS & 1) != 0;
}

bool
tenure_is_elsewhere(const struct core *c, int chan, int64_t follower)
{
	return !store_is_alone(c->store) && !tenure_is_here(c, chan, follower) &&
	       node_shares(c->node, chan);
}

size_t
tenure_list(const struct core *c, struct lease *out)
{
	size_t n = 0;

	if (store_is_alone(c->store))
		return 0;
	for (size_t i = 0; i < c->n; i++)
		for (int shard = 0; shard < SHARDS; shard++)
			if (c->channels[i].owned >> shard & 1)
				out[n++] = (struct lease){ .chan = c->channels[i].chan,
					.shard = shard,
					.owner = node_id(c->node),
					.epoch = c->channels[i].lanes[shard].epoch };
	return n;
}

void
tenure_void(struct core *c, const char *why)
{
	if (c->lost)
		return;
	log_warn("this node begins anew: %s", why);
	c->blind = c->lost = true;
	for (size_t i = 0; i < c->n; i++)
		link_kill(&c->channels[i]);
	kill(getpid(), SIGUSR1);
}

/* ---- lanes */

/* What is ours, to be filled, or still to be read from the store. */
static void
see(struct channel *ch)
{
	struct node_self *n = ch->core->node;

	for (int shard = 0; shard < SHARDS; shard++) {
		unsigned bit = 1u << shard;
		bool keeps = node_keeps(n, ch->chan, shard);

		ch->adopt &= ~bit;
		ch->kept &= ~bit;
		if (keeps && !(ch->owned & bit))
			ch->adopt |= bit;
		else if (keeps && !(ch->frozen & bit))
			ch->kept |= bit;
	}
	ch->drain_by = ch->owned & ~ch->kept ? clock_ms() + DRAIN_MS : 0;
	ch->look = ch->look_rows = true;
}

static void
tell_adopted(const struct channel *ch, unsigned lanes)
{
	char list[4 * SHARDS + 1] = "";

	for (int shard = 0; shard < SHARDS; shard++)
		if (lanes >> shard & 1)
			snprintf(list + strlen(list), sizeof(list) - strlen(list), " %d", shard);
	if (ch->kind->once)
		log_info("taken over: %s", ch->name);
	else
		log_info("taken over: %s%s", ch->name, list);
}

void
tenure_adopt(struct channel *ch, struct tx *tx)
{
	struct node_self *n = ch->core->node;
	unsigned before = ch->owned;

	for (int shard = 0; shard < SHARDS; shard++) {
		unsigned bit = 1u << shard;
		int64_t epoch;

		if (!(ch->adopt & bit) || !node_has(n, ch->chan, shard, &epoch) ||
		    !lane_start(ch, tx, shard, epoch))
			continue;
		ch->owned |= bit;
		ch->kept |= bit;
		ch->adopt &= ~bit;
	}
	if (ch->owned != before && !store_is_alone(ch->core->store))
		tell_adopted(ch, ch->owned & ~before);
	/* Who waited because the channel was away may have waited for another node's. */
	if (link_is_up(ch))
		chores_wake(ch);
}

static bool
is_settled(const struct source *s, bool frozen)
{
	return s->first == NULL && (frozen || (s->saved_pos == s->pos && s->saved_sub == s->sub));
}

static bool
has_rows(const struct core *c, int shard)
{
	for (size_t i = 0; i < WHO_BUCKETS; i++)
		for (const struct who *w = c->who[i]; w != NULL; w = w->chain)
			if (w->user % SHARDS == shard && (w->touched || w->saving || w->leaving))
				return true;
	return false;
}

/* Is nothing of the lane in memory that is not in the store? */
static bool
is_drained(const struct channel *ch, int shard)
{
	bool frozen = (ch->frozen >> shard & 1) != 0;

	if (ch->core->checkpoint != NULL || !is_settled(&ch->lanes[shard], frozen))
		return false;
	for (const struct source *s = ch->jobs; s != NULL; s = s->next)
		if (s->shard == shard && !is_settled(s, frozen))
			return false;
	for (const struct entry *e = ch->loose; e != NULL; e = e->next)
		if (entry_shard(e) == shard)
			return false;
	return !has_rows(ch->core, shard);
}

static void
drain(struct channel *ch)
{
	bool late = clock_ms() >= ch->drain_by || !link_is_up(ch) || ch->paused;

	for (int shard = 0; shard < SHARDS; shard++) {
		unsigned bit = 1u << shard;

		if (!(ch->owned & ~ch->kept & bit))
			continue;
		if (late) {
			ch->frozen |= bit;
			window_evict(ch, shard);
		}
		if (!is_drained(ch, shard))
			continue;
		lane_stop(ch, shard);
		ch->owned &= ~bit;
		ch->frozen &= ~bit;
		if (!ch->kind->once)
			node_drained(ch->core->node, ch->chan, shard);
		see(ch);
	}
}

/* ---- processes */

static void
rest(struct channel *ch, bool may_act, int64_t now)
{
	const char *why = "the store is away: another node may have it by now";

	ch->wanted = false;
	ch->start_at = 0;
	if (ch->pid == 0)
		link_rest(ch, may_act ? "" : why);
	else if (may_act && ch->leave_by == 0) {
		link_stop(ch);
		ch->leave_by = now + LEAVE_MS;
	} else if (!may_act && !ch->refuses) {
		fanout_refuse(ch);
		link_stop(ch);
		ch->leave_by = now + REFUSE_MS;
	} else if (now >= ch->leave_by) {
		link_end(ch, may_act ? "it has not taken leave in time" : why);
	}
}

/* A channel that can be connected only once has its process where its endpoint is. */
static void
want(struct channel *ch, int64_t now)
{
	struct node_self *n = ch->core->node;
	bool once = ch->kind->once, may_act = node_may_act(n);
	bool has = !once || node_has(n, ch->chan, SHARD_ENDPOINT, NULL);
	bool keeps = has && (!once || node_keeps(n, ch->chan, SHARD_ENDPOINT));

	if (has && (keeps || ch->owned != 0) && (!once || may_act)) {
		ch->leave_by = 0;
		ch->refuses = false;
		if (!ch->wanted && ch->pid == 0 && ch->start_at == 0)
			link_start(ch);
		ch->wanted = true;
	} else {
		rest(ch, may_act, now);
		if (has && !keeps && ch->pid == 0 && ch->receiving == 0 && ch->adopt == 0)
			node_drained(n, ch->chan, SHARD_ENDPOINT);
	}
	if (once && ch->pid != 0 && ch->lease != node_acts_until(n) &&
	    !store_is_alone(ch->core->store))
		link_lease(ch, node_acts_until(n));
}

/* When is it to be looked after again?  Milliseconds, or -1. */
static int
next_of(const struct channel *ch, int64_t now)
{
	int64_t at = ch->leave_by - now;

	if (!ch->kind->once || ch->pid == 0 || store_is_alone(ch->core->store))
		return -1;
	if (ch->leave_by == 0)
		at = node_acts_until(ch->core->node) - clock_boot();
	return at < 0 ? 0 : at < INT_MAX ? (int)at : -1;
}

int
tenure_wind_up(struct core *c, int64_t now)
{
	int wait = -1, w;

	for (size_t i = 0; i < c->n; i++) {
		struct channel *ch = &c->channels[i];

		if (c->lost || !ch->kind->once || node_may_act(c->node))
			continue;
		rest(ch, false, now);
		w = ch->killed ? -1 : next_of(ch, now);
		if (w != -1 && (wait == -1 || w < wait))
			wait = w;
	}
	return wait;
}

/* The operator's word, which may have been said on another node. */
static void
follow_pause(struct channel *ch)
{
	bool pause = node_is_paused(ch->core->node, ch->chan);

	if (ch->paused == pause)
		return;
	ch->paused = pause;
	pthread_mutex_lock(&ch->core->lock);
	ch->shown_paused = pause;
	pthread_mutex_unlock(&ch->core->lock);
	ch->look = ch->look_rows = true;
	if (!pause && link_is_up(ch))
		chores_wake(ch);
	log_info("channel %s is %s by the operator", ch->name, pause ? "paused" : "resumed");
}

/* For health: whether it is up where it is. */
static void
show(struct channel *ch)
{
	struct node_self *n = ch->core->node;
	bool elsewhere = ch->kind->once && !node_has(n, ch->chan, SHARD_ENDPOINT, NULL);
	bool up = elsewhere && node_is_up(n, ch->chan, SHARD_ENDPOINT);

	pthread_mutex_lock(&ch->core->lock);
	ch->elsewhere = elsewhere;
	ch->elsewhere_up = up;
	snprintf(ch->elsewhere_at, sizeof(ch->elsewhere_at), "%s",
	    elsewhere ? node_owner(n, ch->chan, SHARD_ENDPOINT) : "");
	pthread_mutex_unlock(&ch->core->lock);
}

int
tenure_turn(struct core *c, int64_t now)
{
	int wait = node_tick(c->node, clock_boot()), w;
	unsigned changes = node_changes(c->node);

	if (node_lost(c->node) != NULL) {
		tenure_void(c, node_lost(c->node));
		return -1;
	}
	for (size_t i = 0; i < c->n; i++) {
		struct channel *ch = &c->channels[i];

		follow_pause(ch);
		if (ch->kind->core != NULL)
			continue;
		if (changes != c->changes)
			see(ch);
		if (ch->owned & ~ch->kept)
			drain(ch);
		want(ch, now);
		if (store_is_alone(c->store))
			continue;
		w = ch->killed ? -1 : next_of(ch, now);
		if (w != -1 && (wait == -1 || w < wait))
			wait = w;
		node_tell(c->node, ch->chan, link_is_up(ch) && !ch->paused);
		show(ch);
	}
	c->changes = changes;
	return wait;
}
