/* What people wish: cursors of the one behind row, mutes, what texts cost, who must be asked for each thing. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "store/spend.h"
#include "tests/store/suite.h"

#define DAY 86400

static int chans[2];
static int64_t alice, bob, carol;

static int64_t
next_of(struct tx *tx, enum owed_class class, int64_t from)
{
	struct status s;

	if (!owed_of_class(tx, bob, class, from, &s))
		return 0;
	free((char *)s.text);
	return s.pos;
}

static int64_t
make_mention(struct tx *tx, int64_t author, int64_t of)
{
	struct status_new s = {
		.author = author, .text = "@bob", .at = 2000, .addressed = { of }, .addressed_n = 1
	};
	int64_t pos;

	must(status_add(tx, &s, &pos) == STORE_OK);
	return pos;
}

static int
make_people(struct tx *tx, void *arg)
{
	(void)arg;
	make_channels(tx, chans);
	alice = make_user(tx, "alice");
	carol = make_user(tx, "carol");
	bob = make_reader(tx, "bob", "xmpp", chans[0]);
	make_follow(tx, bob, alice);
	return STORE_OK;
}

static int
classes(struct tx *tx, void *arg)
{
	int64_t one, direct, mention, other, last, all;
	struct owed_sum sums[4];
	struct status s;

	(void)arg;
	one = make_status(tx, alice, "one", 0);
	direct = make_status(tx, carol, "to bob", bob);
	mention = make_mention(tx, alice, bob);
	other = make_mention(tx, carol, bob);
	last = make_status(tx, alice, "last", 0);
	ok(next_of(tx, OWED_STATUS, 1) == one && next_of(tx, OWED_STATUS, one + 1) == last,
	    "statuses of those followed are one sort");
	ok(next_of(tx, OWED_ADDRESSED, 1) == mention &&
		next_of(tx, OWED_ADDRESSED, mention + 1) == other,
	    "what names them another, whether they follow or not");
	ok(next_of(tx, OWED_DIRECT, 1) == direct && next_of(tx, OWED_DIRECT, direct + 1) == 0,
	    "and direct messages the third");
	ok(owed(tx, bob, 1) == one && owed(tx, bob, one + 1) == direct, "together they are all");
	ok(status_get(tx, mention, &s) && owed_class(tx, bob, &s) == OWED_ADDRESSED &&
		owed_class(tx, carol, &s) == OWED_STATUS,
	    "it depends on whom one asks for");
	free((char *)s.text);
	ok(owed_sums(tx, bob, 1, last, sums, 4, &all) == 1 && all == 2 && sums[0].n == 2 &&
		strcmp(sums[0].author, "alice") == 0,
	    "a sum has the statuses alone, by author");
	ok(owed_sums(tx, bob, one + 1, last - 1, sums, 4, &all) == 0 && all == 0,
	    "and from where to where");
	return STORE_OK;
}

static int
mutes(struct tx *tx, void *arg)
{
	int64_t now = clock_wall(), one, direct, mention, all;
	struct owed_sum sums[4];
	const struct member *m;

	(void)arg;
	m = roster_get(tx, suite_roster(), bob, chans[0]);
	ok(m != NULL && !m->careful, "who has no wishes needs no asking");
	one = make_status(tx, alice, "one", 0);
	mention = make_mention(tx, alice, bob);
	direct = make_status(tx, alice, "to bob", bob);
	ok(mute_set(tx, bob, alice, now + 100) == STORE_OK, "somebody is muted");
	ok(mute_until(tx, bob, alice, now) == now + 100 &&
		mute_until(tx, bob, alice, now + 100) == 0 && mute_until(tx, alice, bob, now) == 0,
	    "for a time, by one");
	ok(owed(tx, bob, 1) == 0 && next_of(tx, OWED_STATUS, 1) == 0 &&
		next_of(tx, OWED_ADDRESSED, 1) == 0 && next_of(tx, OWED_DIRECT, 1) == 0 &&
		owed_sums(tx, bob, 1, direct, sums, 4, &all) == 0,
	    "nothing that they say is owed, be it to one alone");
	m = roster_get(tx, suite_roster(), bob, chans[0]);
	ok(m != NULL && m->careful, "and lanes ask");
	ok(mute_set(tx, bob, alice, 0) == STORE_OK && owed(tx, bob, 1) == one &&
		next_of(tx, OWED_ADDRESSED, 1) == mention,
	    "until that is undone");
	mute_set(tx, bob, alice, now - 10);
	ok(owed(tx, bob, 1) == one, "or over");
	ok(store_trim(tx, now, 100) > 0 && mute_until(tx, bob, alice, 0) == 0,
	    "then it is forgotten");
	return STORE_OK;
}

static int
money(struct tx *tx, void *arg)
{
	int64_t now = 1795733999, day; /* 2026-11-26 23:59:59 in Berlin */
	const struct zone *z = zone_get("Europe/Berlin");
	struct user u;

	(void)arg;
	day = zone_day(z, now);
	user_by_id(tx, bob, &u);
	snprintf(u.zone, sizeof(u.zone), "Europe/Berlin");
	user_update(tx, &u);
	ok(spend_add(tx, bob, chans[1], 75, now) == STORE_OK &&
		spend_add(tx, bob, chans[1], 75, now) == STORE_OK &&
		spend_add(tx, bob, chans[1], 0, now + 1) == STORE_OK,
	    "three texts, one of them free");
	ok(spend_count(tx, bob, chans[1], day) == 2 &&
		spend_count(tx, bob, chans[1], day + 1) == 1 &&
		spend_count(tx, bob, chans[0], day) == 0,
	    "are counted on the days where they live");
	ok(spend_sum(tx, bob, chans[1], zone_month(day, 0), zone_month(day, 1)) == 150 &&
		spend_sum(tx, bob, 0, day, day + 1) == 150 &&
		spend_sum(tx, bob, 0, day + 1, day + 9) == 0,
	    "and add up");
	spend_add(tx, 0, chans[1], 10, now);
	ok(spend_sum(tx, 0, chans[1], now / DAY, now / DAY + 1) == 160, "as do those of all");
	store_trim(tx, now + 500 * DAY, 100);
	ok(spend_sum(tx, 0, 0, 0, day + 9) == 0 && spend_sum(tx, bob, 0, 0, day + 9) == 0,
	    "after a year and some they are forgotten");
	zone_put(z);
	return STORE_OK;
}

