/*
 * What the fan-out writes: cursors and exceptions in one transaction, so that a cursor never
 * passes a copy that is neither delivered nor explained.  One checkpoint is written at a time;
 * what is settled meanwhile goes into the next, which is how they group under load.
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

#define BIG_WINDOW 500

struct answer_note {
	int64_t id;
	enum outcome outcome;
	int attempts;
	int64_t next_at;
};

/* Everything is copied: the committer touches nothing of the fan-out's. */
struct checkpoint {
	struct store_job job;
	struct core *core;
	int64_t now;
	struct lane *lanes;
	struct job *jobs;
	bool *job_ended;
	struct behind_note *behinds;
	struct answer_note *answers;
	size_t lanes_n, jobs_n, behinds_n, answers_n;
	struct lease held[LEASES_MAX]; /* what all this rests on */
	size_t held_n;
	struct notes notes;
};

void
checkpoint_dirty(struct core *c, int wait)
{
	int64_t at;

	/* said for every copy: whoever waits longest does not look at the clock again */
	if (c->write_at != 0 && wait >= GATHER_MS)
		return;
	at = clock_ms() + wait;
	if (c->write_at == 0 || at < c->write_at)
		c->write_at = at;
}

static int
write_exceptions(struct tx *tx, struct checkpoint *k)
{
	int rc = notes_write(tx, &k->notes, k->now);

	return rc >= 0 ? behind_save(tx, k->behinds, k->behinds_n) : rc;
}

static int
write_all(struct tx *tx, void *arg)
{
	struct checkpoint *k = arg;
	int rc = k->held_n > 0 ? leases_held(tx, k->held[0].owner, k->held, k->held_n) : STORE_OK;

	if (rc >= 0)
		rc = write_exceptions(tx, k);
	for (size_t i = 0; i < k->lanes_n && rc >= 0; i++)
		rc = lane_move(tx, &k->lanes[i]);
	for (size_t i = 0; i < k->jobs_n && rc >= 0; i++)
		rc = k->job_ended[i] ? job_end(tx, &k->jobs[i]) : job_move(tx, &k->jobs[i]);
	for (size_t i = 0; i < k->answers_n && rc >= 0; i++) {
		struct answer_note *a = &k->answers[i];

		rc = a->outcome == DEFER ? answer_defer(tx, a->id, a->attempts, a->next_at)
					 : answer_end(tx, a->id);
	}
	return rc >= 0 ? notes_write_bounces(tx, core_site(k->core), k->now, &k->notes) : rc;
}

/* Settled ones at the head of a source's list: its cursor may pass them. */
static void
move_cursor(struct source *s)
{
	struct entry *e = s->first;

	for (; e != NULL && e->stage == DONE; e = e->next) {
		e->saving = true;
		e->channel->done--;
		s->at_pos = e->pos;
		s->at_sub = e->follower;
	}
	if (e == NULL) {
		s->at_pos = s->pos;
		s->at_sub = s->sub;
	}
}

static bool
take_source(struct source *s)
{
	move_cursor(s);
	if (s->at_pos == s->saved_pos && s->at_sub == s->saved_sub)
		return false;
	s->saving = true;
	s->saved_pos = s->at_pos;
	s->saved_sub = s->at_sub;
	return true;
}

static void
take_sources(struct checkpoint *k, struct channel *ch)
{
	for (size_t i = 0; i < SHARDS; i++) {
		struct source *s = &ch->lanes[i];

		if (s->channel != NULL && !(ch->frozen >> i & 1) && take_source(s))
			k->lanes[k->lanes_n++] = (struct lane){ ch->chan, s->shard, s->saved_pos,
				s->saved_sub };
	}
	for (struct source *s = ch->jobs; s != NULL; s = s->next) {
		if ((ch->frozen >> s->shard & 1) != 0 || !take_source(s))
			continue;
		k->jobs = mem_resize(k->jobs, k->jobs_n + 1, sizeof(*k->jobs));
		k->job_ended = mem_resize(k->job_ended, k->jobs_n + 1, sizeof(*k->job_ended));
		k->jobs[k->jobs_n] = (struct job){ s->saved_pos, s->author, ch->chan, s->shard,
			s->saved_sub };
		k->job_ended[k->jobs_n++] = s->ended && s->saved_sub == INT64_MAX;
	}
}

static void
take_answers(struct checkpoint *k, struct channel *ch)
{
	for (struct entry *e = ch->loose; e != NULL; e = e->next) {
		if (e->stage != DONE || e->saving)
			continue;
		e->saving = true;
		ch->done--;
		if (e->answer == NULL)
			continue;
		k->answers = mem_resize(k->answers, k->answers_n + 1, sizeof(*k->answers));
		k->answers[k->answers_n++] = (struct answer_note){ e->answer->id, e->outcome,
			e->tries + 1, k->now + retry_wait(e->tries + 1, (uint32_t)e->id) };
	}
}

static void
take_whos(struct checkpoint *k, struct core *c)
{
	for (size_t i = 0; i < WHO_BUCKETS; i++)
		for (struct who *w = c->who[i]; w != NULL; w = w->chain) {
			if (!w->touched && !w->leaving)
				continue;
			w->saving = true;
			w->touched = false;
			k->behinds = mem_resize(k->behinds, k->behinds_n + 1, sizeof(*k->behinds));
			k->behinds[k->behinds_n++] = (struct behind_note){ .behind = w->behind,
				.leaving = w->leaving };
		}
}

static void
take_notes(struct checkpoint *k, struct core *c)
{
	k->notes = c->notes;
	c->notes = (struct notes){ 0 };
}

