/* The ladder's decision: a table of what people expect, and what it takes. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "gateway/ladder.h"
#include "tests/tap.h"

#define ROUNDS 1000000
#define HOUR 3600
#define DAY 86400
#define FALL 900
#define NO_BOUND INT64_MAX

static unsigned long taken; /* pieces of memory */
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n);

void *
__wrap_malloc(size_t n)
{
	taken++;
	return __real_malloc(n);
}

void *
__wrap_calloc(size_t count, size_t n)
{
	taken++;
	return __real_calloc(count, n);
}

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

/* ---- the table */

#define NOON utc(2026, 11, 25, 12, 0)
#define OK .state = ADDRESS_VERIFIED, .up = true
#define IM                                                                                         \
	{                                                                                          \
		.chan = 1, OK                                                                      \
	}
#define SMS                                                                                        \
	{                                                                                          \
		.chan = 2, .cost = 75, OK                                                          \
	}
#define MAIL                                                                                       \
	{                                                                                          \
		.chan = 3, OK                                                                      \
	}

struct row {
	const char *what;
	enum owed_class class;
	struct ladder_rung rung[4];
	int want;
	enum ladder_reason why[4];
	/* of the case, where it is not the plain one */
	int64_t left, until;
	int quiet_from, quiet_to;
	int64_t quiet_until;
};

