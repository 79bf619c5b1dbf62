/*
 * Lanes walk the log and, for each status, the followers of its author that live on their
 * channel and shard; jobs walk the followers of one status whose author has many.  What a
 * walk reads goes into the channel's window.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/audience.h"
#include "gateway/fanout.h"
#include "gateway/ladder.h"
#include "gateway/retry.h"
#include "gateway/settle.h"
#include "gateway/wish.h"

#define JOBS_IN_MEMORY 64
#define POSITIONS_A_LOOK 4096 /* a lane may pass at one look */
#define ADDRESSES_MAX 16

struct walk {
	struct channel *ch;
	struct source *source;
	struct said *said;
	struct tx *tx;
	bool away;   /* the channel has been away for long: other rungs carry */
	bool priced; /* every copy costs */
	bool full;
	int64_t head;                /* of what the channel may bring */
	struct audience_thing thing; /* what it repeats, where it does */
};

bool
lane_may_bring(
    struct tx *tx, struct audience_thing *thing, const struct status *s, const struct edge *e)
{
	struct audience a = { .viewer = e->follower,
		.author = s->author,
		.to = s->to,
		.way = AUDIENCE_BROUGHT,
		.author_protected = s->author_protected,
		.follows = true,
		.deleted = s->deleted != 0 };

	/* Repeats, and followers who have muted somebody, are not many: the store is asked. */
	if (s->repeats != 0)
		return audience_ask(tx, thing, e->follower, AUDIENCE_BROUGHT);
	if (e->member->careful)
		a.muted = mute_until(tx, e->follower, s->author, fanout_wall()) != 0;
	/* edge_each() has left out blocks, who is suspended and what is no active follow. */
	return audience_may(&a);
}

struct climber {
	struct core *core;
	int64_t user;
};

/* What another node delivers is up if it says so. */
static bool
rung_is_up(void *cookie, int chan)
{
	const struct climber *w = cookie;
	struct channel *ch = fanout_channel(w->core, chan);

	if (tenure_is_elsewhere(w->core, chan, w->user))
		return node_is_up(w->core->node, chan, (int)(w->user % SHARDS));
	return ch != NULL && !ch->paused && link_is_up(ch);
}

int
lane_rung(struct core *c, struct tx *tx, int64_t user, struct edge *e)
{
	struct address a[ADDRESSES_MAX];
	struct climber w = { c, user };
	size_t n = address_list(tx, user, a, ADDRESSES_MAX);
	int i = ladder_pick(a, n < ADDRESSES_MAX ? n : ADDRESSES_MAX, rung_is_up, &w);

	return i >= 0 && edge_get(tx, c->roster, user, a[i].chan, e) ? a[i].chan : 0;
}

/* The channel is away: owe it by a behind row, on another rung where there is one. */
static void
put_behind(struct walk *w, const struct edge *e)
{
	struct core *c = w->ch->core;
	struct who *who = who_get(c, e->follower);
	struct edge other;
	int chan = lane_rung(c, w->tx, e->follower, &other);
	int64_t now = fanout_wall();

	window_owe(who, chan != 0 ? chan : w->ch->chan, w->said->status.pos, BEHIND_OFFLINE,
	    chan != 0 ? now : now + RETRY_LONGEST, "the channel is away");
	w->ch->rows_changed++;
	checkpoint_dirty(c, 0);
}

/* To somebody with wishes, or where it costs; false: this lane does not carry it, and ${goes_on} or stops there. */
static bool
walk_careful(struct walk *w, const struct edge *e, struct wish *wish, bool *goes_on)
{
	*goes_on = w->ch->rows_changed < ROWS_A_CHECKPOINT;
	if (*goes_on && lane_may_bring(w->tx, &w->thing, &w->said->status, e) &&
	    wish_lets(w->ch, w->tx, w->said, e, w->source->job, wish))
		return true;
	*goes_on = *goes_on && !wish->waits;
	if (!*goes_on)
		w->full = w->ch->full = true;
	return false;
}

static bool
walk_edge(void *cookie, const struct edge *e)
{
	struct walk *w = cookie;
	const struct status *st = &w->said->status;
	struct source *s = w->source;
	struct who *who = who_find(w->ch->core, e->follower);
	const struct behind *b = who_behind(who, &e->behind);
	enum via via = s->job ? VIA_JOB : VIA_LANE;
	bool owed = b->next != 0 && b->next <= st->pos && !(who != NULL && who->leaving);
	struct wish wish = { .class = OWED_CLASSES };
	bool falls, goes_on;

	if ((e->member->careful || w->priced) && !walk_careful(w, e, &wish, &goes_on))
		return goes_on;
	/* Where something is on its way to them, order wants that this stands behind it. */
	falls = w->away && (who == NULL || who->first == NULL);
	if (owed || e->member->peer[0] == '\0' || !lane_may_bring(w->tx, &w->thing, st, e))
		return true;
	if (falls ? w->ch->rows_changed >= ROWS_A_CHECKPOINT : !window_room(w->ch, via)) {
		w->full = w->ch->full = true;
		return false;
	}
	if (falls)
		put_behind(w, e);
	else
		window_add(w->ch, via, s, w->said, e)->counts = wish.counts;
	return true;
}

