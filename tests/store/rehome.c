#include <string.h>

#include "tests/store/suite.h"

static int jabber, phone;
static int64_t author, bob;

static bool
add_one(void *cookie, const struct edge *e)
{
	(void)e;
	++*(int *)cookie;
	return true;
}

/* How many lanes of ${chan} would bring ${pos} to ${user}. */
static int
carried(struct tx *tx, int chan, int64_t user, int64_t pos)
{
	struct edge_page page = { 0 };
	int64_t after = user - 1;
	int n = 0;

	edge_each(tx, suite_roster(), author, chan, (int)(user % SHARDS), pos, &after, 1, &page,
	    add_one, &n);
	return n;
}

static void
lane_to(struct tx *tx, int chan, int64_t pos, int64_t sub)
{
	struct lane l = { chan, (int)(bob % SHARDS), pos, sub };

	must(lane_move(tx, &l) == STORE_OK);
}

static int
begin(struct tx *tx, void *arg)
{
	int ids[2];

	(void)arg;
	make_channels(tx, ids);
	jabber = ids[0];
	phone = ids[1];
	author = make_user(tx, "author");
	bob = make_user(tx, "bob");
	make_follow(tx, bob, author);
	return STORE_OK;
}

/* Each case begins with bob at home on jabber, statuses 1 to 5, the lane there at 2; and is undone. */
static void
case_begin(struct tx *tx)
{
	must(user_rehome(tx, bob, jabber) == STORE_OK);
	for (int i = 0; i < 5; i++)
		make_status(tx, author, "x", 0);
	lane_to(tx, jabber, 2, INT64_MAX);
}

static int
from_none(struct tx *tx, void *arg)
{
	(void)arg;
	make_status(tx, author, "in the pause", 0);
	ok(user_rehome(tx, bob, jabber) == STORE_OK && behind_of(tx, bob) == 0, "a first home");
	make_status(tx, author, "after", 0);
	ok(carried(tx, jabber, bob, 1) == 0 && carried(tx, jabber, bob, 2) == 1 &&
		owed(tx, bob, 1) == 2,
	    "nothing of the pause is owed");
	ok(user_rehome(tx, 99, jabber) == STORE_FAILED, "nobody has no home");
	return STORE_FAILED;
}

static int
to_none(struct tx *tx, void *arg)
{
	struct user u;

	(void)arg;
	case_begin(tx);
	make_status(tx, author, "psst", bob);
	ok(behind_of(tx, bob) == 6, "a direct message waits");
	user_rehome(tx, bob, 0);
	ok(behind_of(tx, bob) == 0 && carried(tx, jabber, bob, 5) == 0 && user_by_id(tx, bob, &u) &&
		u.home == 0,
	    "without a home nothing is carried or waits");
	user_rehome(tx, bob, phone);
	make_status(tx, author, "x", 0);
	ok(carried(tx, phone, bob, 6) == 0 && carried(tx, phone, bob, 7) == 1, "it begins anew");
	return STORE_FAILED;
}

/* ---- without a home: what failed waits, what was switched off is explained */

struct dead_seen {
	int n;
	int64_t first, last;
};

static bool
see_dead(void *cookie, const struct dead *d)
{
	struct dead_seen *s = cookie;

	if (d->follower != bob)
		return true;
	s->n++;
	if (s->first == 0 || d->pos < s->first)
		s->first = d->pos;
	if (d->pos > s->last)
		s->last = d->pos;
	return strcmp(d->code, "switched off") == 0;
}

static void
give_address(struct tx *tx, enum address_state state)
{
	struct address a = {
		.user = bob, .kind = "xmpp", .peer = "bob@x", .chan = jabber, .state = state
	};

	must(address_add(tx, &a) == STORE_OK);
}

static bool
trace_bob(void *cookie, const struct trace *t)
{
	if (strcmp(t->follower, "bob") == 0)
		*(struct trace *)cookie = *t;
	return true;
}

static bool
is_traced(struct tx *tx, int64_t pos, int what)
{
	struct trace t = { .what = TRACE_SETTLED, .code = "not there" };

	trace_each(tx, pos, trace_bob, &t);
	return (int)t.what == what && strcmp(t.code, "not there") != 0;
}

