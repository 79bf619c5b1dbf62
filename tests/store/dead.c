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

/* How many of ${author}'s followers in ${grace}'s shard get ${pos}. */
static int
reached(struct tx *tx, int64_t author, int64_t grace, int64_t pos)
{
	int64_t after = 0;
	int n = 0;

	edge_each(
	    tx, suite_roster(), author, jabber, (int)(grace % SHARDS), pos, &after, 9, add_one, &n);
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
	ok(store_write(room->store, suspending, NULL) == STORE_FAILED, "and is undone");
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
