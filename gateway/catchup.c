/*
 * Followers that are behind: the log itself is their queue.  Each is given the next thing
 * owed when its time has come, one at a time, up to where its lane has read; then the row
 * ends and the lane carries on.  Answers of the service to one address come this way, too.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/audience.h"
#include "gateway/fanout.h"
#include "gateway/retry.h"

#define ROWS_A_LOOK 256

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
				window_add_answer(ch, &a[i]);
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

/* Give ${s}, owed by ${b}, to the window; false if its turn has not come. */
static bool
send_owed(
    struct channel *ch, struct tx *tx, const struct behind *b, int home, const struct status *s)
{
	struct core *c = ch->core;
	struct edge e;
	struct said *said;
	int chan = ch->chan;

	if (!job_passed(c, tx, home, s->pos, b->follower))
		return false;
	if (!audience_sees(tx, b->follower, s)) {
		step_over(c, b, s->pos + 1);
		return true;
	}
	if (!link_is_up(ch) || !edge_get(tx, c->roster, b->follower, ch->chan, &e)) {
		chan = lane_rung(c, tx, b->follower, &e);
		if (chan == ch->chan)
			return false;
		if (chan != 0)
			move_row(c, b, chan, fanout_wall());
		else if (home == 0)
			end_row(c, b, c->head + 1);
		else
			move_row(c, b, ch->chan, fanout_wall() + RETRY_LONGEST);
		return true;
	}
	if (!window_room(ch, VIA_BEHIND))
		return false;
	said = said_get(c, tx, s->pos);
	if (said == NULL)
		return false;
	who_get(c, b->follower)->behind = *b;
	window_add(ch, VIA_BEHIND, NULL, said, &e);
	said_release(said);
	return true;
}

static void
fill_row(struct channel *ch, struct tx *tx, const struct behind *b)
{
	struct core *c = ch->core;
	struct user u;
	struct status s;
	int64_t limit;
	bool owed;

	if (!user_by_id(tx, b->follower, &u)) {
		end_row(c, b, c->head + 1);
		return;
	}
	/* A lane that is behind this row brings its part first. */
	limit = lane_limit(c, tx, u.home, b->follower);
	if (b->next > limit && limit < c->head)
		return;
	owed = owed_next(tx, b->follower, b->next, &s);
	if (owed && s.pos <= limit) {
		send_owed(ch, tx, b, u.home, &s);
	} else if (limit >= c->head && tenure_is_elsewhere(c, u.home, b->follower)) {
		/* That lane may have passed by what this row is to bring: its node ends the row. */
		move_row(c, b, u.home, fanout_wall());
	} else if (limit >= c->head) {
		end_row(c, b, limit + 1);
	}
	if (owed)
		free((char *)s.text);
}

static void
fill_behind(struct channel *ch, struct tx *tx)
{
	static struct behind rows[ROWS_A_LOOK]; /* the fan-out thread's alone */
	struct core *c = ch->core;
	int64_t soonest = 0;
	size_t n = behind_due(tx, ch->chan, ch->kept, fanout_wall(), rows, ROWS_A_LOOK, &soonest);
	struct who *w;

	ch->has_rows |= n > 0;
	for (size_t i = 0; i < n; i++) {
		w = who_find(c, rows[i].follower);
		if (w == NULL || (w->first == NULL && !w->touched && !w->saving && !w->leaving))
			fill_row(ch, tx, &rows[i]);
	}
	note_soonest(ch, soonest);
}

void
catchup_fill(struct channel *ch, struct tx *tx)
{
	ch->look_at = 0;
	ch->has_rows = false;
	if (ch->paused || ch->kept == 0)
		return; /* the operator holds it; nothing is the followers' fault */
	if (link_is_up(ch))
		fill_answers(ch, tx);
	fill_behind(ch, tx);
}