static int
switched_off(struct tx *tx, void *arg)
{
	struct dead_seen s = { 0 };
	int64_t direct, pause;

	(void)arg;
	case_begin(tx);
	give_address(tx, ADDRESS_PAUSED);
	direct = make_status(tx, author, "psst", bob);
	user_rehome(tx, bob, 0);
	dead_each(tx, 0, see_dead, &s);
	ok(s.n == 4 && s.first == 3 && s.last == direct && behind_of(tx, bob) == 0,
	    "who switches off is owed nothing, and each thing that was says so");
	ok(is_traced(tx, 4, TRACE_DEAD) && is_traced(tx, direct, TRACE_DEAD), "as its trace does");
	make_status(tx, author, "in the pause", 0);
	pause = make_status(tx, author, "psst again", bob);
	ok(is_traced(tx, pause, TRACE_DEAD), "a private word in the pause is explained, too");
	user_rehome(tx, bob, jabber);
	ok(behind_of(tx, bob) == 0 && owed(tx, bob, 1) == 0, "back on, nothing of it comes");
	memset(&s, 0, sizeof(s));
	dead_each(tx, 0, see_dead, &s);
	ok(s.n == 5 && dead_retry(tx, 1, 9) == STORE_OK && behind_of(tx, bob) != 0,
	    "unless the operator tries it again");
	return STORE_FAILED;
}

static int
off_with_a_job(struct tx *tx, void *arg)
{
	struct status_new n = { .author = author, .text = "big", .big = 1 };
	struct dead_seen s = { 0 };
	int64_t pos;

	(void)arg;
	case_begin(tx);
	status_add(tx, &n, &pos);
	n.author = make_user(tx, "other");
	make_follow(tx, bob, n.author);
	make_status(tx, n.author, "brought by the lane", 0);
	lane_to(tx, jabber, log_head(tx), INT64_MAX);
	user_rehome(tx, bob, 0);
	dead_each(tx, 0, see_dead, &s);
	ok(s.n == 1 && s.first == pos, "what the lane has brought is not among it");
	return STORE_FAILED;
}

static int
failed(struct tx *tx, void *arg)
{
	struct dead_seen s = { 0 };
	struct behind b;
	int64_t direct;

	(void)arg;
	case_begin(tx);
	give_address(tx, ADDRESS_FAILING);
	user_rehome(tx, bob, 0);
	ok(behind_get(tx, bob, &b) && b.next == 3 && b.chan == 0,
	    "whose address fails is owed what was not settled");
	make_status(tx, author, "meanwhile", 0);
	direct = make_status(tx, author, "psst", bob);
	ok(user_rehome(tx, bob, 0) == STORE_OK && behind_of(tx, bob) == 3 &&
		is_traced(tx, 3, TRACE_BEHIND) && is_traced(tx, direct, TRACE_BEHIND),
	    "and what comes meanwhile; its trace says so");
	user_rehome(tx, bob, phone);
	ok(behind_get(tx, bob, &b) && b.next == 3 && b.chan == phone && owed(tx, bob, 3) == 3 &&
		owed(tx, bob, 6) == 6 && owed(tx, bob, 7) == direct,
	    "with a home again all of it comes");
	user_rehome(tx, bob, jabber);
	user_rehome(tx, bob, 0);
	address_set_state(tx, "xmpp", "bob@x", ADDRESS_OPTED_OUT);
	user_rehome(tx, bob, 0);
	dead_each(tx, 0, see_dead, &s);
	ok(behind_of(tx, bob) == 0 && s.n == 5, "stopped while it fails: explained");
	return STORE_FAILED;
}

static int
switched(struct tx *tx, void *arg)
{
	struct behind b;

	(void)arg;
	case_begin(tx);
	ok(user_rehome(tx, bob, phone) == STORE_OK && behind_get(tx, bob, &b) && b.next == 3 &&
		b.chan == phone && b.reason == BEHIND_SWITCHED,
	    "a change of channel owes what the old lane had not settled");
	ok(carried(tx, jabber, bob, 5) == 0 && carried(tx, phone, bob, 2) == 0 &&
		carried(tx, phone, bob, 3) == 1 && owed(tx, bob, 1) == 3,
	    "what it had is owed no more, on the new one neither");
	ok(user_rehome(tx, bob, phone) == STORE_OK && behind_get(tx, bob, &b), "it is so already");
	return STORE_FAILED;
}

static int
in_the_middle(struct tx *tx, void *arg)
{
	(void)arg;
	case_begin(tx);
	lane_to(tx, jabber, 4, bob - 1);
	user_rehome(tx, bob, phone);
	ok(behind_of(tx, bob) == 4, "a lane in the middle of a status, not yet there");
	return STORE_FAILED;
}

static int
past_the_middle(struct tx *tx, void *arg)
{
	(void)arg;
	case_begin(tx);
	lane_to(tx, jabber, 4, bob);
	user_rehome(tx, bob, phone);
	ok(behind_of(tx, bob) == 5, "and past it");
	return STORE_FAILED;
}

