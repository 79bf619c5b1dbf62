/*
 * One turn of somebody who is behind: of each sort of thing the first that is owed, then where their
 * ladder says that goes.  Sorts that take different ways do not wait for each other.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "gateway/audience.h"
#include "gateway/fanout.h"
#include "gateway/retry.h"
#include "gateway/settle.h"
#include "gateway/wish.h"

#define AGAIN_S 3600 /* an address that failed for long is tried again after this */

struct turn {
	struct channel *ch;
	struct core *core;
	struct tx *tx;
	struct rungs *r;
	struct behind b; /* as it becomes */
	int64_t limit;   /* the lane has read up to here */
	bool more;       /* something is owed behind that */
	bool plain;      /* all sorts go the same way: they are one */
	bool found[OWED_CLASSES];
	struct status s[OWED_CLASSES]; /* of plain ones, the first alone */
};

/* ---- what the row becomes */

static void
put_row(struct turn *t)
{
	struct who *w = who_get(t->core, t->b.follower);

	w->behind = t->b;
	w->touched = true;
	checkpoint_dirty(t->core, 0);
}

/* Nothing is owed up to ${next}: end the row in the next checkpoint. */
static void
end_row(struct turn *t, int64_t next)
{
	struct who *w = who_get(t->core, t->b.follower);

	w->behind = t->b;
	w->behind.next = next;
	w->leaving = true;
	checkpoint_dirty(t->core, 0);
}

static bool
is_held(const struct behind *b)
{
	return b->reason == BEHIND_QUIET || b->reason == BEHIND_HELD;
}

/* To another channel.  What it waited for before is not forgotten. */
static void
hop(struct turn *t, int chan)
{
	if (!is_held(&t->b) && t->b.reason != BEHIND_REFUSED)
		t->b.reason = BEHIND_SWITCHED;
	t->b.chan = chan;
	t->b.attempts = 0;
	t->b.tried = 0;
	t->b.next_at = t->r->c.now;
	put_row(t);
}

static void
wait_until(struct turn *t, int chan, enum ladder_reason why, int64_t until)
{
	if (t->b.reason != BEHIND_REFUSED)
		t->b.reason = why == LADDER_QUIET  ? BEHIND_QUIET
			      : why == LADDER_DOWN ? BEHIND_OFFLINE
						   : BEHIND_HELD;
	t->b.chan = chan;
	t->b.next_at = wish_again(why, until, t->r->c.now);
	text_cut(t->b.code, sizeof(t->b.code), ladder_reason_word(why));
	put_row(t);
}

/* ---- what is owed */

/* Have they wishes that tell sorts apart, or that make them wait? */
static bool
is_careful(const struct rungs *r)
{
	if (r->user.quiet_from != r->user.quiet_to || r->user.quiet_until > r->c.now)
		return true;
	for (size_t i = 0; i < r->c.n; i++)
		if (r->rung[i].state == ADDRESS_VERIFIED &&
		    (r->rung[i].takes != 0 || r->rung[i].daily != 0))
			return true;
	return false;
}

static void
find(struct turn *t, int class)
{
	struct status *s = &t->s[class];
	int64_t from = t->b.next > t->b.done[class] ? t->b.next : t->b.done[class];

	if (t->plain)
		t->found[class] = owed_next(t->tx, t->b.follower, t->b.next, s);
	else
		t->found[class] = owed_of_class(
		    t->tx, t->b.follower, (enum owed_class) class, from, s);
	if (t->found[class] && s->pos > t->limit) {
		free((char *)s->text);
		t->found[class] = false;
		t->more = true;
	}
	if (!t->plain)
		t->b.done[class] = t->found[class] ? s->pos : from > t->limit ? from : t->limit + 1;
}

static bool
find_all(struct turn *t)
{
	bool some = false;

	t->plain = !is_careful(t->r) && !is_held(&t->b) && t->b.done[OWED_STATUS] == 0 &&
		   t->b.done[OWED_ADDRESSED] == 0 && t->b.done[OWED_DIRECT] == 0;
	for (int i = 0; i < (t->plain ? 1 : OWED_CLASSES); i++) {
		find(t, i);
		some |= t->found[i];
	}
	if (!t->plain)
		row_first(&t->b);
	return some;
}

