#include <stdio.h>
#include <string.h>

#include "gateway/letters.h"
#include "tests/store/suite.h"

/* Who will not get what: reports that come late, and authors who are suspended. */

static int jabber, phone;
static int64_t alice;

static bool
add_one(void *cookie, const struct edge *e)
{
	(void)e;
	++*(int *)cookie;
	return true;
}

static int
begin(struct tx *tx, void *arg)
{
	int ids[2];

	(void)arg;
	make_channels(tx, ids);
	jabber = ids[0];
	phone = ids[1];
	alice = make_user(tx, "alice");
	return STORE_OK;
}

/* What a channel reports must be something that it can have sent. */
static int
reporting(struct tx *tx, void *arg)
{
	int64_t grace = make_reader(tx, "grace", "xmpp", jabber), pos, direct;
	int64_t heidi = make_reader(tx, "heidi", "xmpp", jabber);

	(void)arg;
	make_follow(tx, grace, alice);
	pos = make_status(tx, alice, "r", 0);
	direct = make_status(tx, alice, "d", heidi);
	ok(dead_report(tx, pos + 99, grace, jabber, "no", 1) == 0 &&
		dead_report(tx, pos, 9999, jabber, "no", 1) == 0 &&
		dead_report(tx, pos, heidi, jabber, "no", 1) == 0 &&
		dead_report(tx, direct, grace, jabber, "no", 1) == 0 &&
		dead_report(tx, pos, grace, phone, "no", 1) == 0 &&
		dead_report(tx, pos, alice, jabber, "no", 1) == 0 && owed(tx, grace, pos) == pos,
	    "what it cannot have sent is no news");
	ok(dead_report(tx, pos, grace, jabber, "no", 1) == 1 && owed(tx, grace, pos) == 0 &&
		dead_report(tx, direct, heidi, jabber, "no", 1) == 1 &&
		owed(tx, heidi, direct) == 0,
	    "what it can is dead");
	pos = make_status(tx, alice, "r", 0);
	receipt_add(tx, pos, grace, phone, "f", 10);
	ok(dead_report(tx, pos, grace, phone, "no", 1) == 1, "a receipt is proof");
	pos = make_status(tx, alice, "r", 0);
	receipt_add(tx, pos, grace, phone, "f", 10);
	receipt_move(tx, pos, grace, RECEIPT_DELIVERED, 10);
	ok(dead_report(tx, pos, grace, phone, "no", 1) == 0, "that it arrived, too");
	return STORE_FAILED;
}

static bool
add_state(void *cookie, const struct trace *t)
{
	*(enum receipt_state *)cookie = t->receipt;
	return true;
}

/* What is known of the one copy of ${pos}. */
static enum receipt_state
state_of(struct tx *tx, int64_t pos)
{
	enum receipt_state s = 0;

	trace_each(tx, pos, add_state, &s);
	return s;
}

/* Nothing is written for a text that is sent: its report makes the row, if it can have been sent. */
static int
receipts(struct tx *tx, void *arg)
{
	int64_t ivan = make_reader(tx, "ivan", "sms", phone), pos, late;

	(void)arg;
	make_follow(tx, ivan, alice);
	pos = make_status(tx, alice, "t", 0);
	ok(state_of(tx, pos) == 0, "a text without a report");
	ok(receipt_report(tx, pos + 99, ivan, phone, RECEIPT_DELIVERED, 1) == 0 &&
		receipt_report(tx, pos, ivan, jabber, RECEIPT_DELIVERED, 1) == 0 &&
		receipt_report(tx, pos, alice, phone, RECEIPT_FAILED, 1) == 0 &&
		state_of(tx, pos) == 0,
	    "a report of what it cannot have sent is none");
	ok(receipt_report(tx, pos, ivan, phone, RECEIPT_FAILED, 1) == 1 &&
		state_of(tx, pos) == RECEIPT_FAILED &&
		receipt_report(tx, pos, ivan, phone, RECEIPT_FAILED, 1) == 0,
	    "one of what it can have is kept, once");
	ok(receipt_report(tx, pos, ivan, phone, RECEIPT_DELIVERED, 1) == 1 &&
		receipt_report(tx, pos, ivan, phone, RECEIPT_FAILED, 1) == 0 &&
		state_of(tx, pos) == RECEIPT_DELIVERED,
	    "and moves on, never back");
	receipt_add(tx, pos, ivan, phone, "", 500000);
	late = make_status(tx, alice, "u", 0);
	receipt_add(tx, late, ivan, phone, "", 1);
	store_trim(tx, 31 * 86400, 100);
	ok(state_of(tx, late) == 0 && state_of(tx, pos) == RECEIPT_DELIVERED,
	    "it is forgotten after a month, behind one that stays");
	return STORE_FAILED;
}

/* How many of ${author}'s followers in ${grace}'s shard get ${pos}. */
static int
reached(struct tx *tx, int64_t author, int64_t grace, int64_t pos)
{
	struct edge_page page = { 0 };
	int64_t after = 0;
	int n = 0;

	edge_each(tx, suite_roster(), author, jabber, (int)(grace % SHARDS), pos, &after, 9, &page,
	    add_one, &n);
	return n;
}