static int
with_a_job(struct tx *tx, void *arg)
{
	struct status_new n = { .author = author, .text = "big", .big = 1 };
	struct job j = { 0, author, jabber, (int)(bob % SHARDS), bob };
	int64_t pos;

	(void)arg;
	case_begin(tx);
	status_add(tx, &n, &pos);
	lane_to(tx, jabber, 9, INT64_MAX);
	if (arg != NULL) {
		j.pos = pos;
		job_move(tx, &j);
	}
	user_rehome(tx, bob, phone);
	if (arg != NULL)
		ok(behind_of(tx, bob) == 10, "a job that has passed it holds nothing back");
	else
		ok(behind_of(tx, bob) == pos, "a job that is not there yet does");
	return STORE_FAILED;
}

static int
already_behind(struct tx *tx, void *arg)
{
	struct behind b = { .follower = bob, .next = 1, .reason = BEHIND_FAILED, .attempts = 3 };
	struct behind old;

	(void)arg;
	case_begin(tx);
	b.next_at = INT64_MAX;
	behind_put(tx, &b);
	behind_get(tx, bob, &old);
	user_rehome(tx, bob, phone);
	ok(behind_get(tx, bob, &b) && b.next == 1 && b.chan == phone && b.attempts == 0 &&
		b.next_at < INT64_MAX && b.version > old.version,
	    "who is behind stays so, with a new chance");
	old.next = 3;
	old.next_at = INT64_MAX;
	behind_put(tx, &old);
	ok(behind_get(tx, bob, &b) && b.next == 1 && b.next_at < INT64_MAX && b.chan == phone,
	    "who does not know of it cannot move it on");
	ok(behind_end(tx, &old) == 1 && behind_of(tx, bob) == 1, "nor end it");
	old.next = 0;
	behind_put(tx, &old);
	ok(behind_get(tx, bob, &b) && b.next == 0 && b.next_at < INT64_MAX, "only back");
	return STORE_FAILED;
}

/* The new lane stands further back than the old: it must not bring again what was settled. */
static int
lagging(struct tx *tx, void *arg)
{
	(void)arg;
	case_begin(tx);
	lane_to(tx, jabber, 5, INT64_MAX);
	user_rehome(tx, bob, phone);
	make_status(tx, author, "x", 0);
	for (int64_t pos = 1; pos <= 5; pos++)
		if (carried(tx, phone, bob, pos) != 0)
			ok(false, "a lane that lags brings nothing twice");
	ok(carried(tx, phone, bob, 6) == 1 && owed(tx, bob, 1) == 6,
	    "a lane that lags brings what is new");
	return STORE_FAILED;
}

/* ---- channels that come and go with the settings */

static int
change_settings(struct tx *tx, void *arg)
{
	static const char *const names[] = { "phone", "cell", "bot" };
	static const char *const kinds[] = { "sms", "sms", "xmpp" };
	struct address a;
	struct lane l[SHARDS];
	struct user u;
	int ids[3];
	int64_t carol, dave;

	(void)arg;
	case_begin(tx);
	carol = make_reader(tx, "carol", "xmpp", jabber);
	dave = make_reader(tx, "dave", "email", 0);
	make_follow(tx, carol, author);
	ok(channels_register(tx, names, kinds, 3, ids) == STORE_OK && ids[0] == phone &&
		ids[1] > phone && ids[2] > ids[1],
	    "old channels keep their numbers, new ones get their own");
	ok(lane_load(tx, ids[2], l) == SHARDS && l[0].pos == log_head(tx) && l[0].sub == INT64_MAX,
	    "a new one begins at the head");
	ok(user_by_address(tx, "xmpp", "carol@xmpp", &u, &a) && a.chan == ids[2] &&
		u.home == ids[2] && u.id == carol,
	    "addresses go to another of their kind, and so do their users");
	ok(behind_of(tx, carol) != 0, "with what is owed");
	ok(user_by_address(tx, "email", "dave@email", &u, &a) && a.chan == 0 && u.id == dave,
	    "or to none");
	ok(user_by_id(tx, bob, &u) && u.home == jabber,
	    "who has no other address waits for the channel to come back");
	ok(channels_register(tx, names, kinds, 1, ids) == STORE_OK &&
		user_by_address(tx, "xmpp", "carol@xmpp", &u, &a) && a.chan == 0,
	    "the last of a kind goes");
	ok(channels_register(tx, names, kinds, 3, ids) == STORE_OK &&
		user_by_address(tx, "xmpp", "carol@xmpp", &u, &a) && a.chan == ids[2] &&
		u.home == ids[2],
	    "and comes back");
	return STORE_FAILED;
}

static void
test(struct room *room)
{
	static int yes = 1;
	static store_fn *const cases[] = { from_none, to_none, switched_off, off_with_a_job, failed,
		switched, in_the_middle, past_the_middle, with_a_job, already_behind, lagging,
		change_settings };

	suite_do(room, begin, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(store_write(room->store, cases[i], NULL) == STORE_FAILED, "and is undone");
	store_write(room->store, with_a_job, &yes);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