static const struct row rows[] = {
	{ "nobody has an address", OWED_STATUS, { { 0 } }, .want = LADDER_NONE, .why = { 0 } },
	{ "one address takes all", OWED_STATUS, { IM }, .want = 0, .why = { LADDER_TAKES } },
	{ "the first of two", OWED_DIRECT, { IM, SMS }, .want = 0,
	    .why = { LADDER_TAKES, LADDER_BELOW } },
	{ "who is there is reached there", OWED_STATUS,
	    { { .chan = 1, .takes = RUNG_PRESENT, .presence = PRESENCE_THERE, OK }, SMS },
	    .want = 0, .why = { LADDER_TAKES, LADDER_BELOW } },
	{ "who is not, elsewhere", OWED_STATUS,
	    { { .chan = 1, .takes = RUNG_PRESENT, .presence = PRESENCE_GONE, OK }, SMS }, .want = 1,
	    .why = { LADDER_ABSENT, LADDER_TAKES } },
	{ "who was never seen is not there", OWED_STATUS,
	    { { .chan = 1, .takes = RUNG_PRESENT, OK }, SMS }, .want = 1,
	    .why = { LADDER_ABSENT, LADDER_TAKES } },
	{ "who is busy is there", OWED_STATUS,
	    { { .chan = 1, .takes = RUNG_PRESENT, .presence = PRESENCE_BUSY, OK }, SMS }, .want = 0,
	    .why = { LADDER_TAKES, LADDER_BELOW } },
	{ "but not to be disturbed", OWED_STATUS,
	    { { .chan = 1, .takes = RUNG_PRESENT | RUNG_FREE, .presence = PRESENCE_BUSY, OK },
		SMS },
	    .want = 1, .why = { LADDER_BUSY, LADDER_TAKES } },
	{ "whom nobody sees may be disturbed", OWED_STATUS,
	    { { .chan = 1, .takes = RUNG_FREE, OK }, SMS }, .want = 0,
	    .why = { LADDER_TAKES, LADDER_BELOW } },
	{ "a status passes by what takes mentions", OWED_STATUS,
	    { { .chan = 2, .takes = RUNG_ADDRESSED, OK }, MAIL }, .want = 1,
	    .why = { LADDER_NO_STATUS, LADDER_TAKES } },
	{ "a mention does not", OWED_ADDRESSED,
	    { { .chan = 2, .takes = RUNG_ADDRESSED, OK }, MAIL }, .want = 0,
	    .why = { LADDER_TAKES, LADDER_BELOW } },
	{ "nor does a direct message", OWED_DIRECT,
	    { { .chan = 2, .takes = RUNG_ADDRESSED, OK }, MAIL }, .want = 0,
	    .why = { LADDER_TAKES, LADDER_BELOW } },
	{ "a mention passes by what takes direct messages", OWED_ADDRESSED,
	    { { .chan = 2, .takes = RUNG_DIRECT, OK }, MAIL }, .want = 1,
	    .why = { LADDER_NO_PUBLIC, LADDER_TAKES } },
	{ "no rung takes it: it is not wanted", OWED_STATUS,
	    { { .chan = 2, .takes = RUNG_ADDRESSED, OK } }, .want = LADDER_NONE,
	    .why = { LADDER_NO_STATUS } },
	{ "one for writing only", OWED_DIRECT, { { .chan = 1, .takes = RUNG_NOTHING, OK }, SMS },
	    .want = 1, .why = { LADDER_WRITES, LADDER_TAKES } },
	{ "three a day, and two were", OWED_DIRECT,
	    { { .chan = 2, .daily = 3, .today = 2, OK }, MAIL }, .want = 0,
	    .why = { LADDER_TAKES, LADDER_BELOW } },
	{ "and three were", OWED_DIRECT, { { .chan = 2, .daily = 3, .today = 3, OK }, MAIL },
	    .want = 1, .why = { LADDER_ENOUGH, LADDER_TAKES } },
	{ "and nothing else is there: until tomorrow", OWED_DIRECT,
	    { { .chan = 2, .daily = 3, .today = 3, OK } }, .want = LADDER_HOLD,
	    .why = { LADDER_ENOUGH }, .until = 1 },
	{ "money for one more", OWED_DIRECT, { SMS, MAIL }, .want = 0,
	    .why = { LADDER_TAKES, LADDER_BELOW }, .left = 75 },
	{ "and no more", OWED_DIRECT, { SMS, MAIL }, .want = 1,
	    .why = { LADDER_SPENT, LADDER_TAKES }, .left = 74 },
	{ "nor any that is free: until next month", OWED_DIRECT, { SMS }, .want = LADDER_HOLD,
	    .why = { LADDER_SPENT }, .left = 1, .until = 2 },
	{ "a channel that is away", OWED_STATUS, { { .chan = 1, .state = ADDRESS_VERIFIED }, SMS },
	    .want = 1, .why = { LADDER_DOWN, LADDER_TAKES } },
	{ "and nothing else: until it is back", OWED_STATUS,
	    { { .chan = 1, .state = ADDRESS_VERIFIED } }, .want = LADDER_HOLD,
	    .why = { LADDER_DOWN } },
	{ "it failed for a while", OWED_STATUS, { { .chan = 1, .failing = 1, OK }, SMS }, .want = 0,
	    .why = { LADDER_TAKES, LADDER_BELOW } },
	{ "it failed for long", OWED_STATUS, { { .chan = 1, .failing = FALL, OK }, SMS }, .want = 1,
	    .why = { LADDER_FAILING, LADDER_TAKES } },
	{ "better one that fails than none", OWED_STATUS, { { .chan = 1, .failing = FALL, OK } },
	    .want = 0, .why = { LADDER_FAILING } },
	{ "it refused this for good", OWED_STATUS, { { .chan = 1, .refused = true, OK }, SMS },
	    .want = 1, .why = { LADDER_REFUSED, LADDER_TAKES } },
	{ "and there is no other", OWED_STATUS, { { .chan = 1, .refused = true, OK } },
	    .want = LADDER_NONE, .why = { LADDER_REFUSED } },
	{ "what is off, stopped, broken, unverified or unserved", OWED_STATUS,
	    { { .chan = 1, .state = ADDRESS_PAUSED }, { .chan = 1, .state = ADDRESS_OPTED_OUT },
		{ .chan = 1, .state = ADDRESS_FAILING }, { .chan = 1, .state = ADDRESS_PENDING } },
	    .want = LADDER_NONE,
	    .why = { LADDER_OFF, LADDER_STOPPED, LADDER_BROKEN, LADDER_PENDING } },
	{ "no channel of its kind", OWED_STATUS, { { OK }, SMS }, .want = 1,
	    .why = { LADDER_UNSERVED, LADDER_TAKES } },
	{ "quiet at noon", OWED_DIRECT, { IM, MAIL }, .want = LADDER_HOLD,
	    .why = { LADDER_QUIET, LADDER_QUIET }, .quiet_from = 660, .quiet_to = 750, .until = 3 },
	{ "quiet at night", OWED_STATUS, { IM }, .want = 0, .why = { LADDER_TAKES },
	    .quiet_from = 1320, .quiet_to = 420 },
	{ "silence by hand", OWED_STATUS, { IM }, .want = LADDER_HOLD, .why = { LADDER_QUIET },
	    .quiet_until = 1, .until = 4 },
	{ "quiet, and nothing that would come anyway", OWED_STATUS,
	    { { .chan = 2, .takes = RUNG_ADDRESSED, OK } }, .want = LADDER_NONE,
	    .why = { LADDER_NO_STATUS }, .quiet_from = 660, .quiet_to = 750 },
};

