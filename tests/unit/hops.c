/*
 * Things go where people's ladders say: three networks, and people who are there or not, sleep, have
 * had enough, have no money left, or whose addresses fail.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/port.h"
#include "gateway/presence.h"
#include "gateway/secret.h"
#include "gateway/start.h"
#include "store/fanout.h"
#include "tests/tap.h"
#include "tests/unit/hops.h"

/* ---- the chapters */

static void
test_plain(void)
{
	struct person p = { "plain", { "plain-im", "plain-sms", NULL }, { 0 }, { 0 }, { 0 }, 0 };

	ok(add(&p), "somebody with two addresses and no wishes");
	say(0, "one for all");
	tell(p.id, "one for you");
	ok(wait_for("plain-im", "one for all") && wait_for("plain-im", "one for you") &&
		came("plain-sms", "one") == 0,
	    "gets all by the first");
}

static void
test_classes(void)
{
	struct person p = { "split", { "split-im", "split-sms", NULL }, { 0, RUNG_ADDRESSED },
		{ 0 }, { 1, 0, 2 }, 0 };

	ok(add(&p), "somebody who wants mentions by text, and the rest by chat");
	say(0, "not for you");
	say(p.id, "named you");
	tell(p.id, "told you");
	ok(wait_for("split-sms", "named you") && wait_for("split-sms", "told you") &&
		wait_for("split-im", "not for you"),
	    "each goes its way");
	ok(came("split-im", "you") == 1 && came("split-sms", "you") == 2, "and no other");
}

static void
test_unwanted(void)
{
	struct person p = { "only", { NULL, "only-sms", NULL }, { 0, RUNG_ADDRESSED }, { 0 }, { 0 },
		0 };

	ok(add(&p), "somebody who wants mentions and nothing else");
	say(0, "of no interest");
	say(p.id, "of interest");
	ok(wait_for("only-sms", "of interest") && came("only-sms", "no interest") == 0,
	    "gets those");
	ok(all_said("of interest") && !is_behind(p.id), "and is not behind");
}

