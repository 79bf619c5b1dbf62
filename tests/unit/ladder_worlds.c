/* The ladder's decision: what must be true in any world, against a reader of the manual. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/ladder.h"
#include "tests/tap.h"

#define WORLDS 200000
#define DAY 86400
#define FALL 900
#define NO_BOUND INT64_MAX

static int64_t
utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute };

	return timegm(&tm);
}

static const char *const zone_names[] = { "Europe/Berlin", "Asia/Tokyo", "America/New_York",
	"Australia/Lord_Howe", "America/Havana", "Pacific/Apia", "UTC" };
#define ZONES (sizeof(zone_names) / sizeof(zone_names[0]))

static long
dice(long n)
{
	return random() % n;
}

static bool
maybe(void)
{
	return dice(2) != 0;
}

struct world {
	struct ladder_case c;
	struct ladder_rung rung[LADDER_MAX];
	int64_t budget;
};

static void
make_rung(struct ladder_rung *r, int64_t now)
{
	static const unsigned takes[] = { 0, 0, RUNG_PRESENT, RUNG_FREE, RUNG_PRESENT | RUNG_FREE,
		RUNG_ADDRESSED, RUNG_DIRECT, RUNG_ADDRESSED | RUNG_PRESENT, RUNG_NOTHING };

	*r = (struct ladder_rung){ .chan = (int)dice(5),
		.state = dice(4) ? ADDRESS_VERIFIED : (enum address_state)dice(5),
		.takes = takes[dice(9)],
		.up = dice(5) != 0,
		.presence = (enum presence)dice(4),
		.cost = dice(3) ? 0 : 1 + dice(200),
		.refused = dice(12) == 0 };
	if (dice(3) == 0)
		r->daily = 1 + (int)dice(4);
	r->today = (int)dice(6);
	if (dice(5) == 0)
		r->failing = now - dice(2 * FALL);
}

static void
make_world(struct world *w)
{
	/* near the changes of the clocks, every other time */
	int64_t near = maybe() ? utc(2026, 3, 29, 1, 0) : utc(2026, 10, 25, 1, 0);

	*w = (struct world){ .c.class = (enum owed_class)dice(OWED_CLASSES),
		.c.now = maybe() ? near + dice(4 * DAY) - 2 * DAY : dice(4000000000),
		.c.zone = zone_get(zone_names[dice(ZONES)]),
		.c.fall = FALL,
		.c.n = (size_t)dice(7),
		.budget = 200 + dice(1000) };
	w->c.rung = w->rung;
	if (maybe())
		w->budget = NO_BOUND;
	if (dice(3) == 0) {
		w->c.quiet_from = (int)dice(1440);
		w->c.quiet_to = (int)dice(1440);
	}
	if (dice(6) == 0)
		w->c.quiet_until = (w->c.now + dice(3 * DAY) - DAY) * (dice(3) ? 1 : -1);
	for (size_t i = 0; i < w->c.n; i++) {
		make_rung(&w->rung[i], w->c.now);
		w->rung[i].left = w->budget == NO_BOUND ? NO_BOUND : dice(w->budget);
	}
}

/* What a reader of the manual would say, in other words than the code. */
static bool
is_quiet(const struct ladder_case *c)
{
	int64_t local = c->now + zone_offset(c->zone, c->now);
	int minute = (int)(((local % DAY) + DAY) % DAY / 60);

	if (c->quiet_until > c->now)
		return true;
	if (c->quiet_until < 0 && c->now < -c->quiet_until)
		return false;
	for (int m = c->quiet_from; m != c->quiet_to; m = (m + 1) % 1440)
		if (m == minute)
			return true;
	return false;
}

static bool
could(const struct ladder_case *c, const struct ladder_rung *r)
{
	bool wanted = c->class == OWED_DIRECT ||
		      (c->class == OWED_ADDRESSED && !(r->takes & RUNG_DIRECT)) ||
		      !(r->takes & (RUNG_DIRECT | RUNG_ADDRESSED));

	return r->state == ADDRESS_VERIFIED && r->chan != 0 && !(r->takes & RUNG_NOTHING) &&
	       wanted && !r->refused;
}

