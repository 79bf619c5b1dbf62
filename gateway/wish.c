#include "gateway/wish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "gateway/fanout.h"
#include "gateway/phrase.h"
#include "gateway/retry.h"
#include "gateway/settle.h"

#define MONTH (31 * 86400)

struct climber {
	struct core *core;
	int64_t user;
};

/*
 * What another node delivers is up if it says so.  One of ours that has just gone may be back before anybody's
 * patience ends.
 */
static bool
can_deliver(void *cookie, int chan)
{
	const struct climber *w = cookie;
	struct channel *ch = fanout_channel(w->core, chan);

	if (tenure_is_elsewhere(w->core, chan, w->user))
		return node_is_up(w->core->node, chan, (int)(w->user % SHARDS));
	return ch != NULL && !ch->paused && (link_is_up(ch) || !link_is_away(ch));
}

/* What is on its way has not been paid for yet, and may be by then. */
static void
keep_back(struct core *c, struct rungs *r, size_t i)
{
	const struct channel *ch = fanout_channel(c, r->rung[i].chan);
	int64_t left;

	if (ch == NULL || ch->tariff == NULL || r->left_all[i] == INT64_MAX)
		return;
	left = r->left_all[i] - ch->tariff->highest * (int64_t)ch->used;
	if (left < r->rung[i].left)
		r->rung[i].left = left;
}

bool
wish_rungs(struct core *c, struct tx *tx, int64_t user, struct rungs *r)
{
	struct climber w = { c, user };

	if (!rungs_get(tx, &c->site, user, fanout_wall(), can_deliver, &w, r))
		return false;
	for (size_t i = 0; i < r->c.n; i++) {
		keep_back(c, r, i);
		/* Only the node that has the channel sees them; the others must not know better. */
		if ((r->rung[i].takes & RUNG_FREE) && r->rung[i].presence == PRESENCE_UNKNOWN &&
		    tenure_is_elsewhere(c, r->rung[i].chan, user))
			r->rung[i].presence = PRESENCE_BUSY;
	}
	return true;
}

/* ---- lanes */

/* The behind row, as memory or the store has it, to be changed; what flies for it goes by what memory has. */
static struct who *
who_with(struct core *c, const struct edge *e)
{
	struct who *w = who_get(c, e->follower);

	if (!w->touched && !w->saving && (w->first == NULL || w->first->via != VIA_BEHIND))
		w->behind = e->behind.next != 0 ? e->behind : (struct behind){ 0 };
	return w;
}

int64_t
wish_again(enum ladder_reason why, int64_t until, int64_t now)
{
	int64_t most = now + (why == LADDER_DOWN ? DOWN_AGAIN_S : HELD_AGAIN_S);

	return until == LADDER_EVENT || (why == LADDER_DOWN && until > most) ? most : until;
}

/* Owe what the lane has come to, from there on, as ${choice} says. */
static void
owe(struct channel *ch, const struct said *said, const struct edge *e, const struct rungs *r,
    const struct ladder_choice *choice)
{
	struct who *w = who_with(ch->core, e);
	int64_t now = r->c.now;
	enum ladder_reason why;

	if (choice->rung >= 0) {
		window_owe(
		    w, r->rung[choice->rung].chan, said->status.pos, BEHIND_SWITCHED, now, "");
	} else {
		why = choice->why[choice->park];
		window_owe(w, r->rung[choice->park].chan, said->status.pos,
		    why == LADDER_QUIET  ? BEHIND_QUIET
		    : why == LADDER_DOWN ? BEHIND_OFFLINE
					 : BEHIND_HELD,
		    wish_again(why, choice->until, now), ladder_reason_word(why));
	}
	ch->rows_changed++;
	checkpoint_dirty(ch->core, 0);
}

/* A row that waits for statuses' sake may have a way for what is addressed. */
static void
wake(struct channel *ch, const struct edge *e, const struct behind *b, enum owed_class class)
{
	struct who *w;

	if (class == OWED_STATUS || b->reason != BEHIND_HELD || b->next_at <= fanout_wall())
		return;
	w = who_with(ch->core, e);
	w->behind.next_at = fanout_wall();
	w->touched = true;
	checkpoint_dirty(ch->core, 0);
}

/* Is it for this lane to carry? */
static bool
is_here(const struct channel *ch, const struct edge *e, const struct rungs *r, int rung)
{
	return rung >= 0 && r->rung[rung].chan == ch->chan &&
	       strcmp(r->address[rung].peer, e->member->peer) == 0 && link_is_up(ch);
}

