/*
 * Followers that are behind: the log itself is their queue.  Each is given the next thing
 * owed when its time has come, one at a time, up to where its lane has read; then the row
 * ends and the lane carries on.  Answers of the service to one address come this way, too.
 */
#include <stdlib.h>

#include "gateway/audience.h"
#include "gateway/fanout.h"
#include "gateway/wish.h"

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
	if (said == NULL || audience_sees(tx, *follower, &said->status))
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

static void
fill_behind(struct channel *ch, struct tx *tx)
{
	static struct behind rows[ROWS_A_LOOK]; /* the fan-out thread's alone */
	struct core *c = ch->core;
	int64_t soonest = 0;
	size_t n = behind_due(tx, ch->chan, ch->kept, fanout_wall(), rows, ROWS_A_LOOK, &soonest);
	struct who *w;

	for (size_t i = 0; i < n; i++) {
		w = who_find(c, rows[i].follower);
		if (w == NULL || (w->first == NULL && !w->touched && !w->saving && !w->leaving &&
				     w->spending == 0))
			turn_row(ch, tx, &rows[i]);
	}
	note_soonest(ch, soonest);
}

void
catchup_fill(struct channel *ch, struct tx *tx)
{
	ch->look_at = 0;
	if (ch->paused || ch->kept == 0)
		return; /* the operator holds it; nothing is the followers' fault */
	if (link_is_up(ch))
		fill_answers(ch, tx);
	fill_behind(ch, tx);
}
