/* What is done against harm: reports, people who are silenced, limits, and who the service speaks of to whom. */
#include <inttypes.h>

#include "base/clock.h"
#include "store/report.h"
#include "tests/unit/town.h"

#define ALICE "+4915000000001"
#define BOB "bob@example.org"
#define CAROL "carol@example.org"

static int64_t alice, bob, carol;

/* ---- what the store knows */

struct seen {
	int n;
	struct report last;
	char text[200];
};

static bool
see(void *cookie, const struct report *r)
{
	struct seen *s = cookie;

	s->n++;
	s->last = *r;
	snprintf(s->text, sizeof(s->text), "%s", r->text);
	return true;
}

static struct seen
reports(void)
{
	struct seen s = { 0 };
	struct tx *tx = store_read(town_store);

	report_each(tx, 0, see, &s);
	store_read_end(tx);
	return s;
}

static int
close_run(struct tx *tx, void *arg)
{
	return report_close(tx, *(int64_t *)arg, town_now);
}

struct flag {
	int64_t user;
	bool silenced, suspended;
};

static int
flag_run(struct tx *tx, void *arg)
{
	const struct flag *f = arg;
	struct user u;

	user_by_id(tx, f->user, &u);
	u.silenced = f->silenced;
	u.suspended = f->suspended;
	return user_update(tx, &u);
}

static void
silence(int64_t user, bool on)
{
	struct flag f = { .user = user, .silenced = on };

	store_write(town_store, flag_run, &f);
}

struct pair {
	int64_t a, b;
	bool on;
};

static int
mute_run(struct tx *tx, void *arg)
{
	const struct pair *p = arg;

	return mute_set(tx, p->a, p->b, p->on ? INT64_MAX : 0);
}

static void
mute(int64_t a, int64_t b, bool on)
{
	struct pair p = { a, b, on };

	store_write(town_store, mute_run, &p);
}

static int
remove_run(struct tx *tx, void *arg)
{
	return user_remove(tx, *(int64_t *)arg);
}

/* ---- */

static void
reporting(void)
{
	struct seen s;
	int64_t pos, none = 99;

	town_say(JABBER, BOB, "buy my pills");
	pos = town_said.pos;
	town_delivered(alice, pos);
	ok(town_has(town_say(PHONE, ALICE, "report bob he sells things"),
	       "the operator will look at bob"),
	    "who does harm is reported");
	s = reports();
	ok(s.n == 1 && s.last.about == bob && s.last.reporter == alice &&
		strcmp(s.text, "he sells things") == 0,
	    "with why");
	ok(s.last.pos == pos, "and what the reporter had seen of them");
	ok(!*town_heard(JABBER), "who is not told");
	town_say(PHONE, ALICE, "report @bob again and again");
	s = reports();
	ok(s.n == 1 && strcmp(s.text, "again and again") == 0, "one report of each about each");
	town_say(MAIL, CAROL, "report bob");
	ok(reports().n == 2, "others tell for themselves");
	ok(store_write(town_store, close_run, &s.last.id) == STORE_OK && reports().n == 1,
	    "what was seen to is closed");
	ok(store_write(town_store, close_run, &none) == STORE_FAILED, "what is not there is not");
	town_say(PHONE, ALICE, "report cards are out");
	ok(town_said.pos != 0, "a sentence that begins so is said");
	ok(town_has(town_say(PHONE, ALICE, "report @cards now"), "Nobody is called cards"),
	    "a name that nobody has is not");
	ok(town_has(town_say(PHONE, ALICE, "report alice"), "That is you"), "nor oneself reported");
	for (int i = 0; i < 8; i++)
		town_say(PHONE, ALICE, "report bob");
	ok(town_has(town_say(PHONE, ALICE, "report bob"), "one day: 10 at most"), "ten a day");
	town_now += 86400;
}

static void
silencing(void)
{
	int64_t pos;

	silence(bob, true);
	town_say(JABBER, BOB, "@carol hello there");
	pos = town_said.pos;
	ok(town_owed("alice", pos), "who is silenced is heard by who follows");
	ok(!town_owed("carol", pos), "and by nobody who is only named");
	ok(town_has(town_say(MAIL, CAROL, "get bob"), "nothing"), "nor by who asks");
	ok(town_has(town_say(PHONE, ALICE, "get bob"), "hello there"), "unless they follow");
	ok(town_has(town_say(JABBER, BOB, "d carol psst"), "cannot be reached") && !town_said.pos,
	    "they cannot write to strangers");
	town_say(JABBER, BOB, "d alice psst");
	ok(town_said.pos && town_owed("alice", town_said.pos), "but to who follows");
	town_say(MAIL, CAROL, "protect");
	town_say(JABBER, BOB, "follow carol");
	ok(!*town_heard(MAIL) && town_follows("bob", "carol", NULL) == FOLLOW_REQUESTED,
	    "they may ask to follow, and nobody is told");
	town_say(MAIL, CAROL, "unprotect");
	town_delivered(alice, pos);
	ok(town_has(town_say(PHONE, ALICE, "rt bob"), "not for others"),
	    "nothing of theirs is passed on");
	silence(bob, false);
	ok(town_has(town_say(MAIL, CAROL, "get bob"), "hello there"), "it ends");
	town_say(JABBER, BOB, "leave carol");
}

