#include "tests/unit/visible_world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/track.h"
#include "store/favourite.h"
#include "store/track.h"

static uint32_t dice_state = 20060321;

int
world_dice(int n)
{
	dice_state = dice_state * 1664525 + 1013904223;
	return (int)((dice_state >> 8) % (uint32_t)n);
}

/* ---- the model */

static bool
follows(const struct world *w, int v, int author)
{
	return v != ANYBODY && w->follow[v][author].state == FOLLOW_ACTIVE;
}

bool
world_followed(const struct world *w, int v, int i)
{
	const struct world_said *s = &w->said[i];

	return s->to == -1 && follows(w, v, s->author) &&
	       w->follow[v][s->author].wants == WANTS_ALL && w->follow[v][s->author].since < s->pos;
}

bool
world_may(const struct world *w, int v, int i, enum audience_way way)
{
	const struct world_said *s = &w->said[i], *first;
	int a = s->author;

	if (s->deleted)
		return false;
	if (v != a) {
		bool heard = follows(w, v, a) || !(w->silenced[a] || (w->closed[a] && s->to == -1));

		if (w->suspended[a] || !heard || (s->to != -1 && s->to != v))
			return false;
		if (v != ANYBODY && (w->block[v][a] || w->block[a][v]))
			return false;
		if (v != ANYBODY && w->mute[v][a] && way != AUDIENCE_SOUGHT)
			return false;
	}
	if (s->repeats == -1)
		return true;
	first = &w->said[s->repeats];
	if (!world_may(w, v, s->repeats, way == AUDIENCE_SOUGHT ? AUDIENCE_SHOWN : way))
		return false;
	return way != AUDIENCE_BROUGHT || v == a ||
	       (v != first->author && !world_followed(w, v, s->repeats));
}

bool
world_opens(const struct world *w, int v, int a)
{
	if (w->suspended[a] || v == a)
		return !w->suspended[a];
	return (follows(w, v, a) || (!w->silenced[a] && !w->closed[a])) &&
	       (v == ANYBODY || (!w->block[v][a] && !w->block[a][v]));
}

/* ... or, when it is said, for a word of it? */
static bool
is_tracked(const struct world *w, int v, int i)
{
	const struct world_said *s = &w->said[i];

	return w->tracks[v] && s->word && s->to == -1 && s->repeats == -1 && v != s->author &&
	       !w->closed[s->author] && world_may(w, v, i, AUDIENCE_BROUGHT) &&
	       !(follows(w, v, s->author) && w->follow[v][s->author].wants == WANTS_ALL);
}

/* What it hangs on, and what hangs on it; a status that was taken back still holds them together. */
uint32_t
world_conversation(const struct world *w, int i)
{
	uint32_t on = 1u << i, below = 1u << i;

	for (int up = w->said[i].answers; up != -1; up = w->said[up].answers)
		on |= 1u << up;
	for (int k = i + 1; k < w->n; k++)
		if (w->said[k].answers != -1 && (below >> w->said[k].answers & 1))
			below |= 1u << k;
	return on | below;
}

/* ---- what happens */

void
world_text(const struct world_said *s, int i, char out[64])
{
	snprintf(out, 64, "said%02d %s", i, s->word ? "a " WORD : "nothing");
}

static void
keep(struct world *w, int result)
{
	w->failed |= result < 0;
}

