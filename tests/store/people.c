#include <stdlib.h>
#include <string.h>

#include "store/session.h"
#include "tests/store/suite.h"

static int
users(struct tx *tx, void *arg)
{
	struct user u = {
		.name = "Alice", .lang = "ar", .zone = "Asia/Tokyo", .is_protected = true
	};
	struct user v = { .name = "ALICE" }, w = { .name = "bob" };

	(void)arg;
	ok(user_add(tx, &u) == STORE_OK && u.id > 0 && u.created > 0, "a user is added");
	ok(user_add(tx, &v) == STORE_FAILED, "a name is taken in any case");
	ok(user_add(tx, &w) == STORE_OK && w.id == u.id + 1, "ids go up by one");
	ok(user_by_name(tx, "aLiCe", &v) && v.id == u.id && strcmp(v.name, "alice") == 0,
	    "a name is found in any case");
	ok(strcmp(v.lang, "ar") == 0 && strcmp(v.zone, "Asia/Tokyo") == 0 && v.is_protected &&
		!v.suspended && v.home == 0 && v.created == u.created,
	    "what was said of a user is kept");
	ok(!user_by_name(tx, "carol", &v) && !user_by_name(tx, "", &v) &&
		!user_by_name(tx, "sixteen_letters_", &v),
	    "who is not there is not found");
	strcpy(u.bio, "\xd9\x87\xd8\xaf\xd9\x87\xd8\xaf");
	strcpy(u.lang, "ja");
	u.is_protected = false;
	u.suspended = true;
	ok(user_update(tx, &u) == STORE_OK && user_by_id(tx, u.id, &v) && v.suspended &&
		!v.is_protected && strcmp(v.lang, "ja") == 0 && strcmp(v.bio, u.bio) == 0,
	    "a user can be changed");
	ok(!user_by_id(tx, 0, &v) && !user_by_id(tx, 99, &v), "ids that are not there");
	return STORE_OK;
}

struct names {
	char text[256];
	int left;
};

static bool
add_name(void *cookie, const struct user *u)
{
	struct names *n = cookie;

	strcat(strcat(n->text, u->name), " ");
	return --n->left != 0;
}

static int
in_order(struct tx *tx, void *arg)
{
	struct names n = { "", 0 }, m = { "", 1 };

	(void)arg;
	make_user(tx, "zoe");
	make_user(tx, "aaron");
	user_each(tx, "", add_name, &n);
	ok(strcmp(n.text, "aaron alice bob zoe ") == 0, "users come in the order of their names");
	user_each(tx, "alice", add_name, &m);
	ok(strcmp(m.text, "bob ") == 0, "from a name on, until it is enough");
	return STORE_OK;
}

static int
addresses(struct tx *tx, void *arg)
{
	struct address a = { .kind = "xmpp", .peer = "a@x", .chan = 1, .since = 5, .user = 1 };
	struct address b = { .kind = "sms", .peer = "+1", .user = 1, .state = ADDRESS_VERIFIED };
	struct address c = { .kind = "email", .peer = "a@m", .user = 1 }, out[4];
	struct user u;

	(void)arg;
	ok(address_add(tx, &a) == STORE_OK && address_add(tx, &b) == STORE_OK &&
		address_add(tx, &c) == STORE_OK,
	    "addresses are added");
	a.user = 2;
	ok(address_add(tx, &a) == STORE_FAILED, "an address belongs to one user");
	ok(address_list(tx, 1, out, 4) == 3 && strcmp(out[0].kind, "xmpp") == 0 &&
		strcmp(out[1].peer, "+1") == 0 && out[2].rank == 2 && out[0].since == 5,
	    "in the order of the ladder");
	ok(address_list(tx, 1, out, 1) == 3,
	    "the number of all of them, where there is room for one");
	ok(address_rank(tx, 1, "email", "a@m", 0) == STORE_OK && address_list(tx, 1, out, 4) == 3 &&
		strcmp(out[0].kind, "email") == 0 && strcmp(out[1].kind, "xmpp") == 0 &&
		out[1].rank == 1 && out[2].rank == 2,
	    "the last can become the first");
	address_rank(tx, 1, "email", "a@m", 99);
	ok(address_list(tx, 1, out, 4) == 3 && strcmp(out[2].kind, "email") == 0 &&
		out[2].rank == 2,
	    "and the last again");
	ok(user_by_address(tx, "sms", "+1", &u, &b) && u.id == 1 && b.state == ADDRESS_VERIFIED &&
		!user_by_address(tx, "sms", "+2", &u, NULL),
	    "a user is found by an address");
	ok(address_set_state(tx, "sms", "+1", ADDRESS_FAILING) == STORE_OK &&
		address_set_state(tx, "sms", "+2", ADDRESS_FAILING) == STORE_FAILED &&
		user_by_address(tx, "sms", "+1", &u, &b) && b.state == ADDRESS_FAILING,
	    "states are kept");
	ok(address_outcome(tx, "sms", "+1", false) == 1 &&
		address_outcome(tx, "sms", "+1", false) == 2 &&
		address_outcome(tx, "sms", "+1", true) == 0 &&
		address_outcome(tx, "sms", "+9", false) == 0,
	    "bounces in a row are counted");
	ok(address_remove(tx, 2, "xmpp", "a@x") == STORE_FAILED &&
		address_remove(tx, 1, "xmpp", "a@x") == STORE_OK &&
		address_list(tx, 1, out, 4) == 2 && out[0].rank == 0 && out[1].rank == 1,
	    "one goes, and the others close up");
	return STORE_OK;
}

