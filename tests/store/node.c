/* Nodes, and what they own: claims, releases, and the fence before a write. */
#include <stdlib.h>
#include <string.h>

#include "store/node.h"
#include "tests/store/suite.h"

#define ANN 1001
#define BEN 1002
#define ROOM 64

struct world {
	int ids[2]; /* jabber, which can be connected once; phone */
	int64_t pos;
	struct lease seen;
	struct node node;
};

static struct lease
lease_of(struct tx *tx, int chan, int shard)
{
	struct lease l[ROOM];
	size_t n = lease_list(tx, l, ROOM);

	for (size_t i = 0; i < n; i++)
		if (l[i].chan == chan && l[i].shard == shard)
			return l[i];
	return (struct lease){ .chan = -1 };
}

static struct node
node_of(struct tx *tx, int64_t id)
{
	struct node l[ROOM];
	size_t n = node_list(tx, l, ROOM);

	for (size_t i = 0; i < n; i++)
		if (l[i].id == id)
			return l[i];
	return (struct node){ 0 };
}

static int64_t
read_beat(struct room *room, int64_t id)
{
	struct tx *tx = store_read(room->store);
	int64_t beat = node_of(tx, id).beat;

	store_read_end(tx);
	return beat;
}

static struct lease
read_lease(struct room *room, int chan, int shard)
{
	struct tx *tx = store_read(room->store);
	struct lease l = lease_of(tx, chan, shard);

	store_read_end(tx);
	return l;
}

static int
add_nodes(struct tx *tx, void *arg)
{
	struct node ann = { .id = ANN, .name = "ann", .started = 100 };
	struct node ben = { .id = BEN, .name = "ben", .started = 200 };
	struct world *w = arg;

	make_channels(tx, w->ids);
	must(node_add(tx, &ann) == STORE_OK && node_add(tx, &ben) == STORE_OK);
	for (int i = 0; i < 2; i++) {
		must(node_serve(tx, ANN, w->ids[i]) == STORE_OK);
		must(node_serve(tx, BEN, w->ids[i]) == STORE_OK);
	}
	must(endpoint_set(tx, w->ids[1], false) == STORE_OK);
	return endpoint_set(tx, w->ids[0], true);
}

static void
test_beats(struct room *room, struct world *w)
{
	struct tx *tx = store_read(room->store);
	struct node n[ROOM];
	struct serves s[ROOM];
	struct lease l[ROOM];
	size_t got = node_list(tx, n, ROOM);

	ok(got == 2 && n[0].id == ANN && strcmp(n[0].name, "ann") == 0 && n[0].started == 100 &&
		n[1].id == BEN && n[1].seen == 200,
	    "nodes are listed as they began");
	ok(serves_list(tx, s, ROOM) == 4 && s[0].node == ANN && s[3].chan == w->ids[1],
	    "and what each has in its settings");
	got = lease_list(tx, l, ROOM);
	ok(got == 1 + 2 * SHARDS && l[0].chan == w->ids[0] && l[0].shard == SHARD_ENDPOINT &&
		l[0].owner == 0 && l[1].shard == 0 && l[got - 1].chan == w->ids[1] &&
		l[got - 1].shard == SHARDS - 1,
	    "lanes and endpoints are listed, and are nobody's at first");
	ok(node_list(tx, n, 1) == 1 && lease_list(tx, l, 2) == 2, "no more than there is room for");
	store_read_end(tx);
}

static int
beat(struct tx *tx, void *arg)
{
	return node_beat(tx, ((struct world *)arg)->node.id, 300);
}

static int
claim(struct tx *tx, void *arg)
{
	struct world *w = arg;

	return lease_claim(tx, &w->seen, w->node.beat, w->node.id);
}

static int
release(struct tx *tx, void *arg)
{
	return lease_release(tx, &((struct world *)arg)->seen);
}

static void
test_claims(struct room *room, struct world *w)
{
	struct lease l;
	int64_t before;

	w->node.id = ANN;
	w->seen = read_lease(room, w->ids[1], 2);
	ok(store_write(room->store, claim, w) == STORE_OK, "a lane of nobody's is claimed");
	l = read_lease(room, w->ids[1], 2);
	ok(l.owner == ANN && l.epoch == w->seen.epoch + 1, "its epoch is a new one");
	w->node.id = BEN;
	ok(store_write(room->store, claim, w) == STORE_FAILED,
	    "who saw it before comes too late for it");
	w->seen = l;
	w->node.beat = before = read_beat(room, ANN);
	w->node.id = ANN;
	suite_do(room, beat, w);
	ok(read_beat(room, ANN) > before, "a beat grows");
	w->node.id = BEN;
	ok(store_write(room->store, claim, w) == STORE_FAILED,
	    "nothing is claimed from an owner that has lived since");
	w->node.beat = read_beat(room, ANN);
	ok(store_write(room->store, claim, w) == STORE_OK, "it is from one that has not");
	w->seen = l;
	ok(store_write(room->store, release, w) == STORE_FENCED,
	    "who has lost a lane cannot give it up");
	w->seen = l = read_lease(room, w->ids[1], 2);
	ok(store_write(room->store, release, w) == STORE_OK, "its owner can");
	l = read_lease(room, w->ids[1], 2);
	ok(l.owner == 0 && l.epoch == w->seen.epoch, "and then it is nobody's");
	w->seen = l;
	w->node.id = 77;
	ok(store_write(room->store, claim, w) == STORE_FAILED, "who is no node claims nothing");
}