static void
test_there(void)
{
	struct person p = { "seen", { "seen-im", NULL, "seen-mail" },
		{ RUNG_PRESENT | RUNG_FREE, 0, 0 }, { 0 }, { 0 }, 0 };

	ok(add(&p), "somebody who wants chat when there, and else mail");
	say(0, "nobody home");
	ok(wait_for("seen-mail", "nobody home"), "who is not there gets mail");
	put_file("there", "seen-im\n");
	for (int i = 0;
	     presence_get(core_chan(house.core, "im"), "seen-im") != PRESENCE_THERE && i < 6000;
	     i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	say(0, "somebody home");
	ok(wait_for("seen-im", "somebody home"), "who comes gets chat");
	put_file("there", "");
	for (int i = 0;
	     presence_get(core_chan(house.core, "im"), "seen-im") == PRESENCE_THERE && i < 6000;
	     i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	say(0, "gone again");
	ok(wait_for("seen-mail", "gone again") && came("seen-im", "home") == 1 &&
		came("seen-mail", "home") == 1,
	    "who goes gets mail, and nothing twice");
}

static void
test_held(void)
{
	struct person p = { "online", { "online-im", "online-sms", NULL },
		{ RUNG_PRESENT, RUNG_DIRECT, 0 }, { 0 }, { 0 }, 0 };

	ok(add(&p), "somebody who wants chat when there, and direct messages by text");
	for (int i = 0; i < 6; i++)
		say(0, i == 5 ? "while away, six" : "while away");
	ok(all_said("while away, six"), "much is said while they are away");
	tell(p.id, "urgent");
	ok(wait_for("online-sms", "urgent"), "a direct message does not wait for what is held");
	say(p.id, "naming them");
	ok(came("online-im", "") == 0, "the rest is");
	put_file("there", "online-im\n");
	ok(wait_for("online-im", "6 new while you were away: alice 6") &&
		wait_for("online-im", "naming them"),
	    "who comes back gets a sum, and what named them in full");
	say(0, "back again");
	ok(wait_for("online-im", "back again") && came("online-im", "while away") == 0 &&
		came("online-im", "urgent") == 0 && came("online-sms", "") == 1,
	    "then all as it comes, and nothing twice");
	put_file("there", "");
}

static int64_t sleeper, sleeps_until;

static int
run_sleep(struct tx *tx, void *arg)
{
	struct user u;

	(void)arg;
	if (!user_by_id(tx, sleeper, &u))
		return STORE_FAILED;
	u.quiet_until = sleeps_until;
	return user_update(tx, &u);
}

static void
test_quiet(void)
{
	struct person p = { "sleepy", { "sleepy-im", NULL, NULL }, { 0 }, { 0 }, { 0 }, 0 };

	ok(add(&p), "somebody who sleeps");
	sleeper = p.id;
	sleeps_until = clock_wall() + 3;
	core_write(house.core, run_sleep, NULL);
	say(0, "first in the night");
	say(0, "second in the night");
	say(0, "third in the night");
	say(0, "fourth in the night");
	tell(p.id, "a word in the night");
	ok(all_said("fourth in the night") && came("sleepy-im", "night") == 0, "gets nothing");
	ok(wait_for("sleepy-im", "4 new while you were away") &&
		wait_for("sleepy-im", "a word in the night"),
	    "and in the morning a sum, and what was for them alone");
	ok(clock_wall() >= sleeps_until && came("sleepy-im", "in the night") == 1,
	    "not before, and no more");
	sleeps_until = clock_wall() + 2;
	core_write(house.core, run_sleep, NULL);
	say(0, "a nap");
	ok(all_said("a nap") && wait_for("sleepy-im", "a nap"), "one thing comes itself");
}

static void
test_enough(void)
{
	struct person p = { "capped", { NULL, "capped-sms", "capped-mail" }, { 0 }, { 0, 2, 0 },
		{ 0 }, 0 };

	ok(add(&p), "somebody who wants two texts a day, and the rest by mail");
	say(0, "count 1");
	say(0, "count 2");
	say(0, "count 3");
	say(p.id, "count 4");
	ok(wait_for("capped-mail", "count 3") && wait_for("capped-mail", "count 4") &&
		came("capped-sms", "count") == 2 && came("capped-mail", "count") == 2,
	    "gets just that");
}

static void
test_money(void)
{
	struct person p = { "spender", { NULL, "+1555", "spender-mail" }, { 0 }, { 0 }, { 0 }, 0 };

	ok(add(&p), "somebody with money for two texts");
	for (int i = 0; i < 5; i++)
		say(0, i == 4 ? "dear five" : "dear");
	ok(wait_for("spender-mail", "dear five"),
	    "when it is spent, the next address has its turn");
	ok(came("+1555", "dear") == 2 && came("spender-mail", "dear") == 3, "to the last text");
	ok(wait_for("spender-mail", "money for sms is spent"), "and they are told");
	say(0, "dear six");
	ok(wait_for("spender-mail", "dear six") && came("spender-mail", "money") == 1, "once");
}

static void
test_refused(void)
{
	struct person p = { "unlucky", { "never-unlucky", NULL, "unlucky-mail" }, { 0 }, { 0 },
		{ 0 }, 0 };
	struct person q = { "doomed", { "never-doomed", NULL, "never-doomed" }, { 0 }, { 0 }, { 0 },
		0 };

	ok(add(&p) && add(&q),
	    "somebody whose first address refuses all, and somebody whose two do");
	say(0, "try one");
	tell(p.id, "try two");
	ok(wait_for("unlucky-mail", "try one") && wait_for("unlucky-mail", "try two"),
	    "the next has it at once");
	say(0, "try three");
	say(0, "try four");
	ok(wait_for("unlucky-mail", "try three") && wait_for("unlucky-mail", "try four"),
	    "when the first has failed for good, too");
}

static void
test_falls(void)
{
	struct person p = { "slow", { "later-slow", NULL, "slow-mail" }, { 0 }, { 0 }, { 0 }, 0 };
	int64_t began;

	ok(add(&p), "somebody whose first address does not answer");
	began = clock_ms();
	say(0, "patience one");
	say(0, "patience two");
	ok(wait_for("slow-mail", "patience one") && wait_for("slow-mail", "patience two"),
	    "the next has it");
	ok(clock_ms() - began >= 1000 && came("slow-mail", "patience") == 2,
	    "after a time, and once");
}

static void
test_report(void)
{
	struct person p = { "reported", { NULL, "+49170", "reported-mail" }, { 0 }, { 0 }, { 0 },
		0 };
	static struct came all[LINES_MAX];

	ok(add(&p), "somebody whose texts are reported later");
	say(0, "lost on the way");
	ok(wait_for("+49170", "lost on the way"), "a text goes out");
	ok(read_all("+49170", all) == 1, "one");
	put_file("report-sms", all[0].key);
	ok(wait_for("reported-mail", "lost on the way"),
	    "reported as failed, it comes by the next");
}

int
main(int argc, char **argv)
{
	if (house_is_channel(argc, argv))
		return port_main(CHILD_FD, kinds, NULL);
	open_town();
	ok(house_start(&house), "a core starts");
	ok(core_write(house.core, make_author, NULL) == 0 && add(&witness), "and there are people");
	test_plain();
	test_classes();
	test_unwanted();
	test_there();
	test_held();
	test_quiet();
	test_enough();
	test_money();
	test_refused();
	test_falls();
	test_report();
	ok(twice() == 1, "nothing came twice, by whatever way, but what was lost");
	house_end(&house);
	return tap_done();
}