static int
opt_outs(struct tx *tx, void *arg)
{
	(void)arg;
	ok(!optout_is(tx, "sms", "+1") && optout_set(tx, "sms", "+1", true) == STORE_OK &&
		optout_set(tx, "sms", "+1", true) == STORE_OK && optout_is(tx, "sms", "+1") &&
		!optout_is(tx, "xmpp", "+1"),
	    "an address can opt out");
	ok(optout_set(tx, "sms", "+1", false) == STORE_OK && !optout_is(tx, "sms", "+1"),
	    "and in again");
	return STORE_OK;
}

static int
follows(struct tx *tx, void *arg)
{
	struct names n = { "", 0 };
	enum follow_wants w;
	struct user u;

	(void)arg;
	ok(follow_get(tx, 2, 1, &w) == FOLLOW_NONE, "nobody follows at first");
	ok(follow_set(tx, 2, 1, FOLLOW_REQUESTED, WANTS_ALL) == STORE_OK &&
		follow_get(tx, 2, 1, &w) == FOLLOW_REQUESTED && user_by_id(tx, 1, &u) &&
		u.followers == 0,
	    "a request does not count");
	ok(follow_set(tx, 2, 1, FOLLOW_ACTIVE, WANTS_MENTIONS) == STORE_OK &&
		follow_get(tx, 2, 1, &w) == FOLLOW_ACTIVE && w == WANTS_MENTIONS &&
		user_by_id(tx, 1, &u) && u.followers == 1 && user_by_id(tx, 2, &u) &&
		u.following == 1,
	    "a follow does, on both sides");
	follow_set(tx, 2, 1, FOLLOW_ACTIVE, WANTS_ALL);
	ok(user_by_id(tx, 1, &u) && u.followers == 1, "once");
	ok(follow_set(tx, 1, 1, FOLLOW_ACTIVE, WANTS_ALL) == STORE_FAILED &&
		follow_set(tx, 1, 99, FOLLOW_ACTIVE, WANTS_ALL) == STORE_FAILED,
	    "neither oneself nor nobody");
	make_follow(tx, 3, 1);
	make_follow(tx, 4, 1);
	follow_each(tx, 1, true, FOLLOW_ACTIVE, 0, 2, add_name, &n);
	ok(strcmp(n.text, "aaron zoe ") == 0, "followers are listed, newest first");
	n.text[0] = '\0';
	follow_each(tx, 1, true, FOLLOW_ACTIVE, 3, 2, add_name, &n);
	ok(strcmp(n.text, "bob ") == 0, "page by page");
	n.text[0] = '\0';
	follow_each(tx, 3, false, FOLLOW_ACTIVE, 0, 9, add_name, &n);
	ok(strcmp(n.text, "alice ") == 0, "and the other way round");
	ok(follow_set(tx, 2, 1, FOLLOW_NONE, WANTS_ALL) == STORE_OK &&
		follow_set(tx, 2, 1, FOLLOW_NONE, WANTS_ALL) == STORE_OK && user_by_id(tx, 1, &u) &&
		u.followers == 2 && follow_get(tx, 2, 1, NULL) == FOLLOW_NONE,
	    "a follow ends once");
	ok(block_set(tx, 1, 2, true) == STORE_OK && block_set(tx, 1, 2, true) == STORE_OK &&
		block_between(tx, 1, 2) && block_between(tx, 2, 1) && !block_between(tx, 1, 3),
	    "a block is between both");
	block_set(tx, 1, 3, true);
	n.text[0] = '\0';
	block_each(tx, 1, "", 9, add_name, &n);
	ok(strstr(n.text, "bob ") != NULL && strlen(n.text) > 4, "who has blocked whom is listed");
	n.text[0] = '\0';
	block_each(tx, 1, "bob", 9, add_name, &n);
	ok(strstr(n.text, "bob ") == NULL && n.text[0] != '\0', "from a name on");
	n.text[0] = '\0';
	block_each(tx, 2, "", 9, add_name, &n);
	ok(n.text[0] == '\0', "to who did it alone");
	block_set(tx, 1, 3, false);
	ok(block_set(tx, 1, 2, false) == STORE_OK && !block_between(tx, 2, 1),
	    "until it is lifted");
	return STORE_OK;
}