static void
checkpoint_free(struct checkpoint *k)
{
	notes_free(&k->notes);
	free(k->lanes);
	free(k->jobs);
	free(k->job_ended);
	free(k->behinds);
	free(k->answers);
	free(k);
}

/* Free the entries whose end is committed. */
static void
release_saved(struct entry **at, struct source *s)
{
	struct entry *e;

	while ((e = *at) != NULL) {
		if (!e->saving) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		if (s != NULL && s->last == e)
			s->last = NULL;
		entry_free(e);
	}
}

/* A job is over. */
static void
end_job(struct source *s)
{
	log_info("status s%" PRIx64 ", part %d of %d, by %s: %" PRId64 " sent, %" PRId64
		 " of them told one by one",
	    (uint64_t)s->pos, s->shard + 1, SHARDS, s->channel->name, s->sent,
	    s->sent < TOLD_MAX ? s->sent : TOLD_MAX);
	free(s);
}

/* What there is room for now is looked for; rows, too, where ${rows}: some were written. */
static void
release_channel(struct channel *ch, bool rows)
{
	unsigned used = ch->used, loose;
	struct source **at = &ch->jobs, *s;

	for (size_t i = 0; i < SHARDS; i++)
		release_saved(&ch->lanes[i].first, &ch->lanes[i]);
	loose = ch->used;
	release_saved(&ch->loose, NULL);
	ch->look_rows |= rows || ch->used < loose || ch->has_rows;
	while ((s = *at) != NULL) {
		release_saved(&s->first, s);
		if (!s->ended || s->first != NULL || !s->saving || s->saved_sub != INT64_MAX) {
			s->saving = false;
			at = &s->next;
			continue;
		}
		*at = s->next;
		end_job(s);
		ch->look = true;
	}
	ch->rows_changed = 0;
	ch->look |= ch->full || ch->used < used;
}

static void
release_who(struct core *c, const struct behind_note *b)
{
	struct who *w = who_find(c, b->behind.follower);

	if (w == NULL)
		return;
	w->saving = false;
	if (b->leaving) {
		w->leaving = false;
		/* Unless something is owed again by now, which the next one writes. */
		if (!b->kept && !w->touched)
			w->behind = (struct behind){ 0 };
	}
	window_advance(c, w);
}

/* On the fan-out's thread: it is durable. */
static void
committed(struct core *c, struct errand *e)
{
	struct checkpoint *k = c->checkpoint;
	bool rows = k->behinds_n > 0 || k->notes.bounces != NULL;

	free(e);
	c->checkpoint = NULL;
	for (size_t i = 0; i < c->n; i++)
		release_channel(&c->channels[i], rows);
	for (size_t i = 0; i < k->behinds_n; i++)
		release_who(c, &k->behinds[i]);
	notes_written(c, &k->notes);
	checkpoint_free(k);
}

/* The disk is full: nothing was written; it is tried again a little later. */
static void
again(struct core *c, struct errand *e)
{
	free(e);
	c->again_at = clock_ms() + 1000;
}

/* Another node has taken a lane over: nothing was written, and nothing may be. */
static void
fenced(struct core *c, struct errand *e)
{
	free(e);
	tenure_void(c, "another node has taken over what it wrote of");
	checkpoint_forget(c);
}

void
checkpoint_forget(struct core *c)
{
	struct checkpoint *k = mem_new(sizeof(*k));

	if (c->checkpoint != NULL)
		checkpoint_free(c->checkpoint);
	c->checkpoint = NULL;
	c->again_at = 0;
	take_notes(k, c);
	checkpoint_free(k);
}

void
checkpoint_again(struct core *c)
{
	c->again_at = 0;
	store_submit(c->store, &c->checkpoint->job);
}

static void
done(struct store_job *job, int result)
{
	struct checkpoint *k = job->arg;
	struct errand *e = mem_new(sizeof(*e));

	if (result == STORE_FAILED)
		log_die(
		    "the store refuses what was delivered; starting again recovers from the file");
	e->run = result == STORE_FENCED ? fenced : result < 0 ? again : committed;
	fanout_errand(k->core, e);
}

/*
 * Is a window half full of what only waits to be written, while there is more to send?  Of a big one
 * there must be more: a sync costs as much as some hundred copies.
 */
static bool
is_pressed(const struct core *c)
{
	const struct channel *ch;

	for (size_t i = 0; i < c->n; i++) {
		ch = &c->channels[i];
		if (ch->full && 2 * ch->done >= ch->used &&
		    (ch->used < BIG_WINDOW || 4 * ch->done >= 3 * ch->used))
			return true;
	}
	return false;
}

int
checkpoint_write(struct core *c, bool now)
{
	struct checkpoint *k;
	int64_t wait;

	if (c->blind)
		c->write_at = 0;
	if (c->checkpoint != NULL || c->write_at == 0)
		return -1;
	wait = c->write_at - clock_ms();
	if (!now && wait > 0 && !is_pressed(c))
		return (int)wait;
	k = mem_new(sizeof(*k));
	k->core = c;
	k->now = fanout_wall();
	k->held_n = tenure_list(c, k->held);
	k->lanes = mem_new(c->n * SHARDS * sizeof(*k->lanes));
	for (size_t i = 0; i < c->n; i++) {
		take_sources(k, &c->channels[i]);
		take_answers(k, &c->channels[i]);
	}
	take_whos(k, c);
	take_notes(k, c);
	c->write_at = 0;
	k->job = (struct store_job){ .run = write_all, .arg = k, .done = done };
	c->checkpoint = k;
	store_submit(c->store, &k->job);
	return -1;
}