static int
suspending(struct tx *tx, void *arg)
{
	int64_t grace = make_reader(tx, "grace", "xmpp", jabber), pos, direct;
	struct user u;

	(void)arg;
	user_by_id(tx, make_user(tx, "mallory"), &u);
	make_follow(tx, grace, u.id);
	pos = make_status(tx, u.id, "m", 0);
	direct = make_status(tx, u.id, "d", grace);
	u.suspended = true;
	user_update(tx, &u);
	ok(reached(tx, u.id, grace, pos) == 0 && owed(tx, grace, pos) == 0,
	    "who is suspended reaches nobody");
	u.suspended = false;
	user_update(tx, &u);
	ok(reached(tx, u.id, grace, pos) == 1 && owed(tx, grace, pos) == pos &&
		owed(tx, grace, pos + 1) == direct,
	    "until that is over");
	return STORE_FAILED;
}

/* ---- as the operator looks through them */

static void
add_many(struct tx *tx, int64_t pos)
{
	char name[16];
	int64_t user;

	for (int i = 0; i < 250; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		/* the first has no address any more */
		user = i == 0 ? make_user(tx, name) : make_reader(tx, name, "xmpp", jabber);
		make_follow(tx, user, alice);
		dead_add(tx, pos, user, jabber, i < 230 ? "no such peer" : "it is full", 100 + i);
	}
}

static int
looking(struct tx *tx, void *arg)
{
	struct dead_filter any = { DEAD_ANY, NULL }, full = { jabber, "it is full" };
	struct dead_filter other = { phone, NULL };
	struct dead_sort sorts[3];
	struct dead d[40], one;
	int64_t ids[40];
	size_t n;

	(void)arg;
	add_many(tx, make_status(tx, alice, "to many", 0));
	ok(dead_count(tx) == 250, "they are counted");
	n = dead_page(tx, &any, 0, d, 40);
	ok(n == 40 && d[0].at == 349 && d[39].at == 310, "a page has the newest");
	n = dead_page(tx, &any, d[39].id, d, 40);
	ok(n == 40 && d[0].at == 309, "and the next what is older");
	ok(dead_get(tx, d[0].id, &one) && one.at == 309 && !dead_get(tx, 99999, &one),
	    "one is found by its id");
	ok(dead_page(tx, &full, 0, d, 40) == 20 && dead_page(tx, &other, 0, d, 40) == 0,
	    "or those of a channel, for a reason");
	n = dead_ids(tx, &full, 0, ids, 3);
	ok(n == 3 && ids[0] < ids[1] && dead_ids(tx, &full, ids[2], ids, 40) == 17,
	    "their ids begin with the oldest");
	ok(dead_sorts(tx, sorts, 3) == 2 && sorts[0].n == 230 && sorts[1].n == 20 &&
		strcmp(sorts[0].code, "no such peer") == 0 && sorts[1].chan == jabber,
	    "what is most of is told first");
	return STORE_FAILED;
}

static int
settling(struct tx *tx, void *arg)
{
	struct letters l = { .chan = jabber, .code = "no such peer", .retry = true, .now = 500 };
	struct dead d[1];
	struct dead_filter any = { DEAD_ANY, NULL }, none = { jabber, "no such peer" };

	(void)arg;
	add_many(tx, make_status(tx, alice, "to many", 0));
	ok(letters_settle(tx, &l) == STORE_OK && l.n == LETTERS_AT_ONCE - 1 && l.more,
	    "many are tried again in pieces, but for who has nowhere to get it");
	l.after = l.last;
	ok(letters_settle(tx, &l) == STORE_OK && l.n == 30 && !l.more, "until all are");
	ok(dead_page(tx, &none, 0, d, 1) == 1 && dead_count(tx) == 21 &&
		behind_of(tx, l.dead.follower) != 0,
	    "what they owe is owed again");
	l.after = 0;
	l.retry = false;
	ok(letters_settle(tx, &l) == STORE_OK && l.n == 1 && dead_page(tx, &none, 0, d, 1) == 0,
	    "or is forgotten");
	dead_page(tx, &any, 0, d, 1);
	l = (struct letters){ .id = d[0].id, .retry = true, .now = 500 };
	ok(letters_settle(tx, &l) == STORE_OK && l.n == 1 && strncmp(l.to.name, "many", 4) == 0,
	    "one alone, too");
	ok(letters_settle(tx, &l) == STORE_FAILED, "once");
	return STORE_FAILED;
}

static void
test(struct room *room)
{
	suite_do(room, begin, NULL);
	ok(store_write(room->store, reporting, NULL) == STORE_FAILED, "and is undone");
	ok(store_write(room->store, receipts, NULL) == STORE_FAILED, "and is undone");
	ok(store_write(room->store, suspending, NULL) == STORE_FAILED, "and is undone");
	ok(store_write(room->store, looking, NULL) == STORE_FAILED, "and is undone");
	ok(store_write(room->store, settling, NULL) == STORE_FAILED, "and is undone");
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
