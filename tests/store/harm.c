/* Who is kept from whom: reports, mutes, how old a follow is, and repeats of what somebody has already. */
#include <stdlib.h>
#include <string.h>

#include "store/favourite.h"
#include "store/report.h"
#include "tests/store/suite.h"

static int64_t alice, bob, carol;
static int chans[2];

static void
town(struct tx *tx)
{
	make_channels(tx, chans);
	alice = make_reader(tx, "alice", "xmpp", chans[0]);
	bob = make_reader(tx, "bob", "sms", chans[1]);
	carol = make_reader(tx, "carol", "xmpp", chans[0]);
}

struct seen {
	int n;
	int64_t id, pos;
	char text[32];
};

static bool
see(void *cookie, const struct report *r)
{
	struct seen *s = cookie;

	s->n++;
	s->id = r->id;
	s->pos = r->pos;
	strncpy(s->text, r->text, sizeof(s->text) - 1);
	return true;
}

static int
reports_run(struct tx *tx, void *arg)
{
	struct report r = { .about = bob, .at = 1000, .text = "noise" };
	struct seen s = { 0 };
	int64_t oldest;

	(void)arg;
	town(tx);
	r.reporter = alice;
	r.about = bob;
	ok(report_count(tx, &oldest) == 0 && oldest == 0, "nobody reports anybody");
	ok(report_put(tx, &r) == STORE_OK, "somebody does");
	r.text = "more noise";
	r.at = 1005;
	r.pos = 7;
	ok(report_put(tx, &r) == 1, "again, which changes that");
	report_each(tx, 0, see, &s);
	ok(s.n == 1 && s.id == r.id && s.pos == 7 && strcmp(s.text, "more noise") == 0,
	    "the last of it counts");
	r.reporter = carol;
	r.at = 1010;
	ok(report_put(tx, &r) == STORE_OK && report_count(tx, &oldest) == 2 && oldest == 1005,
	    "another's is another");
	s = (struct seen){ 0 };
	report_each(tx, s.id, see, &s);
	ok(report_close(tx, s.id, 2000) == STORE_OK && report_close(tx, s.id, 2000) == STORE_FAILED,
	    "it is closed once");
	ok(report_put(tx, &r) == STORE_OK && r.id != s.id, "what comes then is new");
	store_trim(tx, 2000 + 40 * 86400, 100);
	ok(report_count(tx, &oldest) == 2, "what is open is not forgotten");
	ok(user_remove(tx, alice) == STORE_OK && report_count(tx, &oldest) == 1,
	    "what somebody told goes with them");
	ok(user_remove(tx, bob) == STORE_OK && report_count(tx, &oldest) == 0,
	    "and what was told of them");
	return STORE_OK;
}

static bool
is_bob(void *cookie, const struct user *u, int64_t until)
{
	*(int64_t *)cookie = u->id == bob ? until : -1;
	return true;
}

static int
mutes_run(struct tx *tx, void *arg)
{
	int64_t seen = 0;

	(void)arg;
	town(tx);
	mute_set(tx, alice, bob, 500);
	ok(mute_until(tx, alice, bob, 499) == 500 && mute_until(tx, bob, alice, 499) == 0,
	    "a mute has a direction");
	ok(mute_until(tx, alice, bob, 500) == 0, "and an end");
	mute_set(tx, alice, bob, 900);
	mute_each(tx, alice, 500, "", 9, is_bob, &seen);
	ok(seen == 900, "who has muted whom is listed, with its end");
	seen = 0;
	mute_each(tx, alice, 900, "", 9, is_bob, &seen);
	mute_each(tx, alice, 500, "bob", 9, is_bob, &seen);
	mute_each(tx, bob, 500, "", 9, is_bob, &seen);
	ok(seen == 0, "not when it is over, nor to whom it is done");
	ok(mute_until(tx, alice, bob, 500) == 900, "which may be another");
	ok(roster_get(tx, suite_roster(), alice, chans[0])->careful &&
		!roster_get(tx, suite_roster(), carol, chans[0])->careful,
	    "the roster knows who has muted somebody");
	store_trim(tx, 1000, 100);
	mute_set(tx, carol, bob, 900);
	mute_set(tx, carol, bob, 0);
	ok(mute_until(tx, alice, bob, 0) == 0 && mute_until(tx, carol, bob, 0) == 0,
	    "what is over is forgotten");
	return STORE_OK;
}

static int64_t
say_again(struct tx *tx, int64_t who, int64_t first)
{
	struct status_new s = { .author = who, .text = "RT", .at = 2000, .repeats = first };
	int64_t pos;

	must(status_add(tx, &s, &pos) == STORE_OK);
	return pos;
}

static int
repeats_run(struct tx *tx, void *arg)
{
	int64_t before, after, rt1, rt2, rt3;
	struct follow f;
	struct lane lane;

	(void)arg;
	town(tx);
	before = make_status(tx, bob, "before", 0);
	make_follow(tx, alice, bob);
	make_follow(tx, alice, carol);
	make_follow(tx, bob, carol);
	ok(follow_find(tx, alice, bob, &f) && f.state == FOLLOW_ACTIVE && f.wants == WANTS_ALL &&
		f.from == before + 1,
	    "a follow brings what is said after it");
	ok(!follow_find(tx, carol, bob, &f), "or there is none");
	after = make_status(tx, bob, "after", 0);
	rt1 = say_again(tx, carol, before);
	rt2 = say_again(tx, carol, after);
	ok(owed(tx, alice, after + 1) == rt1,
	    "what was said before one followed comes as a repeat");
	ok(owed(tx, alice, rt2) == 0, "what one has does not");
	ok(owed(tx, bob, rt1) == 0, "nor what one said");
	rt3 = say_again(tx, carol, make_status(tx, carol, "mine", 0));
	ok(owed(tx, bob, rt3) == 0, "nor what somebody says twice");
	lane = (struct lane){ chans[0], (int)(alice % SHARDS), log_head(tx), INT64_MAX };
	must(lane_move(tx, &lane) == STORE_OK && user_rehome(tx, alice, chans[1]) == STORE_OK);
	ok(follow_find(tx, alice, bob, &f) && f.from == 0,
	    "after a change of channel nobody knows how old it is");
	ok(user_remove(tx, bob) == STORE_OK, "who said it goes");
	ok(repeat_of(tx, carol, before) == 0 && repeat_of(tx, carol, after) == 0,
	    "and the words with them");
	return STORE_OK;
}

struct big {
	int n, big;
};

static void
count_big(void *cookie, const struct status *s, bool big)
{
	struct big *b = cookie;

	(void)s;
	b->n++;
	b->big += big;
}

static int
big_run(struct tx *tx, void *arg)
{
	struct big b = { 0 };
	int64_t pos[2];

	(void)arg;
	town(tx);
	pos[0] = make_status(tx, bob, "small", 0);
	pos[1] = say_again(tx, carol, pos[0]);
	status_some(tx, pos, 2, count_big, &b);
	ok(b.n == 2 && b.big == 0, "a repeat is not taken for a great one");
	return STORE_OK;
}

static void
reports(struct room *room)
{
	suite_do(room, reports_run, NULL);
}

static void
mutes(struct room *room)
{
	suite_do(room, mutes_run, NULL);
}

static void
repeats(struct room *room)
{
	suite_do(room, repeats_run, NULL);
}

static void
great(struct room *room)
{
	suite_do(room, big_run, NULL);
}

int
main(void)
{
	suite_run(reports);
	suite_run(mutes);
	suite_run(repeats);
	suite_run(great);
	return tap_done();
}
