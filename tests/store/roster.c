#include <string.h>

#include "tests/store/suite.h"

/* What a roster remembers is what the store has, whoever changed it. */

static int jabber, phone, calls;
static int64_t alice, bob, last_changed;
static struct roster *roster;

static void
changed(void *cookie, int64_t user)
{
	(void)cookie;
	calls++;
	last_changed = user;
}

static int
begin(struct tx *tx, void *arg)
{
	int ids[2];

	(void)arg;
	make_channels(tx, ids);
	jabber = ids[0];
	phone = ids[1];
	alice = make_reader(tx, "alice", "xmpp", jabber);
	bob = make_reader(tx, "bob", "xmpp", jabber);
	make_follow(tx, bob, alice);
	return STORE_OK;
}

/* Bob as a new snapshot has him. */
static const struct member *
look(struct tx *tx)
{
	roster_refresh(tx, roster, changed, NULL);
	return roster_get(tx, roster, bob, jabber);
}

static int
addresses(struct tx *tx, void *arg)
{
	const struct member *m = look(tx);
	struct address extra = { .kind = "xmpp", .peer = "b2@xmpp", .state = ADDRESS_VERIFIED };

	(void)arg;
	ok(m != NULL && strcmp(m->peer, "bob@xmpp") == 0 && strcmp(m->name, "bob") == 0,
	    "an address");
	ok(look(tx) == m && roster_find(roster, bob, jabber) == m, "is read once");
	ok(roster_find(roster, bob, phone) == NULL, "for one channel");
	address_outcome(tx, "xmpp", "bob@xmpp", false);
	ok(look(tx)->bounces == 1, "it bounced");
	address_set_state(tx, "xmpp", "bob@xmpp", ADDRESS_FAILING);
	ok(look(tx)->peer[0] == '\0', "and failed");
	extra.user = bob;
	extra.chan = jabber;
	address_add(tx, &extra);
	ok(strcmp(look(tx)->peer, "b2@xmpp") == 0, "there is another");
	address_set_state(tx, "xmpp", "bob@xmpp", ADDRESS_VERIFIED);
	address_rank(tx, bob, "xmpp", "b2@xmpp", 0);
	ok(strcmp(look(tx)->peer, "b2@xmpp") == 0, "that comes first");
	address_remove(tx, bob, "xmpp", "b2@xmpp");
	ok(strcmp(look(tx)->peer, "bob@xmpp") == 0, "and goes");
	return STORE_OK;
}

static int
people(struct tx *tx, void *arg)
{
	struct behind b = { .follower = bob, .next = 1, .reason = BEHIND_FAILED };
	struct user u;

	(void)arg;
	user_by_id(tx, bob, &u);
	strcpy(u.lang, "ja");
	u.suspended = true;
	user_update(tx, &u);
	ok(strcmp(look(tx)->lang, "ja") == 0 && look(tx)->suspended, "a language, a suspension");
	u.suspended = false;
	user_update(tx, &u);
	ok(!look(tx)->blocks, "no blocks");
	block_set(tx, alice, bob, true);
	ok(look(tx)->blocks, "somebody blocked bob");
	block_set(tx, alice, bob, false);
	ok(!look(tx)->blocks && !look(tx)->is_behind, "not any more; not behind");
	behind_put(tx, &b);
	ok(look(tx)->is_behind, "behind");
	behind_get(tx, bob, &b);
	behind_end(tx, &b);
	ok(!look(tx)->is_behind, "and no more");
	user_rehome(tx, bob, phone);
	calls = 0;
	look(tx);
	ok(calls > 0 && last_changed == bob, "a move is told");
	user_rehome(tx, bob, jabber);
	return STORE_OK;
}

/* Who was away for long cannot know who changed. */
static int
late(struct tx *tx, void *arg)
{
	struct user u;

	(void)arg;
	look(tx);
	user_by_id(tx, bob, &u);
	strcpy(u.lang, "ar");
	user_update(tx, &u);
	store_trim(tx, INT64_MAX, 1000);
	calls = 0;
	ok(strcmp(look(tx)->lang, "ar") == 0 && calls == 1 && last_changed == 0,
	    "after a trim, anybody may have changed");
	calls = 0;
	look(tx);
	ok(calls == 0, "once");
	return STORE_OK;
}

static int given;

static bool
count(void *cookie, const struct edge *e)
{
	(void)cookie;
	given += e->member->peer[0] != '\0';
	return true;
}

static int
full(struct tx *tx, void *arg)
{
	struct roster *small = roster_new(2);
	const struct member *m = member_hold(roster_get(tx, small, bob, jabber));
	struct edge_page page = { 0 };
	int64_t after = 0, pos;
	char name[16];

	(void)arg;
	given = 0;
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "reader%d", i);
		make_follow(tx, make_reader(tx, name, "xmpp", jabber), alice);
	}
	pos = make_status(tx, alice, "y", 0);
	for (int shard = 0; shard < SHARDS; shard++, after = page.pos = 0)
		edge_each(tx, small, alice, jabber, shard, pos, &after, 100, &page, count, NULL);
	ok(given == 21, "a roster that is too small loses nobody");
	ok(strcmp(m->name, "bob") == 0, "what is held stays");
	member_release(m);
	roster_free(small);
	return STORE_OK;
}

