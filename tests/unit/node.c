/* Several nodes of one store, in one process: who owns what as time goes on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "gateway/beat.h"
#include "gateway/node.h"
#include "tests/store/suite.h"

#define CAN_ONCE 0 /* "jabber" has an endpoint */
#define CAN_SHARE 1

struct town {
	struct room *room;
	int ids[2];
	int64_t now;
	struct node_self *nodes[3];
	struct node_self *joining;
};

static void
ring(void *cookie)
{
	(void)cookie;
}

static int
join_run(struct tx *tx, void *arg)
{
	struct town *t = arg;
	struct node_self *n = t->joining;

	must(node_enter(tx, n) == STORE_OK);
	make_channels(tx, t->ids);
	must(node_offer(tx, n, t->ids[CAN_ONCE], true) == STORE_OK);
	must(node_offer(tx, n, t->ids[CAN_SHARE], false) == STORE_OK);
	return node_settle(tx, n);
}

static struct node_self *
join(struct town *t, const char *name, const char *path, bool alone)
{
	struct node_self *n = node_new(t->room->store, name, path, ring, NULL);

	/* As on a store that admits several. */
	n->alone = alone;
	t->joining = n;
	suite_do(t->room, join_run, t);
	node_joined(n, t->now, t->now);
	return n;
}

static int
nothing(struct tx *tx, void *arg)
{
	(void)tx, (void)arg;
	return STORE_OK;
}

/* What is to drain is empty at once. */
static void
drain(struct town *t, struct node_self *n)
{
	for (int i = 0; i < 2; i++)
		for (int shard = SHARD_ENDPOINT; shard < SHARDS; shard++)
			if (node_has(n, t->ids[i], shard, NULL) && !node_keeps(n, t->ids[i], shard))
				node_drained(n, t->ids[i], shard);
}

/* Time goes by for the nodes whose bit is set. */
static void
pass(struct town *t, unsigned who, int64_t ms)
{
	for (int64_t until = t->now + ms; t->now < until; t->now += 100)
		for (int i = 0; i < 3; i++) {
			if (!(who >> i & 1) || t->nodes[i] == NULL)
				continue;
			node_tick(t->nodes[i], t->now);
			suite_do(t->room, nothing, NULL);
			node_tick(t->nodes[i], t->now);
			drain(t, t->nodes[i]);
		}
}

static int
lanes_of(const struct town *t, int i, int chan)
{
	int n = 0;

	for (int shard = 0; shard < SHARDS; shard++)
		n += node_keeps(t->nodes[i], t->ids[chan], shard);
	return n;
}

static void
test_two(struct town *t)
{
	int64_t epoch = 0;

	t->nodes[0] = join(t, "ann", NULL, false);
	ok(lanes_of(t, 0, CAN_SHARE) == 0 && node_may_act_at(t->nodes[0], t->now),
	    "a node begins without anything");
	pass(t, 1, 300);
	ok(lanes_of(t, 0, CAN_SHARE) == SHARDS && lanes_of(t, 0, CAN_ONCE) == SHARDS &&
		node_has(t->nodes[0], t->ids[CAN_ONCE], SHARD_ENDPOINT, &epoch) && epoch == 1,
	    "what is nobody's, it has soon");
	ok(!node_has_company(t->nodes[0]), "nobody else is there");
	t->nodes[1] = join(t, "ben b", NULL, false);
	pass(t, 3, 6000);
	ok(lanes_of(t, 0, CAN_SHARE) == SHARDS / 2 && lanes_of(t, 1, CAN_SHARE) == SHARDS / 2,
	    "a second gets half of the lanes");
	ok(lanes_of(t, 0, CAN_ONCE) + lanes_of(t, 1, CAN_ONCE) == SHARDS,
	    "the one connection stays with one of them");
	ok(node_has_company(t->nodes[0]) && node_lost(t->nodes[0]) == NULL,
	    "they know of each other");
}

static void
test_view(struct town *t)
{
	struct node_view v[8];
	struct lease l[64];
	size_t leases = 64, n = node_show(t->nodes[1], v, 8, l, &leases);
	int here = v[0].here ? 0 : 1;

	ok(n == 2 && v[here].here && !v[1 - here].here && v[0].alive && v[1].alive &&
		strcmp(v[here].node.name, "ben-b") == 0 && leases == 2 * SHARDS + 1,
	    "both are shown, each by one word");
}