static void
test_endpoint(struct room *room, struct world *w)
{
	int64_t epoch = read_lease(room, w->ids[0], 1).epoch;
	bool all = true;

	w->seen = read_lease(room, w->ids[0], SHARD_ENDPOINT);
	w->node.id = BEN;
	suite_do(room, claim, w);
	for (int i = 0; i < SHARDS; i++)
		all &= read_lease(room, w->ids[0], i).owner == BEN;
	ok(all && read_lease(room, w->ids[0], 1).epoch > epoch,
	    "with an endpoint go all lanes of its channel");
	ok(read_lease(room, w->ids[1], 1).owner == 0, "and no other's");
	w->seen = read_lease(room, w->ids[0], SHARD_ENDPOINT);
	suite_do(room, release, w);
	for (int i = 0; i < SHARDS; i++)
		all &= read_lease(room, w->ids[0], i).owner == 0;
	ok(all && read_lease(room, w->ids[0], SHARD_ENDPOINT).owner == 0,
	    "they go back with it, too");
	w->seen = read_lease(room, w->ids[0], SHARD_ENDPOINT);
	suite_do(room, claim, w);
}

/* What a checkpoint does: the fence first, then the cursor. */
static int
move(struct tx *tx, void *arg)
{
	struct world *w = arg;
	struct lane l = { w->seen.chan, w->seen.shard, ++w->pos, 7 };
	int r = lane_move(tx, &l);

	return r != STORE_OK ? r : leases_held(tx, w->seen.owner, &w->seen, 1);
}

static int64_t
cursor(struct room *room, int chan, int shard)
{
	struct tx *tx = store_read(room->store);
	struct lane l[SHARDS];
	int64_t pos;

	must(lane_load(tx, chan, l) == SHARDS);
	pos = l[shard].pos;
	store_read_end(tx);
	return pos;
}

static void
test_fence(struct room *room, struct world *w)
{
	struct lease mine, stale;
	int64_t at;

	mine = w->seen = read_lease(room, w->ids[0], 3);
	ok(store_write(room->store, move, w) == STORE_OK && cursor(room, w->ids[0], 3) == w->pos,
	    "the owner of a lane moves its cursor");
	at = w->pos;
	w->seen = read_lease(room, w->ids[0], SHARD_ENDPOINT);
	w->node.id = ANN;
	w->node.beat = read_beat(room, BEN);
	suite_do(room, claim, w);
	w->seen = mine;
	ok(store_write(room->store, move, w) == STORE_FENCED && cursor(room, w->ids[0], 3) == at,
	    "once it has another owner, nothing of the first one's writes stands");
	stale = read_lease(room, w->ids[0], 3);
	stale.epoch--;
	w->seen = stale;
	ok(store_write(room->store, move, w) == STORE_FENCED,
	    "nor with an epoch that is over, under whatever owner");
	w->seen.epoch++;
	ok(store_write(room->store, move, w) == STORE_OK, "the new owner goes on");
}

static int
remove_node(struct tx *tx, void *arg)
{
	return node_remove(tx, ((struct world *)arg)->node.id);
}

static int
forget(struct tx *tx, void *arg)
{
	struct world *w = arg;

	return node_forget(tx, w->node.id, w->node.beat);
}

static void
test_ends(struct room *room, struct world *w)
{
	struct lease mine = read_lease(room, w->ids[0], 3);

	w->node.id = ANN;
	w->node.beat = read_beat(room, ANN) - 1;
	ok(store_write(room->store, forget, w) == STORE_FAILED && read_beat(room, ANN) > 0,
	    "a node that lives is not forgotten");
	suite_do(room, remove_node, w);
	ok(read_beat(room, ANN) == 0 && read_lease(room, w->ids[0], 3).owner == 0 &&
		read_lease(room, w->ids[0], SHARD_ENDPOINT).owner == 0,
	    "a node that leaves owns nothing more");
	w->seen = mine;
	ok(store_write(room->store, move, w) == STORE_FENCED, "and writes nothing more");
	ok(store_write(room->store, beat, w) == STORE_FENCED, "nor can it come to life again");
	w->node.id = BEN;
	w->node.beat = read_beat(room, BEN);
	suite_do(room, forget, w);
	ok(read_beat(room, BEN) == 0, "a node whose beat stands still is forgotten");
}

