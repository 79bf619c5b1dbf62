/*
 * Followers that are behind: the log itself is their queue.  Each is given the next thing
 * owed when its time has come, one at a time, up to where its lane has read; then the row
 * ends and the lane carries on.  Answers of the service to one address come this way, too.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "gateway/audience.h"
#include "gateway/fanout.h"
#include "gateway/settle.h"
#include "gateway/wish.h"

#define ROWS_A_LOOK 256
#define ROWS_MS 100 /* between two looks for more than that */

static void
note_soonest(struct channel *ch, int64_t soonest)
{
	if (soonest != 0 && (ch->look_at == 0 || soonest < ch->look_at))
		ch->look_at = soonest;
}

static bool
answer_is_here(const struct channel *ch, int64_t id)
{
	for (const struct entry *e = ch->loose; e != NULL; e = e->next)
		if (e->answer != NULL && e->answer->id == id)
			return true;
	return false;
}

/*
 * The delivery that ${a} brings once more.  Ids of answers come from outside, so it must be to an address of
 * whom it is for.  NULL: there is none; *${follower} is 0 if it is a plain answer.
 */
static struct said *
brought(struct channel *ch, struct tx *tx, const struct answer *a, int64_t *follower)
{
	struct said *said;
	struct user u;
	int64_t pos;

	*follower = 0;
	if (a->foreign[0] != '=' || !delivery_key_parse(a->foreign + 1, &pos, follower))
		return NULL;
	if (!user_by_address(tx, a->kind, a->peer, &u, NULL) || u.id != *follower)
		return NULL;
	said = said_get(ch->core, tx, pos);
	if (said == NULL || audience_brings(tx, *follower, &said->status))
		return said;
	said_release(said);
	return NULL;
}

static void
fill_answer(struct channel *ch, struct tx *tx, struct answer *a)
{
	int64_t follower;
	struct said *said = brought(ch, tx, a, &follower);
	struct entry *e = window_add_answer(ch, a, said, follower);

	if (said != NULL)
		said_release(said);
	if (follower == 0 || said != NULL) {
		window_ready(e);
		return;
	}
	e->stage = FLYING;
	window_settle(e, BOUNCE, "not to be seen any more", "");
}

static void
fill_answers(struct channel *ch, struct tx *tx)
{
	struct answer a[32];
	int64_t soonest = 0, after = 0;
	size_t n;

	do {
		n = answer_due(tx, ch->chan, ch->kept, fanout_wall(), after, a,
		    sizeof(a) / sizeof(a[0]), &soonest);
		ch->has_rows |= n > 0;
		for (size_t i = 0; i < n; i++) {
			after = a[i].id;
			if (window_room(ch, VIA_ANSWER) && !answer_is_here(ch, a[i].id)) {
				fill_answer(ch, tx, &a[i]);
				continue;
			}
			free(a[i].text);
			free(a[i].foreign);
		}
	} while (n == sizeof(a) / sizeof(a[0]) && window_room(ch, VIA_ANSWER));
	note_soonest(ch, soonest);
}

/* Nothing is owed up to ${next}: end the row in the next checkpoint. */
static void
end_row(struct core *c, const struct behind *b, int64_t next)
{
	struct who *w = who_get(c, b->follower);

	w->behind = *b;
	w->behind.next = next;
	w->leaving = true;
	checkpoint_dirty(c, 0);
}

static void
move_row(struct core *c, const struct behind *b, int chan, int64_t at)
{
	struct who *w = who_get(c, b->follower);

	w->behind = *b;
	window_owe(w, chan, b->next, BEHIND_OFFLINE, at, "the channel is away");
	checkpoint_dirty(c, 0);
}

static void
step_over(struct core *c, const struct behind *b, int64_t next)
{
	struct who *w = who_get(c, b->follower);

	w->behind = *b;
	w->behind.next = next;
	w->touched = true;
	checkpoint_dirty(c, 0);
}

/* Who follows its author sees it, or owed_some() would not have found it; but for mutes, and repeats. */
static bool
may_get(struct tx *tx, int64_t follower, const struct member *m, const struct owed *o,
    const struct status *s)
{
	return (!o->addressed && s->repeats == 0 && !m->careful) ||
	       audience_brings(tx, follower, s);
}

/* Give what ${b} owes next to the window, if its turn has come. */
static void
send_owed(struct channel *ch, struct tx *tx, const struct behind *b, const struct owed *o,
    const struct member *m)
{
	struct core *c = ch->core;
	struct edge e = { .follower = b->follower, .behind = *b, .member = m };
	struct said *said;

	if (!job_passed(c, tx, o->home, o->pos, b->follower) || o->pos > fanout_head(c, ch->chan))
		return;
	/* A channel that begins, or lost its peer just now, is waited for. */
	if (!link_is_up(ch) && !link_is_away(ch))
		return;
	said = said_get(c, tx, o->pos);
	if (said == NULL)
		return;
	if (!may_get(tx, b->follower, m, o, &said->status)) {
		step_over(c, b, o->pos + 1);
	} else if (window_room(ch, VIA_BEHIND)) {
		who_get(c, b->follower)->behind = *b;
		window_add(ch, VIA_BEHIND, NULL, said, &e);
	}
	said_release(said);
}