static void
test_pause(struct town *t)
{
	unsigned changes = node_changes(t->nodes[1]);

	pass(t, 2, 2000);
	ok(node_may_act_at(t->nodes[0], t->now), "a node that stops for two seconds may still act");
	pass(t, 2, 1500);
	ok(!node_may_act_at(t->nodes[0], t->now), "after more than three it may not");
	ok(lanes_of(t, 1, CAN_SHARE) == SHARDS / 2, "though nobody has taken anything yet");
	pass(t, 2, 3000);
	ok(lanes_of(t, 1, CAN_SHARE) == SHARDS && lanes_of(t, 1, CAN_ONCE) == SHARDS &&
		node_changes(t->nodes[1]) > changes,
	    "then all that it had has another owner");
	ok(node_lost(t->nodes[0]) == NULL && lanes_of(t, 0, CAN_SHARE) == SHARDS / 2,
	    "which it does not know, since it sleeps");
	pass(t, 1, 200);
	ok(node_lost(t->nodes[0]) != NULL && !node_may_act_at(t->nodes[0], t->now),
	    "when it wakes up it learns that its life is over, and never acts");
	node_leave(t->nodes[0]);
	node_free(t->nodes[0]);
	t->nodes[0] = NULL;
}

static void
test_former(struct town *t)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/node", t->room->state);
	t->nodes[0] = join(t, "ann", path, false);
	pass(t, 3, 8000);
	ok(lanes_of(t, 0, CAN_SHARE) == SHARDS / 2, "it comes again and gets its share");
	/* It is killed. */
	node_free(t->nodes[0]);
	t->nodes[0] = join(t, "ann", path, false);
	pass(t, 3, 1500);
	ok(lanes_of(t, 0, CAN_SHARE) + lanes_of(t, 1, CAN_SHARE) == SHARDS,
	    "of its own former life it need not wait for the end");
}

static void
test_leave(struct town *t)
{
	node_leave(t->nodes[1]);
	node_free(t->nodes[1]);
	t->nodes[1] = NULL;
	pass(t, 1, 1200);
	ok(lanes_of(t, 0, CAN_SHARE) == SHARDS && lanes_of(t, 0, CAN_ONCE) == SHARDS,
	    "what a node leaves is the other's within a beat");
	node_leave(t->nodes[0]);
	node_free(t->nodes[0]);
	t->nodes[0] = NULL;
}

static int
die_often(struct tx *tx, void *arg)
{
	struct node n = { .started = clock_wall() };

	(void)arg;
	for (n.id = 1; n.id <= NODES_MAX + 6; n.id++) {
		snprintf(n.name, sizeof(n.name), "pod-%d", (int)n.id);
		must(node_add(tx, &n) == STORE_OK);
	}
	return STORE_OK;
}

static void
test_many_dead(struct town *t)
{
	suite_do(t->room, die_often, NULL);
	t->nodes[0] = join(t, "ann", NULL, false);
	t->nodes[1] = join(t, "ben", NULL, false);
	pass(t, 3, 60000);
	ok(lanes_of(t, 0, CAN_SHARE) == SHARDS / 2 && lanes_of(t, 1, CAN_SHARE) == SHARDS / 2,
	    "among more dead ones than are looked at, those alive find each other");
	for (int i = 0; i < 2; i++) {
		node_leave(t->nodes[i]);
		node_free(t->nodes[i]);
		t->nodes[i] = NULL;
	}
}

static void
test_alone(struct town *t)
{
	struct lease l[64];
	struct node_view v[8];
	size_t leases = 64;

	t->nodes[2] = join(t, "cay", NULL, true);
	ok(lanes_of(t, 2, CAN_SHARE) == SHARDS && lanes_of(t, 2, CAN_ONCE) == SHARDS &&
		node_may_act(t->nodes[2]),
	    "who is alone has all at once");
	ok(node_tick(t->nodes[2], t->now + 100000) == -1 &&
		node_may_act_at(t->nodes[2], t->now + 100000),
	    "and for good, without a beat");
	ok(node_show(t->nodes[2], v, 8, l, &leases) == 0 && leases == 0,
	    "of which there is nothing to show");
	node_leave(t->nodes[2]);
	node_free(t->nodes[2]);
}

static void
test(struct room *room)
{
	struct town t = { .room = room, .now = clock_boot() };

	test_two(&t);
	test_view(&t);
	test_pause(&t);
	test_former(&t);
	test_leave(&t);
	test_many_dead(&t);
	test_alone(&t);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