/* ---- many at once */

#define CROWD 120

static int64_t crowd[CROWD];

/* One of a few who are not as the others. */
static void
make_odd(struct tx *tx, int i)
{
	struct address more = { .user = crowd[i], .kind = "xmpp", .state = ADDRESS_VERIFIED };
	struct behind b = { .follower = crowd[i], .next = 1, .reason = BEHIND_FAILED };
	char name[16];
	struct user u;

	snprintf(name, sizeof(name), "crowd%d@xmpp", i);
	more.chan = jabber;
	strcpy(more.peer, i % 10 == 1 ? "a-second" : "another-second");
	if (i % 10 == 1 || i % 10 == 2) {
		address_add(tx, &more);
		address_outcome(tx, "xmpp", i % 10 == 1 ? more.peer : name, false);
	} else if (i % 10 == 3) {
		address_set_state(tx, "xmpp", name, ADDRESS_FAILING);
	} else if (i % 10 == 4) {
		behind_put(tx, &b);
	} else if (i % 10 == 5) {
		block_set(tx, crowd[i], alice, true);
		block_set(tx, bob, crowd[i + 1], true);
	} else if (i % 10 == 7) {
		user_by_id(tx, crowd[i], &u);
		u.suspended = true;
		strcpy(u.lang, "ar");
		user_update(tx, &u);
	} else if (i % 10 == 8) {
		user_rehome(tx, crowd[i], phone);
	}
}

static bool
is_same(const struct member *a, const struct member *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->lang, b->lang) == 0 &&
	       strcmp(a->peer, b->peer) == 0 && a->bounces == b->bounces &&
	       a->suspended == b->suspended && a->is_behind == b->is_behind &&
	       a->blocks == b->blocks;
}

static int
many(struct tx *tx, void *arg)
{
	struct roster *by_one = roster_new(10000), *at_once = roster_new(10000);
	struct edge_page page = { 0 };
	const struct member *m;
	int64_t after = 0, pos;
	int known = 0, same = 0, bounced = 0;
	char name[16];

	(void)arg;
	for (int i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), "crowd%d", i);
		crowd[i] = make_reader(tx, name, "xmpp", jabber);
		make_follow(tx, crowd[i], alice);
	}
	for (int i = 40; i < 50; i++)
		make_odd(tx, i);
	pos = make_status(tx, alice, "z", 0);
	roster_get(tx, at_once, crowd[48], jabber);
	edge_each(tx, at_once, alice, jabber, 0, pos, &after, 100, &page, count, NULL);
	for (int i = 0; i < CROWD; i++) {
		m = roster_find(at_once, crowd[i], jabber);
		known += m != NULL;
		same += m != NULL && is_same(m, roster_get(tx, by_one, crowd[i], jabber));
		bounced += m != NULL && m->bounces == 1;
	}
	ok(known >= CROWD * 9 / 10, "one shard's page reads the others' followers, too");
	ok(same == known, "each as if it had been read alone");
	ok(bounced == 1, "a bounce is that of the address in use");
	roster_free(at_once);
	roster_free(by_one);
	return STORE_OK;
}

/* Who is read ahead, and stops before it is given. */
static int
ahead(struct tx *tx, void *arg)
{
	struct roster *r = roster_new(10000);
	struct edge_page page = { 0 };
	int shard = (int)(crowd[100] % SHARDS);
	int64_t after = 0, all = 0, pos = make_status(tx, alice, "ahead", 0);

	(void)arg;
	roster_refresh(tx, r, NULL, NULL);
	given = 0;
	edge_each(tx, r, alice, jabber, shard, pos, &all, 100, &page, count, NULL);
	page.pos = 0;
	edge_ahead(tx, r, alice, jabber, shard, pos, 0, &page);
	ok(page.n >= 20 && page.at == 0 && roster_find(r, crowd[100], jabber) != NULL,
	    "a page is read ahead, and who they are");
	all = given;
	given = 0;
	edge_each(tx, r, alice, jabber, shard, pos, &after, 2, &page, count, NULL);
	edge_ahead(tx, r, alice, jabber, shard, pos, after, &page);
	ok(given == 2 && page.ids[page.at] > after, "and goes on behind who was given");
	follow_set(tx, crowd[100], alice, FOLLOW_NONE, WANTS_ALL);
	roster_refresh(tx, r, NULL, NULL);
	edge_each(tx, r, alice, jabber, shard, pos, &after, 100, &page, count, NULL);
	ok(given == (int)all - 1, "one who stopped meanwhile gets nothing, the others do");
	roster_free(r);
	return STORE_OK;
}

static void
test(struct room *room)
{
	roster = roster_new(100);
	suite_do(room, begin, NULL);
	suite_do(room, addresses, NULL);
	suite_do(room, people, NULL);
	suite_do(room, late, NULL);
	suite_do(room, full, NULL);
	suite_do(room, many, NULL);
	suite_do(room, ahead, NULL);
	roster_free(roster);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