/* All but what a failing address may be forgiven. */
static bool
would(const struct ladder_case *c, const struct ladder_rung *r)
{
	bool there = r->presence == PRESENCE_THERE || r->presence == PRESENCE_BUSY;

	return could(c, r) && !is_quiet(c) && r->up && (!(r->takes & RUNG_PRESENT) || there) &&
	       (!(r->takes & RUNG_FREE) || r->presence != PRESENCE_BUSY) &&
	       (r->daily == 0 || r->today < r->daily) && (r->cost == 0 || r->cost <= r->left);
}

static bool
is_failing(const struct ladder_case *c, const struct ladder_rung *r)
{
	return r->failing != 0 && c->now - r->failing >= c->fall;
}

/* The one that should be taken, or what else. */
static int
expected(const struct ladder_case *c)
{
	int failing = -1;
	bool some = false;

	for (size_t i = 0; i < c->n; i++) {
		some |= could(c, &c->rung[i]);
		if (!would(c, &c->rung[i]))
			continue;
		if (!is_failing(c, &c->rung[i]))
			return (int)i;
		if (failing == -1)
			failing = (int)i;
	}
	return failing != -1 ? failing : some ? LADDER_HOLD : LADDER_NONE;
}

/* The same world at ${t}, when counts may have begun anew. */
static void
at_time(struct world *w, int64_t t)
{
	int64_t was = zone_day(w->c.zone, w->c.now), day = zone_day(w->c.zone, t);

	for (size_t i = 0; day != was && i < w->c.n; i++)
		w->rung[i].today = 0;
	for (size_t i = 0; zone_month(day, 0) != zone_month(was, 0) && i < w->c.n; i++)
		w->rung[i].left = w->budget;
	w->c.now = t;
}

static bool
same_why(const struct ladder_choice *a, const struct ladder_choice *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a->why[i] != b->why[i])
			return false;
	return true;
}

static unsigned wrong, unstable, idle, early, misplaced, held, chosen;

static void
try_hold(const struct world *w, const struct ladder_choice *out)
{
	struct world later = *w;
	struct ladder_choice then;

	held++;
	later.c.rung = later.rung;
	if (out->until == LADDER_EVENT) {
		/* no clock ends it, however long one waits (and failing is no reason to hold) */
		at_time(&later, w->c.now + 40 * DAY);
		idle += expected(&later.c) >= 0 && !is_quiet(&later.c) &&
			w->c.quiet_from == w->c.quiet_to;
		return;
	}
	if (out->until <= w->c.now) {
		early++;
		return;
	}
	at_time(&later, out->until - 1);
	ladder_choose(&later.c, &then);
	early += then.rung != LADDER_HOLD || then.until != out->until;
	at_time(&later, out->until);
	ladder_choose(&later.c, &then);
	idle += then.rung == LADDER_HOLD && same_why(out, &then, w->c.n);
}

static void
try_world(void)
{
	struct ladder_choice out, again;
	struct world w;

	make_world(&w);
	memset(&out, 0x55, sizeof(out));
	memset(&again, 0xaa, sizeof(again));
	ladder_choose(&w.c, &out);
	ladder_choose(&w.c, &again);
	wrong += out.rung != expected(&w.c);
	unstable += out.rung != again.rung || out.until != again.until || out.park != again.park ||
		    !same_why(&out, &again, w.c.n);
	for (size_t i = 0; i < w.c.n; i++) {
		misplaced += ladder_never(out.why[i]) == could(&w.c, &w.rung[i]);
		misplaced += out.why[i] == LADDER_TAKES && out.rung != (int)i;
	}
	chosen += out.rung >= 0;
	if (out.rung == LADDER_HOLD)
		try_hold(&w, &out);
	if (out.rung == LADDER_HOLD)
		misplaced += !could(&w.c, &w.rung[out.park]);
	zone_put(w.c.zone);
}

static void
test_worlds(void)
{
	for (int i = 0; i < WORLDS; i++)
		try_world();
	printf("# %d worlds: %u taken, %u held\n", WORLDS, chosen, held);
	ok(chosen > WORLDS / 10 && held > WORLDS / 10, "worlds of every sort");
	ok(wrong == 0,
	    "the rung whose conditions hold, and no other; never held where one would take it");
	ok(unstable == 0, "the same question has the same answer");
	ok(early == 0, "a hold ends in the future, and not before");
	ok(idle == 0, "and then something is different; where no clock ends it, none would");
	ok(misplaced == 0, "each reason is one");
}

int
main(void)
{
	srandom(4);
	test_worlds();
	return tap_done();
}