/* The earliest of those that have not been looked at yet; -1. */
static int
earliest(const struct turn *t, const bool seen[OWED_CLASSES])
{
	int first = -1;

	for (int i = 0; i < OWED_CLASSES; i++)
		if (t->found[i] && !seen[i] && (first == -1 || t->s[i].pos < t->s[first].pos))
			first = i;
	return first;
}

static enum owed_class
class_of(const struct turn *t, int class)
{
	return t->plain ? OWED_CLASSES : (enum owed_class) class;
}

/* It is over with all of ${class} up to ${pos}. */
static void
step_over(struct turn *t, int class, int64_t pos)
{
	row_done(&t->b, class_of(t, class), pos);
	put_row(t);
}

/* ---- where it goes */

/* What the row remembers of addresses that failed: those above the one it fell from had their turn. */
static void
mark_failed(struct turn *t, const struct status *s)
{
	int64_t now = t->r->c.now;
	bool refused = t->b.reason == BEHIND_REFUSED, passed = false;

	for (size_t i = t->r->c.n; i-- > 0;) {
		struct ladder_rung *r = &t->r->rung[i];

		r->refused = false;
		r->failing = r->chan == t->b.chan && t->b.attempts > 0 ? t->b.tried : 0;
		passed |= t->b.fell != 0 && r->chan == t->b.fell;
		if (!passed)
			continue;
		if (refused)
			r->refused = s->pos == t->b.fell_at;
		else if (now - t->b.fell_at < AGAIN_S)
			r->failing = now - t->r->c.fall;
	}
}

/* Is there an address that anything could go to? */
static bool
has_address(const struct rungs *r)
{
	for (size_t i = 0; i < r->c.n; i++)
		if (r->rung[i].state == ADDRESS_VERIFIED && r->rung[i].chan != 0 &&
		    !(r->rung[i].takes & RUNG_NOTHING))
			return true;
	return false;
}

/* No address ever takes it. */
static void
refuse(struct turn *t, int class, const struct ladder_choice *choice)
{
	bool refused = false;

	for (size_t i = 0; i < t->r->c.n; i++)
		refused |= choice->why[i] == LADDER_REFUSED;
	if (refused) {
		checkpoint_dead(t->core, t->s[class].pos, t->b.follower, t->b.fell, t->b.code);
		t->b.reason = BEHIND_SWITCHED;
		t->b.fell = 0;
		step_over(t, class, t->s[class].pos);
	} else if (has_address(t->r)) {
		step_over(t, class, t->limit); /* they do not want such things */
	} else if (t->r->user.home == 0) {
		end_row(t, t->core->head + 1);
	} else {
		wait_until(t, t->ch->chan, LADDER_DOWN, LADDER_EVENT);
	}
}

/* ---- giving it to the window */

/* The address of the ladder, which may not be the first that the channel has of this user. */
static const struct member *
member_at(const struct member *m, const char *peer)
{
	return strcmp(m->peer, peer) == 0 ? member_hold(m) : member_like(m, peer);
}

/* What was held, in one text; NULL: one by one.  *${upto}: as far as it speaks. */
static char *
sum_up(struct turn *t, int class, const char *lang, int64_t *upto)
{
	int64_t job;

	if (class != OWED_STATUS || t->plain || !is_held(&t->b))
		return NULL;
	/* What a job is to bring is not spoken of. */
	job = job_before(t->tx, t->r->user.home, t->b.follower);
	*upto = job <= t->limit ? job - 1 : t->limit;
	return summary_text(t->tx, t->r, lang, t->s[class].pos, *upto);
}

