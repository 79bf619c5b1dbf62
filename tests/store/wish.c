/* What people wish and keep: quiet hours, rungs, favourites, repeats, tracked words. */
#include <stdlib.h>
#include <string.h>

#include "store/favourite.h"
#include "store/pending.h"
#include "store/track.h"
#include "tests/store/suite.h"

static int64_t alice, bob;
static int chans[2];

static void
town(struct tx *tx)
{
	make_channels(tx, chans);
	alice = make_reader(tx, "alice", "xmpp", chans[0]);
	bob = make_reader(tx, "bob", "sms", chans[1]);
}

static int
wishes_run(struct tx *tx, void *arg)
{
	struct address a[4];
	struct user u;

	(void)arg;
	town(tx);
	user_by_id(tx, alice, &u);
	ok(u.quiet_from == 0 && u.quiet_to == 0 && u.quiet_until == 0 && u.wishes == 0 &&
		!u.silenced && u.budget == 0 && u.near == 0,
	    "nobody wishes anything by themselves");
	u.quiet_from = 22 * 60;
	u.quiet_to = 7 * 60;
	u.quiet_until = 123456789;
	u.wishes = WISH_WHOLE | WISH_NO_NUDGES;
	u.silenced = true;
	u.budget = 5000;
	user_update(tx, &u);
	memset(&u, 0, sizeof(u));
	user_by_id(tx, alice, &u);
	ok(u.quiet_from == 22 * 60 && u.quiet_to == 7 * 60 && u.quiet_until == 123456789 &&
		u.wishes == (WISH_WHOLE | WISH_NO_NUDGES) && u.silenced && u.budget == 5000,
	    "wishes are kept");
	address_list(tx, bob, a, 4);
	ok(a[0].takes == 0 && a[0].daily == 0 && a[0].heard == 0, "a rung takes everything");
	a[0].takes = RUNG_ADDRESSED | RUNG_FREE;
	a[0].daily = 3;
	address_set_rung(tx, &a[0]);
	address_heard(tx, &a[0], 86400 * 10 + 5);
	memset(a, 0, sizeof(a));
	address_list(tx, bob, a, 4);
	ok(a[0].takes == (RUNG_ADDRESSED | RUNG_FREE) && a[0].daily == 3, "or what it is told");
	ok(a[0].heard == 86400 * 10 + 5, "when something came from it is known");
	address_heard(tx, &a[0], 86400 * 10 + 500);
	address_list(tx, bob, a, 4);
	ok(a[0].heard == 86400 * 10 + 5, "to the day");
	return STORE_OK;
}

static bool
count_each(void *cookie, const struct status *s)
{
	(void)s;
	++*(int *)cookie;
	return true;
}

static int
favourites_run(struct tx *tx, void *arg)
{
	struct status_new again = { .text = "RT @alice: one", .at = 2000 };
	int64_t one, two, rt;
	struct user u;
	int n = 0;
	bool likes[4] = { false }, none[2] = { false };

	(void)arg;
	town(tx);
	one = make_status(tx, alice, "one", 0);
	two = make_status(tx, alice, "two", 0);
	ok(favourite_set(tx, bob, one, true, 1) == STORE_OK, "one is kept");
	ok(favourite_set(tx, bob, one, true, 2) == 1, "once");
	favourite_set(tx, bob, two, true, 2);
	status_favourites(tx, bob, 0, 10, count_each, &n);
	ok(n == 2 && favourite_count(tx, one) == 1, "and there are two");
	favourite_some(tx, bob, (int64_t[]){ two + 1000, two, one, two + 1001 }, 4, likes);
	ok(!likes[0] && likes[1] && likes[2] && !likes[3], "of some it is known which they are");
	favourite_some(tx, alice, (int64_t[]){ one, two }, 2, none);
	ok(!none[0] && !none[1], "whose they are, too");
	again.author = bob;
	again.repeats = one;
	status_add(tx, &again, &rt);
	ok(repeat_of(tx, bob, one) == rt && repeat_of(tx, alice, one) == 0, "a repeat is known");
	user_by_id(tx, bob, &u);
	ok(u.statuses == 1, "and is one of its author's");
	status_delete(tx, one, 3000);
	ok(repeat_of(tx, bob, one) == 0, "it goes with its first");
	user_by_id(tx, bob, &u);
	ok(u.statuses == 0, "and counts no more");
	n = 0;
	status_favourites(tx, bob, 0, 10, count_each, &n);
	ok(n == 1, "what is gone is nobody's favourite");
	ok(favourite_set(tx, bob, two, false, 3) == STORE_OK &&
		favourite_set(tx, bob, two, false, 3) == 1,
	    "what is let go of is let go");
	return STORE_OK;
}