/* Walk the followers of one status on; true when all have been read. */
static bool
walk_status(struct walk *w, int64_t author)
{
	struct source *s = w->source;

	if (w->said->status.repeats != 0)
		audience_of(w->tx, &w->said->status, &w->thing);
	edge_each(w->tx, w->ch->core->roster, author, w->ch->chan, s->shard, w->said->status.pos,
	    &s->sub, SIZE_MAX, &s->page, walk_edge, w);
	return !w->full;
}

/* Where nothing is in the window, all that was read is settled. */
static void
settle_empty(struct core *c, struct source *s)
{
	if (s->first != NULL || (s->at_pos == s->pos && s->at_sub == s->sub))
		return;
	s->at_pos = s->pos;
	s->at_sub = s->sub;
	checkpoint_dirty(c, GATHER_MS);
}

/* Nothing stands where it is, as in the gap that a restore leaves: go to before what stands next. */
static void
skip_gap(struct walk *w)
{
	int64_t next = status_after(w->tx, w->source->pos), head = w->head;

	w->source->pos = next == 0 || next > head ? head : next - 1;
}

static void
fill_lane(struct walk *w)
{
	struct core *c = w->ch->core;
	struct source *s = w->source;

	for (int i = 0; i < POSITIONS_A_LOOK && s->pos <= w->head && !w->full; i++) {
		if (s->sub == INT64_MAX) {
			if (s->pos >= w->head)
				break;
			s->pos++;
			s->sub = 0;
		}
		w->said = said_get(c, w->tx, s->pos);
		if (w->said == NULL || w->said->status.deleted != 0 || w->said->status.to != 0 ||
		    w->said->big || walk_status(w, w->said->status.author))
			s->sub = INT64_MAX;
		if (w->said != NULL)
			said_release(w->said);
		else
			skip_gap(w);
	}
	if (!w->full && s->pos < w->head)
		w->ch->look = true; /* more than one look's worth */
	settle_empty(c, s);
}

static void
fill_job(struct walk *w)
{
	struct source *s = w->source;

	w->said = said_get(w->ch->core, w->tx, s->pos);
	if (w->said == NULL || w->said->status.deleted != 0 || walk_status(w, s->author)) {
		s->sub = INT64_MAX;
		s->ended = true;
	}
	if (w->said != NULL)
		said_release(w->said);
	settle_empty(w->ch->core, s);
}

static struct source *
job_add(struct channel *ch, const struct job *j)
{
	struct source *s = mem_new(sizeof(*s)), **end = &ch->jobs;

	while (*end != NULL)
		end = &(*end)->next;
	*end = s;
	s->channel = ch;
	s->job = true;
	s->shard = j->shard;
	s->author = j->author;
	s->pos = s->at_pos = s->saved_pos = j->pos;
	s->sub = s->at_sub = s->saved_sub = j->sub;
	return s;
}

static bool
is_loaded(const struct channel *ch, const struct job *j)
{
	for (const struct source *s = ch->jobs; s != NULL; s = s->next)
		if (s->pos == j->pos && s->shard == j->shard)
			return true;
	return false;
}

/* The next ones, of which those are taken that are ours; false: there are no more. */
static bool
load_some(struct channel *ch, struct tx *tx, size_t limit)
{
	struct job jobs[JOBS_IN_MEMORY];
	size_t n = job_load(tx, ch->chan, ch->jobs_pos, ch->jobs_shard, jobs, limit);

	for (size_t i = 0; i < n; i++) {
		if ((ch->owned >> jobs[i].shard & 1) != 0 && !is_loaded(ch, &jobs[i]))
			job_add(ch, &jobs[i]);
		ch->jobs_pos = jobs[i].pos;
		ch->jobs_shard = jobs[i].shard;
	}
	return n == limit;
}

static void
load_jobs(struct channel *ch, struct tx *tx)
{
	size_t have;

	do {
		have = 0;
		for (struct source *s = ch->jobs; s != NULL; s = s->next)
			have++;
		if (have >= JOBS_IN_MEMORY / 2)
			return;
	} while (load_some(ch, tx, JOBS_IN_MEMORY - have));
	/* That were all there are at this head. */
	ch->jobs_pos = ch->core->head;
	ch->jobs_shard = SHARDS;
}

/*
 * An author's jobs in one shard go one after the other, and behind what the lane brings: its author
 * may have had few followers when the one before was said.
 */
static bool
job_waits(const struct channel *ch, const struct source *job)
{
	const struct source *lane = &ch->lanes[job->shard];

	if (job->pos > fanout_head(ch->core, ch->chan))
		return true;
	if (lane->pos < job->pos - 1 || (lane->pos == job->pos - 1 && lane->sub != INT64_MAX))
		return true;
	for (const struct source *s = ch->jobs; s != job; s = s->next)
		if (s->author == job->author && s->shard == job->shard)
			return true;
	return false;
}