static int64_t
until_of(int64_t which)
{
	const int64_t of[] = { LADDER_EVENT, utc(2026, 11, 26, 0, 0), utc(2026, 12, 1, 0, 0),
		utc(2026, 11, 25, 12, 30), NOON + HOUR };

	return of[which];
}

static bool
try_row(const struct row *r)
{
	struct ladder_rung rung[4];
	struct ladder_case c = { .class = r->class,
		.now = NOON,
		.fall = FALL,
		.quiet_from = r->quiet_from,
		.quiet_to = r->quiet_to,
		.quiet_until = r->quiet_until != 0 ? NOON + HOUR : 0,
		.rung = rung };
	struct ladder_choice out;
	bool good;

	memcpy(rung, r->rung, sizeof(rung));
	for (; c.n < 4 && (rung[c.n].chan != 0 || rung[c.n].up); c.n++) {
		rung[c.n].left = r->left != 0 ? r->left : NO_BOUND;
		if (rung[c.n].failing != 0)
			rung[c.n].failing = NOON - rung[c.n].failing;
	}
	ladder_choose(&c, &out);
	good = out.rung == r->want;
	for (size_t i = 0; i < c.n; i++)
		good &= out.why[i] == r->why[i];
	return good && (out.rung != LADDER_HOLD || out.until == until_of(r->until));
}

static void
test_table(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(try_row(&rows[i]), rows[i].what);
}

/* ---- nights */

struct night {
	const char *what, *zone;
	int from, to; /* as 2230 */
	int64_t now, ends;
};

static int
minutes(int hhmm)
{
	return hhmm / 100 * 60 + hhmm % 100;
}

static void
test_nights(void)
{
	const struct night nights[] = {
		{ "before midnight", "Europe/Berlin", 2200, 700, utc(2026, 11, 25, 22, 0),
		    utc(2026, 11, 26, 6, 0) },
		{ "behind it", "Europe/Berlin", 2200, 700, utc(2026, 11, 26, 2, 0),
		    utc(2026, 11, 26, 6, 0) },
		{ "to the second", "Europe/Berlin", 2200, 700, utc(2026, 11, 26, 6, 0) - 1,
		    utc(2026, 11, 26, 6, 0) },
		{ "and then over", "Europe/Berlin", 2200, 700, utc(2026, 11, 26, 6, 0), 0 },
		{ "it begins", "Europe/Berlin", 2200, 700, utc(2026, 11, 25, 21, 0),
		    utc(2026, 11, 26, 6, 0) },
		{ "and not before", "Europe/Berlin", 2200, 700, utc(2026, 11, 25, 21, 0) - 1, 0 },
		{ "the night that is an hour shorter", "Europe/Berlin", 2200, 700,
		    utc(2026, 3, 28, 23, 0), utc(2026, 3, 29, 5, 0) },
		{ "and the longer one", "Europe/Berlin", 2200, 700, utc(2026, 10, 24, 22, 0),
		    utc(2026, 10, 25, 6, 0) },
		{ "an end that never was", "Europe/Berlin", 2200, 230, utc(2026, 3, 28, 23, 0),
		    utc(2026, 3, 29, 1, 0) },
		{ "an end that was twice: the first", "Europe/Berlin", 2200, 230,
		    utc(2026, 10, 24, 23, 0), utc(2026, 10, 25, 0, 30) },
		{ "quiet again when the clock goes back", "Europe/Berlin", 2200, 230,
		    utc(2026, 10, 25, 1, 10), utc(2026, 10, 25, 1, 30) },
		{ "in Tokyo", "Asia/Tokyo", 2300, 800, utc(2026, 11, 25, 15, 0),
		    utc(2026, 11, 25, 23, 0) },
		{ "in New York", "America/New_York", 1300, 1400, utc(2026, 7, 1, 17, 30),
		    utc(2026, 7, 1, 18, 0) },
		{ "where the clocks move by half an hour", "Australia/Lord_Howe", 2200, 700,
		    utc(2026, 4, 4, 12, 0), utc(2026, 4, 4, 20, 30) },
		{ "equal ends are no quiet hours", "Europe/Berlin", 700, 700,
		    utc(2026, 11, 26, 6, 0), 0 },
	};

	for (size_t i = 0; i < sizeof(nights) / sizeof(nights[0]); i++) {
		const struct night *n = &nights[i];
		const struct zone *z = zone_get(n->zone);
		struct ladder_case c = { .now = n->now,
			.zone = z,
			.quiet_from = minutes(n->from),
			.quiet_to = minutes(n->to) };

		ok(z != NULL && ladder_quiet_ends(&c) == (n->ends != 0 ? n->ends : n->now),
		    n->what);
		zone_put(z);
	}
}

