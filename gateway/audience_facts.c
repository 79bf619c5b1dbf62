/* What audience_may() needs to know, gathered from the store: asked anew, for statuses in memory are old. */
#include <stdlib.h>

#include "base/clock.h"
#include "gateway/audience.h"

static void
add_author(struct tx *tx, int64_t author, struct audience *a)
{
	struct user u;

	a->author = author;
	if (!user_by_id(tx, author, &u)) {
		a->deleted = true;
		return;
	}
	a->author_protected = u.is_protected;
	a->silenced = u.silenced;
	a->suspended = u.suspended;
}

/* ${back}: as if nobody had taken back what was said. */
static void
facts(struct tx *tx, const struct status *s, bool back, struct audience_thing *out)
{
	struct status first;

	*out = (struct audience_thing){ .pos = s->pos, .first_pos = s->repeats };
	out->itself.to = s->to;
	out->itself.deleted = s->deleted != 0 && !back;
	add_author(tx, s->author, &out->itself);
	if (s->repeats == 0)
		return;
	out->itself.first = &out->first;
	if (!status_get(tx, s->repeats, &first)) {
		out->first.deleted = true;
		return;
	}
	free((char *)first.text);
	out->first.to = first.to;
	out->first.deleted = first.deleted != 0 && !back;
	add_author(tx, first.author, &out->first);
}

void
audience_of(struct tx *tx, const struct status *s, struct audience_thing *out)
{
	facts(tx, s, false, out);
}

/* Between ${a}->viewer and ${a}->author; ${pos} is of what was said, 0: nothing in particular. */
static void
add_pair(struct tx *tx, struct audience *a, int64_t pos)
{
	struct follow f;

	a->follows = a->gets = a->blocked = a->muted = false;
	if (a->viewer == 0 || a->viewer == a->author || a->deleted)
		return;
	if (follow_find(tx, a->viewer, a->author, &f)) {
		a->follows = f.state == FOLLOW_ACTIVE;
		a->gets = a->follows && f.wants == WANTS_ALL && a->to == 0 && pos != 0 &&
			  f.from <= pos;
	}
	a->blocked = block_between(tx, a->viewer, a->author);
	a->muted = mute_until(tx, a->viewer, a->author, clock_wall()) != 0;
}

bool
audience_ask(struct tx *tx, struct audience_thing *t, int64_t viewer, enum audience_way way)
{
	t->itself.viewer = viewer;
	t->itself.way = way;
	add_pair(tx, &t->itself, t->pos);
	if (t->first_pos != 0) {
		t->itself.first = &t->first;
		t->first.viewer = viewer;
		/* Whoever asks for the one who repeats does not ask for the other. */
		t->first.way = way == AUDIENCE_SOUGHT ? AUDIENCE_SHOWN : way;
		add_pair(tx, &t->first, t->first_pos);
	}
	return audience_may(&t->itself);
}

bool
audience_traces(struct tx *tx, struct audience_thing *t, int64_t user)
{
	return t->first_pos == 0 || audience_ask(tx, t, user, AUDIENCE_BROUGHT);
}

static bool
ask(struct tx *tx, int64_t viewer, const struct status *s, enum audience_way way)
{
	struct audience_thing t;

	audience_of(tx, s, &t);
	return audience_ask(tx, &t, viewer, way);
}

bool
audience_sees(struct tx *tx, int64_t viewer, const struct status *s)
{
	return ask(tx, viewer, s, AUDIENCE_SOUGHT);
}

bool
audience_shows(struct tx *tx, int64_t viewer, const struct status *s)
{
	return ask(tx, viewer, s, AUDIENCE_SHOWN);
}

bool
audience_brings(struct tx *tx, int64_t viewer, const struct status *s)
{
	return ask(tx, viewer, s, AUDIENCE_BROUGHT);
}

bool
audience_misses(struct tx *tx, int64_t viewer, const struct status *s, enum audience_way way)
{
	struct audience_thing t;

	facts(tx, s, true, &t);
	return s->deleted != 0 && audience_ask(tx, &t, viewer, way);
}

/* What ${author} says to ${to}, or to all (0). */
static void
add_person(const struct user *author, int64_t to, struct audience *a)
{
	*a = (struct audience){ .author = author->id,
		.to = to,
		.author_protected = author->is_protected,
		.silenced = author->silenced,
		.suspended = author->suspended };
}

bool
audience_opens(struct tx *tx, int64_t viewer, const struct user *author)
{
	struct audience a;

	add_person(author, 0, &a);
	a.viewer = viewer;
	add_pair(tx, &a, 0);
	return audience_may(&a);
}

static bool
to_one(struct tx *tx, int64_t user, const struct user *by, enum audience_way way)
{
	struct audience a;

	add_person(by, user, &a);
	a.viewer = user;
	a.way = way;
	add_pair(tx, &a, 0);
	return audience_may(&a);
}

bool
audience_takes(struct tx *tx, int64_t user, const struct user *by)
{
	return to_one(tx, user, by, AUDIENCE_SOUGHT);
}

bool
audience_hears(struct tx *tx, int64_t user, const struct user *by)
{
	return to_one(tx, user, by, AUDIENCE_BROUGHT);
}