void
lane_fill(struct channel *ch, struct tx *tx)
{
	struct walk w = { .ch = ch,
		.tx = tx,
		.away = !link_is_up(ch),
		.head = fanout_head(ch->core, ch->chan),
		.priced = ch->tariff != NULL };

	if (ch->owned == 0)
		return;
	if (ch->jobs_pos != ch->core->head || ch->jobs_shard != SHARDS)
		load_jobs(ch, tx);
	ch->full = false;
	if (ch->paused || (w.away && !link_is_away(ch)))
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		w.source = &ch->lanes[(ch->next_lane + i) % SHARDS];
		if (!(ch->kept >> w.source->shard & 1) || w.source->channel == NULL)
			continue;
		w.full = false;
		fill_lane(&w);
	}
	ch->next_lane = (ch->next_lane + 1) % SHARDS;
	for (struct source *s = ch->jobs; s != NULL; s = s->next) {
		if (s->ended || !(ch->kept >> s->shard & 1) || job_waits(ch, s))
			continue;
		w.source = s;
		w.full = false;
		fill_job(&w);
	}
}

void
lane_ahead(struct channel *ch, struct tx *tx)
{
	size_t n = 0;

	for (struct source *s = ch->jobs; s != NULL && n < ch->window; s = s->next) {
		if (s->ended || !(ch->kept >> s->shard & 1) || job_waits(ch, s))
			continue;
		edge_ahead(
		    tx, ch->core->roster, s->author, ch->chan, s->shard, s->pos, s->sub, &s->page);
		n += s->page.n - s->page.at;
	}
}

bool
lane_start(struct channel *ch, struct tx *tx, int shard, int64_t epoch)
{
	struct source *s = &ch->lanes[shard];
	struct lane lane;

	if (!lane_get(tx, ch->chan, shard, &lane))
		return false;
	*s = (struct source){ .channel = ch, .shard = shard, .epoch = epoch };
	s->pos = s->at_pos = s->saved_pos = lane.pos;
	s->sub = s->at_sub = s->saved_sub = lane.sub;
	/* Its jobs are read again from the first. */
	ch->jobs_pos = 0;
	ch->jobs_shard = -1;
	return true;
}

void
lane_stop(struct channel *ch, int shard)
{
	struct source **at = &ch->jobs, *s;

	ch->lanes[shard] = (struct source){ .shard = shard };
	while ((s = *at) != NULL) {
		if (s->shard != shard) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		free(s);
	}
}

/* The cursor of a lane (${job} 0), or of a job, that another node moves. */
static const struct far *
far_get(struct core *c, struct tx *tx, int chan, int64_t job, int shard)
{
	size_t at = ((uint64_t)job * 31 + (uint64_t)chan * SHARDS + (uint64_t)shard) % FAR_MAX;
	struct far *f = &c->far[at];
	struct lane lane;
	struct job j;

	if (f->look == c->looks && f->chan == chan && f->job == job && f->shard == shard)
		return f;
	*f = (struct far){ .look = c->looks, .chan = chan, .job = job, .shard = shard };
	if (job == 0 && lane_get(tx, chan, shard, &lane)) {
		f->found = true;
		f->at_pos = lane.pos;
		f->sub = lane.sub;
	} else if (job != 0 && job_get(tx, chan, job, shard, &j)) {
		f->found = true;
		f->sub = j.sub;
	}
	return f;
}

int64_t
lane_limit(struct core *c, struct tx *tx, int chan, int64_t follower)
{
	struct channel *ch = fanout_channel(c, chan);
	const struct far *f;
	struct source *s;

	if (tenure_is_elsewhere(c, chan, follower)) {
		f = far_get(c, tx, chan, 0, (int)(follower % SHARDS));
		if (!f->found)
			return c->head;
		return f->sub >= follower ? f->at_pos : f->at_pos - 1;
	}
	if (ch == NULL)
		return c->head;
	s = &ch->lanes[follower % SHARDS];
	return s->sub >= follower ? s->pos : s->pos - 1;
}

bool
job_passed(struct core *c, struct tx *tx, int chan, int64_t pos, int64_t follower)
{
	struct channel *ch = fanout_channel(c, chan);
	int shard = (int)(follower % SHARDS);
	const struct far *f;

	if (tenure_is_elsewhere(c, chan, follower)) {
		f = far_get(c, tx, chan, pos, shard);
		return !f->found || f->sub >= follower;
	}
	if (ch == NULL)
		return true;
	for (struct source *s = ch->jobs; s != NULL; s = s->next)
		if (s->pos == pos && s->shard == shard)
			return s->sub >= follower;
	/* Jobs that are not in memory yet have not passed anybody. */
	return pos < ch->jobs_pos || (pos == ch->jobs_pos && shard <= ch->jobs_shard);
}