/* Is there nothing to decide: no wishes, no prices, nothing that has failed, and the channel is here? */
static bool
is_plain(const struct channel *ch, const struct behind *b, const struct member *m)
{
	return m != NULL && m->peer[0] != '\0' && !m->suspended && !m->careful &&
	       ch->tariff == NULL && b->fell == 0 && b->reason < BEHIND_QUIET &&
	       !(m->others && b->attempts > 0) && b->done[OWED_STATUS] == 0 &&
	       b->done[OWED_ADDRESSED] == 0 && b->done[OWED_DIRECT] == 0;
}

static void
fill_row(struct channel *ch, struct tx *tx, const struct behind *b, const struct owed *o)
{
	struct core *c = ch->core;
	const struct member *m = link_is_up(ch) ? roster_get(tx, c->roster, b->follower, ch->chan)
						: NULL;
	int64_t limit, head = fanout_head(c, o->home);

	if (!o->known) {
		end_row(c, b, c->head + 1);
		return;
	}
	if (!is_plain(ch, b, m)) {
		turn_row(ch, tx, b);
		return;
	}
	/* A lane that is behind this row brings its part first. */
	limit = lane_limit(c, tx, o->home, b->follower);
	if (b->next > limit && limit < head)
		return;
	if (o->pos != 0 && o->pos <= limit) {
		send_owed(ch, tx, b, o, m);
	} else if (o->pos > head) {
		return; /* who said it may still undo it */
	} else if (limit >= head && tenure_is_elsewhere(c, o->home, b->follower)) {
		/* That lane may have passed by what this row is to bring: its node ends the row. */
		move_row(c, b, o->home, fanout_wall());
	} else if (limit >= head) {
		end_row(c, b, limit + 1);
	}
}

static bool
is_busy(struct core *c, int64_t follower)
{
	const struct who *w = who_find(c, follower);

	return w != NULL &&
	       (w->first != NULL || w->touched || w->saving || w->leaving || w->spending > 0);
}

/* Where the next look goes on: behind the first ${i} of ${rows}[0..n). */
static void
keep_place(struct channel *ch, const struct behind *rows, size_t i, size_t n)
{
	bool piece = i == n && (n == ROWS_A_LOOK || ch->rows_more);

	ch->rows_at = piece ? clock_ms() + ROWS_MS : 0;
	if (i == n && n < ROWS_A_LOOK) {
		ch->rows_more = false;
	} else if (i > 0) {
		ch->rows_more = true;
		ch->rows_after = rows[i - 1];
	}
}

static bool
has_room(const struct channel *ch)
{
	return (!link_is_up(ch) || window_room(ch, VIA_BEHIND)) &&
	       ch->rows_changed < ROWS_A_CHECKPOINT;
}

/*
 * Ask for all of them at once: a store that is another machine answers no faster for one.  Returns how
 * many have had their turn, when the room was used up.
 */
static size_t
fill_some(struct channel *ch, struct tx *tx, const struct behind *const *rows, size_t n)
{
	struct owed owed[OWED_MAX];
	int64_t ids[OWED_MAX], pos[OWED_MAX];
	const struct who *w;
	size_t done;

	for (size_t i = 0; i < n; i++)
		ids[i] = rows[i]->follower;
	owed_some(tx, ids, n, owed);
	for (size_t i = 0; i < n; i++)
		pos[i] = owed[i].pos;
	said_load(ch->core, tx, pos, n);
	if (link_is_up(ch))
		roster_load_some(tx, ch->core->roster, ids, n, ch->chan);
	for (done = 0; done < n && has_room(ch); done++) {
		fill_row(ch, tx, rows[done], &owed[done]);
		w = who_find(ch->core, rows[done]->follower);
		ch->rows_changed += w != NULL && (w->touched || w->leaving);
	}
	return done;
}

/*
 * A piece of those that are due, and the next one at the next look: hundreds may wait for the job of one
 * great status to come to them, and nobody shall wait for these.
 */
static void
fill_behind(struct channel *ch, struct tx *tx)
{
	static struct behind rows[ROWS_A_LOOK]; /* the fan-out thread's alone */
	struct core *c = ch->core;
	const struct behind *after = ch->rows_more ? &ch->rows_after : NULL;
	const struct behind *some[OWED_MAX];
	int64_t soonest = 0;
	size_t i = 0, n = behind_due(tx, ch->chan, ch->kept, fanout_wall(), after, rows,
			  ROWS_A_LOOK, &soonest);

	ch->has_rows |= n > 0;
	while (i < n && has_room(ch)) {
		size_t next = i, picked = 0, done;

		for (; next < n && picked < OWED_MAX; next++)
			if (!is_busy(c, rows[next].follower))
				some[picked++] = &rows[next];
		done = picked > 0 ? fill_some(ch, tx, some, picked) : 0;
		i = done < picked ? (size_t)(some[done] - rows) : next;
		if (done < picked)
			break;
	}
	keep_place(ch, rows, i, n);
	note_soonest(ch, soonest);
}

void
catchup_fill(struct channel *ch, struct tx *tx)
{
	ch->look_at = ch->rows_at = 0;
	ch->has_rows = false;
	if (ch->paused || ch->kept == 0)
		return; /* the operator holds it; nothing is the followers' fault */
	if (link_is_up(ch))
		fill_answers(ch, tx);
	fill_behind(ch, tx);
}