static int
go_alone(struct tx *tx, void *arg)
{
	struct node cay = { .id = 1003, .name = "cay", .started = 1 };

	must(node_add(tx, &cay) == STORE_OK && node_alone(tx, cay.id) == STORE_OK);
	must(node_serve(tx, cay.id, ((struct world *)arg)->ids[0]) == STORE_OK);
	return lease_take_all(tx, cay.id);
}

static void
test_alone(struct room *room, struct world *w)
{
	struct tx *tx;
	struct lease l[ROOM];
	struct serves s[ROOM];
	struct node n[ROOM];
	size_t got;
	bool all = true;

	suite_do(room, go_alone, w);
	tx = store_read(room->store);
	got = lease_list(tx, l, ROOM);
	for (size_t i = 0; i < got; i++)
		all &= l[i].owner == 1003;
	ok(got == SHARDS + 1 && all && node_list(tx, n, ROOM) == 1 && serves_list(tx, s, ROOM) == 1,
	    "who is alone has all of it at once");
	store_read_end(tx);
}

static int
register_one(struct tx *tx, void *arg)
{
	static const char *const names[] = { "jabber" }, *const kinds[] = { "xmpp" };

	return channels_register(tx, names, kinds, 1, arg);
}

static int
bea(struct tx *tx, void *arg)
{
	struct node n = { .id = 1004, .name = "bea", .started = 1 };

	must(node_add(tx, &n) == STORE_OK);
	(void)arg;
	return STORE_OK;
}

/* The life of "bea" after that: its settings have the telephone no more. */
static int
bea_again(struct tx *tx, void *arg)
{
	struct node n = { .id = 1005, .name = "bea", .started = 2 };

	(void)arg;
	return node_add(tx, &n);
}

static int
serve_phone(struct tx *tx, void *arg)
{
	struct world *w = arg;

	make_reader(tx, "zoe", "sms", w->ids[1]);
	return node_serve(tx, 1004, w->ids[1]);
}

static int
chan_of_zoe(struct room *room)
{
	struct tx *tx = store_read(room->store);
	struct address a;
	struct user u;

	must(user_by_address(tx, "sms", "zoe@sms", &u, &a));
	store_read_end(tx);
	return a.chan;
}

static void
test_settings(struct room *room, struct world *w)
{
	int id;

	suite_do(room, bea, NULL);
	suite_do(room, serve_phone, w);
	suite_do(room, register_one, &id);
	ok(id == w->ids[0] && chan_of_zoe(room) == w->ids[1],
	    "a node without a channel leaves its addresses to the node that has it");
	suite_do(room, bea_again, NULL);
	suite_do(room, register_one, &id);
	ok(chan_of_zoe(room) == 0, "when none has it any more, they are without");
}

/* One who is behind and one answer; each node asks for its shards only. */
static int
wait_rows(struct tx *tx, void *arg)
{
	struct world *w = arg;
	struct behind b = { .next = 1, .reason = BEHIND_FAILED, .next_at = 5, .first_at = 5 },
		      out[4];
	struct answer a = { .chan = w->ids[0], .kind = "xmpp", .peer = "x@y", .lang = "en" },
		      got[4];
	int64_t soonest;
	unsigned here, mine;

	b.follower = make_reader(tx, "yan", "xmpp", w->ids[0]);
	b.chan = w->ids[0];
	must(behind_put(tx, &b) == STORE_OK && answer_add(tx, &a) == STORE_OK);
	here = 1u << b.follower % SHARDS;
	mine = 1u << a.id % SHARDS;
	ok(behind_due(tx, b.chan, here, 9, NULL, out, 4, &soonest) == 1 &&
		behind_due(tx, b.chan, ALL_SHARDS & ~here, 9, NULL, out, 4, &soonest) == 0 &&
		behind_due(tx, b.chan, here, 4, NULL, out, 4, &soonest) == 0 && soonest == 5 &&
		behind_due(tx, b.chan, ALL_SHARDS & ~here, 4, NULL, out, 4, &soonest) == 0 &&
		soonest == 0,
	    "who is behind is found by their shard");
	ok(answer_due(tx, b.chan, ALL_SHARDS & ~mine, 9, 0, got, 4, &soonest) == 0 &&
		answer_due(tx, b.chan, mine, 9, 0, got, 4, &soonest) == 1,
	    "and an answer by its number's");
	free(got[0].text);
	free(got[0].foreign);
	return STORE_OK;
}

static void
test(struct room *room)
{
	struct world w = { 0 };

	suite_do(room, add_nodes, &w);
	w.pos = 10;
	test_beats(room, &w);
	test_claims(room, &w);
	test_endpoint(room, &w);
	test_fence(room, &w);
	test_ends(room, &w);
	test_alone(room, &w);
	test_settings(room, &w);
	suite_do(room, wait_rows, &w);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