static int
credentials(struct tx *tx, void *arg)
{
	unsigned char id[32] = { 1, 2, 3 };
	char hash[128];
	int64_t who;

	(void)arg;
	ok(!password_get(tx, 1, hash, sizeof(hash)) &&
		password_set(tx, 1, "$argon2id$") == STORE_OK &&
		password_get(tx, 1, hash, sizeof(hash)) && strcmp(hash, "$argon2id$") == 0,
	    "a password's hash is kept");
	ok(code_add(tx, id, 2, 100) == STORE_OK && !code_take(tx, id, 100, &who) &&
		code_take(tx, id, 99, &who) && who == 2 && !code_take(tx, id, 99, &who),
	    "a code is good once, and in time");
	return STORE_OK;
}

static int
tallies(struct tx *tx, void *arg)
{
	(void)arg;
	ok(tally_add(tx, "reply", "+1", 1000, 60) == 1 &&
		tally_add(tx, "reply", "+1", 1001, 60) == 2 &&
		tally_add(tx, "reply", "+2", 1001, 60) == 1 &&
		tally_add(tx, "code", "+1", 1001, 60) == 1,
	    "what happens is counted for each apart");
	ok(tally_add(tx, "reply", "+1", 1061, 60) == 1, "a new window begins at one");
	return STORE_OK;
}

static int
trimming(struct tx *tx, void *arg)
{
	unsigned char id[32] = { 1 };
	struct session s;
	int64_t pos;

	(void)arg;
	session_begin(tx, &(struct session){ .id = { 1 }, .user = 1, .made = 5000 });
	code_add(tx, id, 1, 5000);
	inbound_note(tx, 1, "+1", "m1", 1000, 0);
	inbound_note(tx, 1, "+1", "m2", 1000, 0);
	receipt_add(tx, 1, 1, 1, "f", 1000);
	ok(store_trim(tx, 1000, 100) == 0, "nothing is forgotten before its time");
	ok(store_trim(tx, INT64_C(4000000000), 3) == 3, "nor more than is asked for");
	ok(store_trim(tx, INT64_C(4000000000), 100) > 1 &&
		store_trim(tx, INT64_C(4000000000), 100) == 0,
	    "all of it in the end");
	ok(!session_find(tx, id, 1, &s) && inbound_is_new(tx, 1, "+1", "m1", &pos),
	    "what is forgotten is new again");
	return STORE_OK;
}

static int
secret(struct tx *tx, void *arg)
{
	store_secret(tx, arg);
	return STORE_OK;
}

static int
removing(struct tx *tx, void *arg)
{
	int64_t alice = 1, bob = 2, said = make_status(tx, alice, "public", 0);
	int64_t sent = make_status(tx, alice, "private", bob),
		got = make_status(tx, bob, "re", alice);
	struct address out[4];
	struct status s;
	struct user u;

	(void)arg;
	make_follow(tx, bob, alice);
	make_follow(tx, alice, bob);
	ok(user_remove(tx, alice) == STORE_OK && user_remove(tx, alice) == STORE_FAILED &&
		!user_by_name(tx, "alice", &u) && address_list(tx, alice, out, 4) == 0,
	    "a user is erased");
	ok(user_by_id(tx, bob, &u) && u.followers == 0 && u.following == 0 &&
		follow_get(tx, bob, alice, NULL) == FOLLOW_NONE,
	    "and follows no more");
	ok(status_get(tx, said, &s) && s.deleted != 0 && s.text[0] == '\0' &&
		s.author_name[0] == '\0',
	    "what it said has gone, its places stay");
	free((char *)s.text);
	ok(status_get(tx, sent, &s) && s.text[0] == '\0', "direct messages from it");
	free((char *)s.text);
	ok(status_get(tx, got, &s) && s.text[0] == '\0', "and to it");
	free((char *)s.text);
	ok(make_user(tx, "alice") > 4, "the name is free, the number is not");
	return STORE_OK;
}

static void
test(struct room *room)
{
	unsigned char a[32], b[32];
	static const unsigned char zero[32];

	suite_do(room, users, NULL);
	suite_do(room, in_order, NULL);
	suite_do(room, addresses, NULL);
	suite_do(room, opt_outs, NULL);
	suite_do(room, follows, NULL);
	suite_do(room, credentials, NULL);
	suite_do(room, tallies, NULL);
	suite_do(room, trimming, NULL);
	suite_do(room, secret, a);
	suite_do(room, removing, NULL);
	suite_reopen(room);
	suite_do(room, secret, b);
	ok(memcmp(a, b, 32) == 0 && memcmp(a, zero, 32) != 0, "the secret is made once");
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