static void
notices(void)
{
	int64_t pos;

	town_say(MAIL, CAROL, "a line to keep");
	town_heard(MAIL);
	town_say(JABBER, BOB, "fav carol");
	ok(town_has(town_heard(MAIL), "bob keeps"), "carol hears who likes what she says");
	town_say(MAIL, CAROL, "another line");
	mute(carol, bob, true);
	town_say(JABBER, BOB, "fav carol");
	ok(!*town_heard(MAIL), "not of whom she has muted");
	town_say(JABBER, BOB, "rt carol");
	ok(!*town_heard(MAIL), "whatever they do");
	town_say(JABBER, BOB, "@carol listen");
	pos = town_said.pos;
	mute(carol, bob, false);
	ok(town_owed("carol", pos), "what is said meanwhile is not forgotten");
	town_say(MAIL, CAROL, "block bob");
	ok(town_has(town_say(JABBER, BOB, "fav carol"), "nothing of carol"),
	    "behind a block there is nothing to like");
	town_say(MAIL, CAROL, "unblock bob");
}

static void
limits(void)
{
	int posted = 0, answered = 0;

	/* they came this very moment, as the clock of the store has it */
	town_now = clock_wall();
	town_now += 3600 - town_now % 3600;
	town_say(JABBER, "dan@example.org", "join dan");
	for (int i = 0; i < 70; i++) {
		answered += *town_say(JABBER, "dan@example.org", "one more") != '\0';
		posted += town_said.pos != 0;
	}
	ok(posted == 62 && answered == 1, "who is new may say less, and is told once");
	town_now += 1800;
	ok(town_has(town_web(town_id("dan"), "one more"),
	       "62 at most. Nothing was sent. Try again in 30 minutes"),
	    "on a page each time, with how much, and when again");
	posted = 0;
	for (int i = 0; i < 30; i++) {
		town_say(JABBER, "dan@example.org", "d carol hi");
		posted += town_said.pos != 0;
	}
	ok(posted == 25, "direct messages, too");
	town_now += 3600;
	posted = 0;
	for (int i = 0; i < 30; i++) {
		town_say(JABBER, "dan@example.org", "@carol @bob hi");
		posted += town_said.pos != 0;
	}
	ok(posted == 25, "and what names others");
	for (int i = 0; i < 51; i++) {
		town_say(JABBER, "dan@example.org", i % 2 ? "follow carol" : "leave carol");
		town_say(JABBER, "dan@example.org", "follow bob");
	}
	ok(town_has(town_web(town_id("dan"), "follow bob"), "50 at most"), "and follows");
	town_now += 86400;
	posted = 0;
	for (int i = 0; i < 70; i++) {
		town_say(JABBER, "dan@example.org", "one more");
		posted += town_said.pos != 0;
	}
	ok(posted == 70, "a day later it is like for others");
}

static void
answers(void)
{
	int n = 0;

	town_now += 86400;
	for (int i = 0; i < 60; i++)
		n += *town_say(MAIL, CAROL, "stats") != '\0';
	ok(n == 60, "sixty answers an hour");
	ok(town_has(town_say(MAIL, CAROL, "stats"), "no more until the next"), "one more says so");
	ok(!*town_say(MAIL, CAROL, "stats"), "and then there are none");
	town_say(MAIL, CAROL, "still here");
	ok(town_said.pos != 0, "what is said is said all the same");
}

static void
sign_ups(void)
{
	char peer[64], text[32];
	int n = 0;

	town_now += 86400;
	for (int i = 0; i < 101; i++) {
		snprintf(peer, sizeof(peer), "r%d@robots.example", i);
		snprintf(text, sizeof(text), "join r%d", i);
		n += town_has(town_say(MAIL, peer, text), i < 100 ? "Welcome" : "Too many people");
	}
	ok(n == 101, "one host does not sign up without end");
	ok(town_has(town_say(MAIL, "eve@mail.example", "join eve"), "Welcome"),
	    "another still does");
}

static void
erasing(void)
{
	int64_t again;

	town_now += 86400;
	town_say(PHONE, ALICE, "follow carol");
	town_say(JABBER, BOB, "words of mine");
	town_say(MAIL, CAROL, "rt bob");
	again = town_said.pos;
	ok(!town_owed("alice", again) &&
		town_has(town_say(MAIL, CAROL, "trace"), "nobody had it to get"),
	    "who has it from its author does not get the repeat, nor stand in its trace");
	ok(again && town_has(town_status(again).text, "words of mine"), "words are passed on");
	ok(store_write(town_store, remove_run, &bob) == STORE_OK && !*town_status(again).text &&
		town_status(again).deleted != 0,
	    "who is erased is erased there, too");
	ok(reports().n == 0, "and of what was reported");
}

int
main(void)
{
	town_open();
	town_say(PHONE, ALICE, "join alice");
	town_say(JABBER, BOB, "join bob");
	town_say(MAIL, CAROL, "join carol");
	alice = town_id("alice");
	bob = town_id("bob");
	carol = town_id("carol");
	town_say(PHONE, ALICE, "follow bob");
	town_heard(JABBER);
	reporting();
	silencing();
	notices();
	limits();
	answers();
	sign_ups();
	erasing();
	town_close();
	return tap_done();
}