struct found {
	int n;
	int64_t last;
};

static bool
found_each(void *cookie, int64_t user, const char *what)
{
	struct found *f = cookie;

	(void)what;
	f->n++;
	f->last = user;
	return true;
}

static int
track_words_run(struct tx *tx, void *arg)
{
	static const char *const words[] = { "open", "source" };
	struct found f = { 0 };
	struct status s;
	int64_t pos;

	(void)arg;
	town(tx);
	ok(!track_any(tx), "nobody tracks anything");
	track_set(tx, bob, "open", "open source", true);
	ok(track_any(tx), "somebody does");
	ok(track_set(tx, bob, "open", "open source", true) == 1, "once");
	track_set(tx, bob, "open", "open", true);
	track_find(tx, words, 2, found_each, &f);
	ok(f.n == 2 && f.last == bob && track_count(tx, bob) == 2, "both are found by the word");
	f.n = 0;
	track_find(tx, words + 1, 1, found_each, &f);
	ok(f.n == 0, "by the first one");
	pos = make_status(tx, alice, "open source", 0);
	status_get(tx, pos, &s);
	track_owe(tx, bob, &s);
	ok(owed(tx, bob, pos) == pos && behind_of(tx, bob) == pos, "it is owed");
	f.n = 0;
	status_addressed(tx, bob, 0, 10, count_each, &f.n);
	ok(f.n == 0, "and no answer to them");
	track_owe(tx, alice, &s);
	ok(behind_of(tx, alice) == 0, "nobody gets their own");
	free((char *)s.text);
	track_clear(tx, bob);
	ok(!track_any(tx), "it ends");
	return STORE_OK;
}

/* Is the text of that sort of ${peer} ${body} at ${now}?  It is taken. */
static bool
is_pending(struct tx *tx, const char *what, const char *peer, int64_t now, const char *body)
{
	char *text = NULL, *answers = NULL;
	bool good = pending_take(tx, what, "sms", peer, now, &text, &answers)
			? strcmp(text, body) == 0 && strcmp(answers, "s1.2") == 0
			: *body == '\0';

	free(text);
	free(answers);
	return good;
}

static int
pending_run(struct tx *tx, void *arg)
{
	(void)arg;
	pending_put(tx, "post", "sms", "+1", "first", "s1.2", 1600);
	pending_put(tx, "post", "sms", "+1", "second \u65e5\u672c", "s1.2", 1600);
	pending_put(tx, "more", "sms", "+1", "rest", "s1.2", 1600);
	ok(is_pending(tx, "post", "+2", 1000, ""), "nobody has what another said");
	ok(is_pending(tx, "post", "+1", 1000, "second \u65e5\u672c"), "the last that was held");
	ok(is_pending(tx, "post", "+1", 1000, ""), "is taken once");
	ok(is_pending(tx, "more", "+1", 1600, ""), "what is too old is not there");
	ok(store_trim(tx, 1601, 10) == 1, "and is cleared away");
	return STORE_OK;
}

static void
held(struct room *room)
{
	suite_do(room, pending_run, NULL);
}

static int
said_run(struct tx *tx, void *arg)
{
	int64_t first, at = 0;

	(void)arg;
	town(tx);
	first = make_status(tx, alice, "one", 0);
	make_status(tx, alice, "two", 0);
	ok(status_said_by(tx, 1000 + first) == first && status_said_by(tx, 10) == 0,
	    "what was said by then is found");
	ok(status_said_after(tx, first, 1000 + first, 5000, &at) == first + 1 && at == 1001 + first,
	    "and what was said since");
	ok(status_said_after(tx, first, 1000 + first, 1000 + first, &at) == 0,
	    "but nothing that is said to come from the future");
	return STORE_OK;
}

static void
said(struct room *room)
{
	suite_do(room, said_run, NULL);
}

static void
wishes(struct room *room)
{
	suite_do(room, wishes_run, NULL);
}

static void
favourites(struct room *room)
{
	suite_do(room, favourites_run, NULL);
}

static void
tracks(struct room *room)
{
	suite_do(room, track_words_run, NULL);
}

int
main(void)
{
	suite_run(wishes);
	suite_run(favourites);
	suite_run(tracks);
	suite_run(said);
	suite_run(held);
	return tap_done();
}
