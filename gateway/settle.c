/*
 * What the end of an attempt means: for the follower's behind row, for what is written of copies
 * that cost, and for those that will not come.
 */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "gateway/fanout.h"
#include "gateway/retry.h"
#include "gateway/settle.h"

static uint32_t
dice(void)
{
	uint32_t n = 0;

	return getrandom(&n, sizeof(n), GRND_NONBLOCK) == (ssize_t)sizeof(n) ? n : 1;
}

/* ---- the row */

void
row_first(struct behind *b)
{
	int64_t first = INT64_MAX;

	for (int i = 0; i < OWED_CLASSES; i++) {
		if (b->done[i] < b->next)
			b->done[i] = b->next;
		if (b->done[i] < first)
			first = b->done[i];
	}
	b->next = first;
}

void
row_done(struct behind *b, enum owed_class class, int64_t pos)
{
	if (class == OWED_CLASSES) {
		b->next = pos + 1;
		return;
	}
	if (b->done[class] <= pos)
		b->done[class] = pos + 1;
	row_first(b);
}

void
window_owe(
    struct who *w, int chan, int64_t pos, enum behind_reason reason, int64_t at, const char *code)
{
	struct behind *b = &w->behind;

	/* It was to end, and nobody has written that yet. */
	if (w->leaving && !w->saving)
		w->leaving = false;
	if (b->next == 0 || b->next > pos) {
		b->next = pos;
		memset(b->done, 0, sizeof(b->done));
	}
	b->follower = w->user;
	b->chan = chan;
	b->reason = reason;
	b->next_at = at;
	if (b->first_at == 0)
		b->first_at = fanout_wall();
	text_cut(b->code, sizeof(b->code), code);
	w->touched = true;
}

void
window_wake(struct channel *ch)
{
	int64_t now = fanout_wall();

	for (size_t i = 0; i < WHO_BUCKETS; i++)
		for (struct who *w = ch->core->who[i]; w != NULL; w = w->chain) {
			struct behind *b = &w->behind;

			if (!w->touched && (!w->saving || w->leaving))
				continue;
			if (b->chan != ch->chan || b->next_at <= now || !behind_awaits(b))
				continue;
			b->next_at = now;
			w->touched = true;
			checkpoint_dirty(ch->core, 0);
		}
}

/* One more attempt failed.  Where there is another address, the next is when that has its turn. */
static void
failed(struct behind *b, const struct entry *e, const char *why)
{
	int64_t now = fanout_wall(), falls;

	if (b->attempts++ == 0)
		b->tried = now;
	b->next_at = now + retry_wait(b->attempts, dice());
	falls = b->tried + e->channel->core->site.fall;
	if (e->member->others && now < falls && b->next_at > falls)
		b->next_at = falls;
	text_cut(b->code, sizeof(b->code), why);
}

/* A copy from a lane or a job did not arrive: from here on the behind row owes it. */
static void
defer_first(struct entry *e, const char *why)
{
	struct who *w = e->who;

	w->behind.attempts = 0;
	window_owe(w, e->channel->chan, e->pos, BEHIND_FAILED, 0, why);
	failed(&w->behind, e, why);
}

static void
give_up(struct entry *e, const char *why)
{
	checkpoint_dead(e->channel->core, e->pos, e->follower, e->channel->chan, why);
	checkpoint_bounce(
	    e->channel->core, e->channel->kind->name, entry_peer(e), e->follower, false);
}

/* Refused for good, and there is another address: it may have this at once. */
static void
refused(struct entry *e, const char *why)
{
	struct behind *b = &e->who->behind;

	window_owe(e->who, e->channel->chan, e->pos, BEHIND_REFUSED, fanout_wall(), why);
	b->fell = e->channel->chan;
	b->fell_at = e->pos;
	b->attempts = 0;
	checkpoint_bounce(
	    e->channel->core, e->channel->kind->name, entry_peer(e), e->follower, false);
}

/* The attempt on what a behind row owed has ended: move the row on, or its time. */
static void
settle_behind(struct entry *e, enum outcome o, const char *why)
{
	struct behind *b = &e->who->behind;
	int64_t now = fanout_wall();
	bool held = b->reason == BEHIND_QUIET || b->reason == BEHIND_HELD;

	e->who->touched = true;
	if (o == DEFER && !retry_over(b->first_at, now, e->channel->kind->costs)) {
		if (!held && b->reason != BEHIND_REFUSED)
			b->reason = BEHIND_FAILED;
		failed(b, e, why);
		return;
	}
	if (o == BOUNCE && e->member->others) {
		refused(e, why);
		return;
	}
	if (o != SENT)
		give_up(e, why);
	else if (e->upto != 0 && e->said->more != NULL)
		checkpoint_more(
		    e->channel->core, e->channel->kind->name, entry_peer(e), e->said->more);
	row_done(b, e->class, e->upto != 0 ? e->upto : e->pos);
	b->attempts = 0;
	b->tried = 0;
	b->next_at = b->first_at = now;
	b->code[0] = '\0';
	if (b->reason == BEHIND_REFUSED)
		b->fell = 0;
	/* What is held of other sorts is held on. */
	if (!held || e->class == OWED_STATUS)
		b->reason = BEHIND_SWITCHED;
}

/* ---- what it cost */

static void
count(struct entry *e)
{
	const struct tariff *t = e->channel->tariff;
	int64_t cost = t != NULL ? tariff_cost(t, entry_peer(e)) : 0;

	if (cost == 0 && !e->counts)
		return;
	meter_add(e->channel->meter, METER_COST, cost);
	checkpoint_spend(e->channel->core, e->channel->kind->name, entry_peer(e), e->follower,
	    e->channel->chan, cost);
	if (e->who != NULL)
		e->who->spending++;
}

void
settle_entry(struct entry *e, enum outcome o, const char *why, const char *foreign)
{
	struct channel *ch = e->channel;

	if (o == SENT)
		count(e);
	if (e->answer != NULL)
		return;
	if (e->via == VIA_BEHIND)
		settle_behind(e, o, why);
	else if (o == DEFER)
		defer_first(e, why);
	else if (o == BOUNCE && e->member->others)
		refused(e, why);
	else if (o == BOUNCE)
		give_up(e, why);
	if (o == SENT && e->member->bounces > 0)
		checkpoint_bounce(ch->core, ch->kind->name, entry_peer(e), e->follower, true);
	/* Of the others, the cursor tells. */
	if (o == SENT && ch->kind->costs && e->via == VIA_BEHIND && e->upto == 0)
		checkpoint_receipt(ch->core, e->pos, e->follower, ch->chan, foreign);
}