static int
rows(struct tx *tx, void *arg)
{
	int64_t one = make_status(tx, alice, "one", 0),
		direct = make_status(tx, carol, "to bob", bob);
	struct behind b = { .follower = bob,
		.chan = chans[0],
		.next = one,
		.reason = BEHIND_HELD,
		.next_at = 9000,
		.first_at = 1 },
		      got;

	(void)arg;
	must(behind_get(tx, bob, &got));
	b.version = got.version;
	b.done[OWED_DIRECT] = direct + 1;
	b.fell = chans[1];
	b.fell_at = 77;
	b.tried = 66;
	ok(behind_put(tx, &b) == STORE_OK && behind_get(tx, bob, &got) && got.next == one &&
		got.done[OWED_DIRECT] == direct + 1 && got.done[OWED_STATUS] == 0 &&
		got.fell == chans[1] && got.fell_at == 77 && got.tried == 66,
	    "a row has a cursor for each sort");
	ok(behind_owes(&got, OWED_STATUS, direct) && !behind_owes(&got, OWED_DIRECT, direct) &&
		behind_owes(&got, OWED_DIRECT, direct + 1),
	    "and owes what is behind that");
	ok(reached_last(tx, bob, carol, 0) == 0, "what is beyond the lane is not there yet");
	make_status(tx, carol, "another", bob);
	ok(behind_get(tx, bob, &got) && got.reason == BEHIND_HELD && got.next_at < 9000 &&
		got.done[OWED_DIRECT] == direct + 1,
	    "when something else is owed, what was held is looked at again");
	b.next_at = 9999;
	behind_put(tx, &b);
	ok(behind_get(tx, bob, &got) && got.next_at == 0,
	    "even if that is written by who does not know");
	b.version = got.version;
	behind_put(tx, &b);
	ok(behind_get(tx, bob, &got) && got.next_at == 9999, "and not by who does");
	ok(behind_loosen(tx, bob, 500) == STORE_OK && behind_get(tx, bob, &got) &&
		got.next_at == 500,
	    "they come back: it is due");
	user_rehome(tx, bob, chans[1]);
	ok(behind_get(tx, bob, &got) && got.reason == BEHIND_HELD && got.chan == chans[1] &&
		got.done[OWED_DIRECT] == direct + 1,
	    "a change of rung leaves it held");
	b.next = one - 1;
	b.version = 0;
	behind_put(tx, &b);
	ok(behind_get(tx, bob, &got) && got.next == one - 1 && got.done[OWED_DIRECT] == 0,
	    "what goes back owes all again");
	return STORE_OK;
}

static int
careful(struct tx *tx, void *arg)
{
	struct address a = { .user = bob, .kind = "sms", .peer = "+1", .state = ADDRESS_VERIFIED };
	const struct member *m;
	struct user u;

	(void)arg;
	a.chan = chans[1];
	must(address_add(tx, &a) == STORE_OK);
	m = roster_get(tx, suite_roster(), bob, chans[0]);
	ok(m != NULL && m->others && !m->careful, "another address is no wish");
	a.takes = RUNG_ADDRESSED;
	address_set_rung(tx, &a);
	m = roster_get(tx, suite_roster(), bob, chans[0]);
	ok(m != NULL && m->careful, "a condition is");
	a.takes = 0;
	a.daily = 3;
	address_set_rung(tx, &a);
	m = roster_get(tx, suite_roster(), bob, chans[0]);
	ok(m != NULL && m->careful, "a cap is");
	a.daily = 0;
	address_set_rung(tx, &a);
	user_by_id(tx, bob, &u);
	u.quiet_from = 60;
	user_update(tx, &u);
	m = roster_get(tx, suite_roster(), bob, chans[0]);
	ok(m != NULL && m->careful, "quiet hours are");
	ok(user_set_near(tx, bob, chans[1]) == STORE_OK && user_by_id(tx, bob, &u) &&
		u.near == chans[1] && u.quiet_from == 60,
	    "and what carries mentions is noted");
	return STORE_OK;
}

#define TEST(name)                                                                                 \
	static void test_##name(struct room *room)                                                 \
	{                                                                                          \
		suite_do(room, make_people, NULL);                                                 \
		suite_do(room, name, NULL);                                                        \
	}
TEST(classes)
TEST(mutes)
TEST(money)
TEST(rows)
TEST(careful)

int
main(void)
{
	suite_run(test_classes);
	suite_run(test_mutes);
	suite_run(test_money);
	suite_run(test_rows);
	suite_run(test_careful);
	return tap_done();
}