/* A status, of which any may be passed on or named in whatever way: not only as commands would do it. */
static void
say(struct tx *tx, struct world *w)
{
	struct world_said *s = &w->said[w->n];
	struct status_new new = { .at = clock_wall() };
	struct status said;
	char text[64];
	int kind = world_dice(10);

	*s = (struct world_said){
		.author = world_dice(PEOPLE), .to = -1, .repeats = -1, .answers = -1, .named = -1
	};
	if (kind < 2)
		s->to = world_dice(PEOPLE);
	else if (kind < 5 && w->n > 0)
		s->repeats = world_dice(w->n);
	else if (kind < 7)
		s->named = world_dice(PEOPLE);
	else if (kind < 9 && w->n > 0)
		s->answers = world_dice(w->n);
	if (s->to == s->author)
		s->to = -1;
	if (s->repeats != -1 && w->said[s->repeats].repeats != -1)
		s->repeats = w->said[s->repeats].repeats;
	if (s->repeats != -1 && w->said[s->repeats].deleted)
		s->repeats = -1;
	s->word = world_dice(3) == 0;
	world_text(s, w->n, text);
	new.author = w->id[s->author];
	new.text = text;
	new.to = s->to != -1 ? w->id[s->to] : 0;
	new.repeats = s->repeats != -1 ? w->said[s->repeats].pos : 0;
	new.reply_to = s->answers != -1 ? w->said[s->answers].pos : 0;
	if (s->to != -1 || s->named != -1)
		new.addressed[new.addressed_n++] = w->id[s->to != -1 ? s->to : s->named];
	keep(w, status_add(tx, &new, &s->pos));
	w->n++;
	for (int v = 0; v < PEOPLE; v++)
		s->tracked |= (unsigned)is_tracked(w, v, w->n - 1) << v;
	if (status_get(tx, s->pos, &said)) {
		keep(w, track_status(tx, &said));
		free((char *)said.text);
	}
}

static void
take_back(struct tx *tx, struct world *w)
{
	int i = w->n > 0 ? world_dice(w->n) : -1;

	if (i == -1 || w->said[i].deleted)
		return;
	keep(w, status_delete(tx, w->said[i].pos, clock_wall()));
	w->said[i].deleted = true;
	for (int k = 0; k < w->n; k++)
		w->said[k].deleted |= w->said[k].repeats == i;
}

static void
follow(struct tx *tx, struct world *w, int a, int b)
{
	enum follow_state state = (enum follow_state)(
	    world_dice(4) == 0 ? world_dice(3) : FOLLOW_ACTIVE);
	enum follow_wants wants = (enum follow_wants)(
	    world_dice(3) == 0 ? world_dice(3) : WANTS_ALL);
	enum follow_state was = w->follow[a][b].state;

	keep(w, follow_set(tx, w->id[a], w->id[b], state, wants));
	if (was == FOLLOW_NONE || was != state || w->follow[a][b].wants != WANTS_ALL ||
	    wants != WANTS_ALL)
		w->follow[a][b].since = log_head(tx);
	w->follow[a][b].state = state;
	w->follow[a][b].wants = wants;
}

static void
person(struct tx *tx, struct world *w, int a)
{
	struct user u;

	user_by_id(tx, w->id[a], &u);
	u.is_protected = w->closed[a] = world_dice(3) == 0;
	u.silenced = w->silenced[a] = world_dice(5) == 0;
	u.suspended = w->suspended[a] = world_dice(8) == 0;
	keep(w, user_update(tx, &u));
}

void
world_event(struct tx *tx, struct world *w)
{
	int a = world_dice(PEOPLE), b = world_dice(PEOPLE), i;

	switch (a == b ? 0 : world_dice(12)) {
	case 0:
		person(tx, w, a);
		break;
	case 1:
		w->block[a][b] = !w->block[a][b];
		keep(w, block_set(tx, w->id[a], w->id[b], w->block[a][b]));
		break;
	case 2:
		w->mute[a][b] = !w->mute[a][b];
		keep(w, mute_set(tx, w->id[a], w->id[b], w->mute[a][b] ? INT64_MAX : 0));
		break;
	case 3:
		take_back(tx, w);
		break;
	case 4:
		i = w->n > 0 ? world_dice(w->n) : -1;
		if (i == -1)
			return;
		w->favourite[a][i] = true;
		keep(w, favourite_set(tx, w->id[a], w->said[i].pos, true, clock_wall()));
		break;
	case 5:
	case 6:
	case 7:
		follow(tx, w, a, b);
		break;
	default:
		say(tx, w);
		break;
	}
}

void
world_begin(struct tx *tx, struct world *w)
{
	for (int i = 0; i < PEOPLE; i++) {
		w->tracks[i] = world_dice(3) == 0;
		if (w->tracks[i])
			keep(w, track_set(tx, w->id[i], WORD, WORD, true));
		follow(tx, w, i, (i + 1) % PEOPLE);
	}
}

void
world_make(struct tx *tx, struct world *w)
{
	world_begin(tx, w);
	for (int i = 0; i < EVENTS; i++)
		world_event(tx, w);
}
