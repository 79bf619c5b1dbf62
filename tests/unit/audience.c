/* Who may see what: every combination of facts there is.  tests/unit/visible has the same in worlds. */
#include "gateway/audience.h"

#include "tests/tap.h"

enum fact {
	CLOSED = 1,
	FOLLOWS = 2,
	ADDRESSED = 4,
	BLOCKED = 8,
	DELETED = 16,
	SUSPENDED = 32,
	SILENCED = 64,
	MUTED = 128,
	GETS = 256,
	FACTS = 512
};

static struct audience
facts(unsigned bits, int64_t viewer, int64_t to, enum audience_way way)
{
	return (struct audience){ .viewer = viewer,
		.author = 1,
		.to = to,
		.way = way,
		.author_protected = bits & CLOSED,
		.follows = bits & FOLLOWS,
		.addressed = bits & ADDRESSED,
		.blocked = bits & BLOCKED,
		.deleted = bits & DELETED,
		.suspended = bits & SUSPENDED,
		.silenced = bits & SILENCED,
		.muted = bits & MUTED,
		.gets = bits & GETS };
}

static bool deleted = true, own = true, private = true, closed = true, protected = true,
	    silenced = true, muted = true, named = true, open = true;

static void
look(unsigned bits, int64_t viewer, int64_t to, enum audience_way way)
{
	struct audience a = facts(bits, viewer, to, way),
			other = facts(bits ^ ADDRESSED, viewer, to, way);
	bool may = audience_may(&a), follows = a.follows && viewer != 0;

	named = named && audience_may(&other) == may;
	deleted = deleted && !(a.deleted && may);
	own = own && (a.deleted || viewer != 1 || may);
	if (viewer == 1)
		return;
	private = private && !(to && may && viewer != to);
	closed = closed && !((a.suspended || a.blocked) && may);
	protected = protected && !(!to && a.author_protected && may && !follows);
	silenced = silenced && !(a.silenced && may && !follows);
	muted = muted && !(a.muted && may && way != AUDIENCE_SOUGHT);
	if ((bits & ~(unsigned)(FOLLOWS | ADDRESSED | GETS)) == 0 && (!to || viewer == to))
		open = open && may;
}

static void
every_case(void)
{
	for (unsigned bits = 0; bits < FACTS; bits++)
		for (int64_t viewer = 0; viewer < 4; viewer++)
			for (int64_t to = 0; to < 4; to++)
				for (int way = 0; way <= AUDIENCE_BROUGHT; way++)
					look(bits, viewer, to, (enum audience_way)way);
	ok(deleted, "nobody sees what was taken back");
	ok(own, "everybody sees their own");
	ok(private, "nobody sees a direct message but its two ends");
	ok(closed, "nobody sees across a block, or who is suspended");
	ok(protected, "who is protected is seen by followers only");
	ok(silenced, "who is silenced, too, direct messages with it");
	ok(muted, "who is muted is seen where they are looked for");
	ok(named, "being named in it changes nothing");
	ok(open, "nothing else is hidden");
}

/* ${first} is by 1, too: what is between the viewer and the one who repeats is the outer one's facts. */
static void
every_repeat(void)
{
	bool both = true, twice = true, rest = true;

	for (unsigned bits = 0; bits < FACTS; bits++)
		for (unsigned outer = 0; outer < FACTS; outer += SUSPENDED)
			for (int way = 0; way <= AUDIENCE_BROUGHT; way++)
				for (int64_t viewer = 0; viewer < 4; viewer++) {
					struct audience a = facts(outer, viewer, 0,
							    (enum audience_way)way),
							f = facts(bits, viewer, 0,
							    (enum audience_way)way);
					bool alone, first, may;

					a.author = 3;
					alone = audience_may(&a);
					first = audience_may(&f);
					a.first = &f;
					may = audience_may(&a);
					both = both && !(may && !(alone && first));
					if (way == AUDIENCE_BROUGHT && viewer != 3)
						twice = twice && !(may && (f.gets || viewer == 1));
					else
						rest = rest && may == (alone && first);
				}
	ok(both, "who may not see the one who repeats, or what that repeats, sees nothing");
	ok(twice, "what came already, or is one's own, is not brought again");
	ok(rest, "but shown to who looks");
}

int
main(void)
{
	every_case();
	every_repeat();
	return tap_done();
}