static void
test_by_hand(void)
{
	struct ladder_case c = { .now = NOON,
		.quiet_from = minutes(2200),
		.quiet_to = minutes(700),
		.quiet_until = utc(2026, 11, 25, 23, 0) };

	ok(ladder_quiet_ends(&c) == utc(2026, 11, 26, 7, 0),
	    "a silence that ends in the night lasts until the morning");
	c.quiet_until = NOON + HOUR;
	ok(ladder_quiet_ends(&c) == NOON + HOUR, "one that ends before it does not");
	c.now = utc(2026, 11, 26, 3, 0);
	c.quiet_until = utc(2026, 11, 26, 8, 0);
	ok(ladder_quiet_ends(&c) == utc(2026, 11, 26, 8, 0), "one that outlasts it goes on");
	c.quiet_until = -utc(2026, 11, 26, 7, 0);
	ok(ladder_quiet_ends(&c) == c.now, "who was woken is awake for the rest of the night");
	c.now = utc(2026, 11, 26, 22, 0);
	ok(ladder_quiet_ends(&c) == utc(2026, 11, 27, 7, 0), "and sleeps the next");
}

/* ---- what it takes */

static void
test_speed(void)
{
	const struct zone *z = zone_get("Europe/Berlin");
	struct ladder_rung rung[6];
	struct ladder_case c = { .now = NOON,
		.zone = z,
		.fall = FALL,
		.rung = rung,
		.n = 6,
		.quiet_from = minutes(2200),
		.quiet_to = minutes(700) };
	struct ladder_choice out;
	struct timespec from, to;
	unsigned long before = taken;
	int64_t sum = 0;
	double ns;

	for (int i = 0; i < 6; i++)
		rung[i] = (struct ladder_rung){
			.chan = i + 1, .takes = RUNG_PRESENT, .daily = 3, .cost = 75, OK
		};
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	for (int i = 0; i < ROUNDS; i++) {
		c.now = NOON + i * 7;
		ladder_choose(&c, &out);
		sum += out.rung;
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	ns = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
	     ROUNDS;
	printf("# %.0f ns a decision over six rungs, with quiet hours and a zone (%lld)\n", ns,
	    (long long)sum);
	ok(taken == before, "a decision takes no memory");
	/* a sanitizer may take five times as long */
	ok(ns < 5000, "and no time to speak of");
	zone_put(z);
}

static void
test_texts(void)
{
	bool all = true;

	for (int r = LADDER_TAKES; r <= LADDER_FAILING; r++)
		all &= ladder_reason_text((enum ladder_reason)r) != NULL;
	ok(all, "every reason has its words");
}

int
main(void)
{
	srandom(4);
	test_table();
	test_nights();
	test_by_hand();
	test_speed();
	test_texts();
	return tap_done();
}