/* Must what it counts for be known first? */
static bool
is_counted(const struct rungs *r, int rung, const struct who *w)
{
	return rungs_counts(r, rung) && w != NULL && (w->first != NULL || w->spending > 0);
}

bool
wish_lets(struct channel *ch, struct tx *tx, const struct said *said, const struct edge *e,
    bool job, struct wish *out)
{
	struct who *w = who_find(ch->core, e->follower);
	const struct behind *b = who_behind(w, &e->behind);
	struct ladder_choice choice;
	struct rungs r;
	bool here;

	*out = (struct wish){ .class = owed_class(tx, e->follower, &said->status) };
	if (mute_until(tx, e->follower, said->status.author, fanout_wall()) != 0)
		return false;
	if (b->next != 0 && b->next <= said->status.pos && !(w != NULL && w->leaving)) {
		wake(ch, e, b, out->class);
		return false;
	}
	if (!wish_rungs(ch->core, tx, e->follower, &r))
		return false;
	rungs_choose(&r, out->class, &choice);
	wish_tell_spent(ch->core, &r, &choice);
	here = is_here(ch, e, &r, choice.rung);
	out->counts = here && rungs_counts(&r, choice.rung);
	/* A job is behind its lane: a row from there on would bring again what that has brought. */
	out->waits = here && job && is_counted(&r, choice.rung, w);
	here = here && !is_counted(&r, choice.rung, w);
	if (!here && !out->waits && choice.rung != LADDER_NONE)
		owe(ch, said, e, &r, &choice);
	rungs_put(&r);
	return here;
}

/* ---- told once that there is no money left */

struct told {
	struct store_job job;
	struct core *core;
	char who[48];
	int64_t now;
	struct answer answer; /* its texts are owned */
};

static int
run_told(struct tx *tx, void *arg)
{
	struct told *t = arg;

	if (tally_add(tx, "spent", t->who, t->now, MONTH) > 1)
		return STORE_OK;
	answer_add(tx, &t->answer);
	return STORE_OK;
}

static void
told_done(struct store_job *job, int result)
{
	struct told *t = job->arg;

	if (result >= 0)
		fanout_look(t->core);
	free(t->answer.text);
	free(t->answer.foreign);
	free(t);
}

/* In this process's memory of those told; the store knows the rest. */
static bool
is_told(struct core *c, int64_t key)
{
	int64_t *at = &c->told_spent[(uint64_t)key % TOLD_SPENT];

	if (*at == key)
		return true;
	*at = key;
	return false;
}

/* Where there is nothing but what costs, one more text says that it is the last. */
static int
where_told(const struct rungs *r, const struct ladder_choice *choice, int spent)
{
	for (size_t i = 0; i < r->c.n; i++)
		if (r->rung[i].cost == 0 && !ladder_never(choice->why[i]))
			return (int)i;
	return tariff_of(r->site->tariffs, r->rung[spent].chan)->budget_site == 0 ? spent : -1;
}

void
wish_tell_spent(struct core *c, const struct rungs *r, const struct ladder_choice *choice)
{
	int64_t month = zone_month(zone_day(r->c.zone, r->c.now), 0);
	const struct address *a;
	struct told *t;
	int spent = -1, to;

	for (size_t i = 0; i < r->c.n && spent == -1; i++)
		if (choice->why[i] == LADDER_SPENT)
			spent = (int)i;
	if (spent == -1 || is_told(c, r->user.id * 1000 + month % 1000) ||
	    (to = where_told(r, choice, spent)) == -1)
		return;
	a = &r->address[to];
	t = mem_new(sizeof(*t));
	t->core = c;
	t->now = r->c.now;
	snprintf(t->who, sizeof(t->who), "%" PRId64 ".%" PRId64, r->user.id, month);
	t->answer = (struct answer){ .chan = a->chan, .at = t->now, .next_at = t->now };
	mem_copy(t->answer.kind, sizeof(t->answer.kind), a->kind);
	mem_copy(t->answer.peer, sizeof(t->answer.peer), a->peer);
	mem_copy(t->answer.lang, sizeof(t->answer.lang),
	    r->user.lang[0] != '\0' ? r->user.lang : r->site->lang);
	t->answer.text = phrase(t->answer.lang,
	    N_("This month's money for {kind} is spent: what comes goes to your other addresses."),
	    "kind", r->address[spent].kind, NULL);
	t->answer.foreign = mem_dup("");
	t->job = (struct store_job){ .run = run_told, .arg = t, .done = told_done };
	store_submit(c->store, &t->job);
}
