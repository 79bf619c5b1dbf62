/* Who is there: bounded, asked for once, and followed by ladders at a pace. */
#include <stdio.h>
#include <string.h>

#include "gateway/presence.h"
#include "tests/tap.h"

static int n;
static char last[64];
static bool last_wanted;

static void
asked(void *cookie, const char *peer, bool wanted)
{
	(void)cookie;
	n++;
	last_wanted = wanted;
	snprintf(last, sizeof(last), "%s", peer);
}

static void
due(void *cookie, int chan, const char *peer)
{
	(void)cookie;
	(void)chan;
	asked(NULL, peer, false);
}

static void
test_ask(void)
{
	bool back;

	ok(!presence_set(1, "bob", PRESENCE_THERE, 100, &back) && !back,
	    "who is not asked for is not kept");
	ok(presence_get(1, "bob") == PRESENCE_UNKNOWN && presence_get(1, "bob") == PRESENCE_UNKNOWN,
	    "who is asked for is not known yet");
	presence_get(2, "bob");
	n = 0;
	ok(!presence_ask(1, 10, asked, NULL) && n == 1 && strcmp(last, "bob") == 0,
	    "the channel looks for them, once");
	ok(!last_wanted && !presence_ask(1, 10, asked, NULL) && n == 1, "and not again");
	presence_want(1, "bob");
	ok(!presence_ask(1, 10, asked, NULL) && n == 2 && last_wanted,
	    "who wishes it is asked for leave");
	n = 1;
	ok(presence_set(1, "bob", PRESENCE_THERE, 100, &back) && back &&
		presence_get(1, "bob") == PRESENCE_THERE &&
		presence_get(2, "bob") == PRESENCE_UNKNOWN,
	    "what it says is of it alone");
	ok(!presence_set(1, "bob", PRESENCE_THERE, 100, &back) && !back,
	    "the same again is no news");
}

static void
test_pace(void)
{
	bool back;

	n = 0;
	ok(presence_due(100, due, NULL) == 0 && n == 1, "a ladder follows at once");
	ok(presence_set(1, "bob", PRESENCE_GONE, 101, &back) && !back, "they go");
	ok(presence_due(101, due, NULL) == 100 + PRESENCE_PACE_S && n == 1,
	    "and it waits its minute");
	ok(presence_set(1, "bob", PRESENCE_BUSY, 102, &back) && back &&
		presence_due(102, due, NULL) == 100 + PRESENCE_PACE_S && n == 1,
	    "whatever comes in between");
	ok(presence_set(1, "bob", PRESENCE_GONE, 103, &back) &&
		presence_set(1, "bob", PRESENCE_THERE, 103, &back) && back &&
		presence_set(1, "bob", PRESENCE_GONE, 103, &back) &&
		presence_set(1, "bob", PRESENCE_THERE, 103, &back) && !back,
	    "who flickers comes back once a second");
	ok(presence_due(100 + PRESENCE_PACE_S, due, NULL) == 0 && n == 2, "then follows once");
}

static void
test_drop(void)
{
	bool back;

	presence_drop(1);
	ok(presence_get(1, "bob") == PRESENCE_UNKNOWN, "a channel that goes shows nobody");
	n = 0;
	ok(!presence_ask(1, 10, asked, NULL) && n == 1, "when it is back, it looks for all");
	presence_set(1, "bob", PRESENCE_THERE, 500, &back);
}

static void
test_bound(void)
{
	char peer[32];

	for (int i = 0; i < PRESENCE_MAX + 10; i++) {
		snprintf(peer, sizeof(peer), "p%d", i);
		presence_get(3, peer);
	}
	n = 0;
	ok(presence_ask(3, 100, asked, NULL) && n == 100, "many are looked for in pieces");
	while (presence_ask(3, 10000, asked, NULL))
		;
	ok(n <= PRESENCE_MAX && n > PRESENCE_MAX - 100,
	    "of so many, no more are kept than there is room for");
	presence_get(3, "late");
	presence_set(3, "late", PRESENCE_THERE, 900, &(bool){ false });
	ok(presence_get(3, "late") == PRESENCE_THERE && presence_get(1, "bob") == PRESENCE_THERE,
	    "who is not there makes room, and who is there stays");
	presence_end();
}

int
main(void)
{
	test_ask();
	test_pace();
	test_drop();
	test_bound();
	return tap_done();
}
