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

static void
test(struct room *room)
{
	suite_do(room, begin, NULL);
	ok(store_write(room->store, reporting, NULL) == STORE_FAILED, "and is undone");
	ok(store_write(room->store, receipts, NULL) == STORE_FAILED, "and is undone");
	ok(store_write(room->store, suspending, NULL) == STORE_FAILED, "and is undone");
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