static void
fill(struct turn *t, int class, int rung)
{
	struct channel *ch = t->ch;
	struct edge e = { .follower = t->b.follower };
	const struct member *m = roster_get(t->tx, t->core->roster, t->b.follower, ch->chan);
	struct said *said;
	struct entry *entry;
	int64_t upto = 0;
	char *text;

	if (m == NULL || !window_room(ch, VIA_BEHIND))
		return;
	e.member = member_at(m, t->r->address[rung].peer);
	text = sum_up(t, class, e.member->lang, &upto);
	said = text == NULL ? said_get(t->core, t->tx, t->s[class].pos)
			    : said_plain(text,
				  summary_more(t->tx, t->r, e.member->lang, t->s[class].pos, upto),
				  t->s[class].pos);
	if (said != NULL) {
		who_get(t->core, t->b.follower)->behind = t->b;
		entry = window_add(ch, VIA_BEHIND, NULL, said, &e);
		entry->class = class_of(t, class);
		entry->counts = rungs_counts(t->r, rung);
		entry->upto = text != NULL ? upto : 0;
		said_release(said);
	}
	member_release(e.member);
}

/* By the rung chosen, here or elsewhere. */
static void
send(struct turn *t, int class, const struct ladder_choice *choice)
{
	const struct ladder_rung *to = &t->r->rung[choice->rung];

	if (to->chan == t->ch->chan) {
		/* What costs money waits until nobody can undo it. */
		if (link_is_up(t->ch) && t->s[class].pos <= fanout_head(t->core, to->chan))
			fill(t, class, choice->rung);
		return;
	}
	for (int i = 0; i < choice->rung; i++)
		if (choice->why[i] == LADDER_FAILING && t->b.reason != BEHIND_REFUSED &&
		    t->r->rung[i].chan == t->b.chan) {
			t->b.fell = t->b.chan;
			t->b.fell_at = t->r->c.now;
		}
	hop(t, to->chan);
}

/* The first that goes somewhere; else as long as the first of them waits. */
static void
choose(struct turn *t)
{
	struct ladder_choice choice = { 0 }, waits = { .until = LADDER_EVENT };
	bool seen[OWED_CLASSES] = { false }, held = false;
	int class;

	while ((class = earliest(t, seen)) != -1) {
		const struct status *s = &t->s[class];

		seen[class] = true;
		if (!job_passed(t->core, t->tx, t->r->user.home, s->pos, t->b.follower))
			return;
		if (!audience_brings(t->tx, t->b.follower, s)) {
			step_over(t, class, s->pos);
			return;
		}
		mark_failed(t, s);
		rungs_choose(t->r, t->plain ? OWED_STATUS : (enum owed_class) class, &choice);
		wish_tell_spent(t->core, t->r, &choice);
		if (choice.rung >= 0) {
			send(t, class, &choice);
			return;
		}
		if (choice.rung == LADDER_NONE) {
			refuse(t, class, &choice);
			return;
		}
		if (!held || choice.until < waits.until)
			waits = choice;
		held = true;
	}
	if (held)
		wait_until(t, t->r->rung[waits.park].chan, waits.why[waits.park], waits.until);
}

static void
take_turn(struct turn *t, int64_t head)
{
	if (find_all(t)) {
		choose(t);
	} else if (t->limit < head || t->more) {
		return; /* the lane has not come to it; or who said it may still undo it */
	} else if (tenure_is_elsewhere(t->core, t->r->user.home, t->b.follower)) {
		/* That lane may have passed by what this row is to bring: its node ends the row. */
		hop(t, t->r->user.home);
	} else {
		end_row(t, t->limit + 1);
	}
}

void
turn_row(struct channel *ch, struct tx *tx, const struct behind *b)
{
	struct core *c = ch->core;
	struct rungs r;
	struct turn t = { .ch = ch, .core = c, .tx = tx, .r = &r, .b = *b };
	int64_t head;

	if (!wish_rungs(c, tx, b->follower, &r)) {
		end_row(&t, c->head + 1);
		return;
	}
	head = fanout_head(c, r.user.home);
	t.limit = lane_limit(c, tx, r.user.home, b->follower);
	if (r.user.suspended)
		wait_until(&t, ch->chan, LADDER_DOWN, LADDER_EVENT);
	else if (b->next <= t.limit || t.limit >= head)
		take_turn(&t, head);
	/* Else a lane that is behind this row brings its part first. */
	for (int i = 0; i < OWED_CLASSES; i++)
		if (t.found[i])
			free((char *)t.s[i].text);
	rungs_put(&r);
}
