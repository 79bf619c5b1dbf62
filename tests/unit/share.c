/* Who should have what, by tables. */
#include "gateway/share.h"
#include "tests/tap.h"
#include "tests/unit/share.h"

struct table {
	struct node nodes[8];
	size_t nodes_n;
	struct serves serves[64];
	size_t serves_n;
	struct lease leases[64];
	size_t leases_n;
	struct sights sights;
	int64_t now;
};

static void
table_open(struct table *t, int nodes)
{
	*t = (struct table){ .now = 1000 };
	for (int i = 0; i < nodes; i++) {
		t->nodes[t->nodes_n++] = (struct node){ .id = 100 + i, .beat = 1 };
		for (int chan = PHONE; chan <= MAIL; chan++)
			t->serves[t->serves_n++] = (struct serves){ .node = 100 + i, .chan = chan };
	}
	add_leases(t->leases, &t->leases_n);
	sights_see(&t->sights, t->nodes, t->nodes_n, t->now);
}

/* A second goes by; nodes whose bit is in ${alive} beat. */
static void
table_second(struct table *t, unsigned alive, int seconds)
{
	for (int s = 0; s < seconds; s++) {
		for (size_t i = 0; i < t->nodes_n; i++)
			t->nodes[i].beat += alive >> i & 1;
		t->now += NODE_BEAT_MS;
		sights_see(&t->sights, t->nodes, t->nodes_n, t->now);
	}
}

static struct share_plan
table_plan(const struct table *t, int me)
{
	struct share_world w = { .me = 100 + me,
		.now = t->now,
		.sights = &t->sights,
		.serves = t->serves,
		.serves_n = t->serves_n,
		.leases = t->leases,
		.leases_n = t->leases_n };
	struct share_plan p;

	share_plan(&w, &p);
	return p;
}

/* Let ${me} do at once what it plans. */
static void
table_act(struct table *t, int me)
{
	struct share_plan p = table_plan(t, me);

	for (size_t i = 0; i < p.claims; i++)
		t->leases[p.claim[i]].owner = 100 + me;
	for (size_t i = 0; i < p.gives; i++)
		t->leases[p.give[i]].owner = 0;
}

static unsigned
count(const struct table *t, int who, bool endpoints)
{
	unsigned n = 0;

	for (size_t i = 0; i < t->leases_n; i++)
		if (t->leases[i].owner == 100 + who &&
		    (endpoints ? t->leases[i].shard == SHARD_ENDPOINT : t->leases[i].chan < JABBER))
			n++;
	return n;
}

static void
test_one(void)
{
	struct table t;
	struct share_plan p;

	table_open(&t, 1);
	p = table_plan(&t, 0);
	ok(p.claims == SHARED_LANES + 2 && p.gives == 0, "a node that is alone claims all at once");
	table_act(&t, 0);
	p = table_plan(&t, 0);
	ok(p.claims == 0 && p.gives == 0, "and then does nothing more");
	t.serves_n = 1;
	t.leases[0].owner = t.leases[8].owner = 0;
	p = table_plan(&t, 0);
	ok(p.claims == 1 && p.claim[0] == 0, "it claims nothing that is not in its settings");
}

static void
test_join(void)
{
	struct table t;

	table_open(&t, 2);
	for (size_t i = 0; i < t.leases_n; i++)
		t.leases[i].owner = 100;
	table_second(&t, 3, 1);
	ok(table_plan(&t, 0).gives == 0, "nothing is given up for who has just come");
	table_second(&t, 3, 3);
	ok(table_plan(&t, 0).gives == SHARED_LANES / 2 + 1 && table_plan(&t, 1).claims == 0,
	    "then half is given up, and nothing is taken that is owned");
	table_act(&t, 0);
	ok(table_plan(&t, 0).claims == 0, "what is free is left to who has less");
	table_act(&t, 1);
	ok(count(&t, 0, false) == 4 && count(&t, 1, false) == 4 && count(&t, 0, true) == 1 &&
		count(&t, 1, true) == 1,
	    "both have the same");
	ok(table_plan(&t, 0).gives + table_plan(&t, 1).gives == 0, "and keep it");
}

static void
test_death(void)
{
	struct table t;

	table_open(&t, 3);
	table_second(&t, 7, 5);
	for (int i = 0; i < 3; i++)
		table_act(&t, i);
	ok(count(&t, 0, false) + count(&t, 1, false) + count(&t, 2, false) == SHARED_LANES &&
		count(&t, 2, false) >= 2 && count(&t, 2, false) <= 3,
	    "three have their thirds");
	table_second(&t, 3, 4);
	ok(table_plan(&t, 0).claims + table_plan(&t, 1).claims == 0,
	    "a node that has shown nothing for a while is not dead yet");
	table_second(&t, 3, 1);
	table_act(&t, 0);
	table_act(&t, 1);
	ok(count(&t, 0, false) == 4 && count(&t, 1, false) == 4 && count(&t, 2, false) == 0 &&
		count(&t, 0, true) + count(&t, 1, true) == 2,
	    "what the dead had is shared by the living");
	t.nodes[2].beat++;
	t.now += NODE_TTL_MS + 1000;
	sights_see(&t.sights, t.nodes, t.nodes_n, t.now);
	t.leases[0].owner = 101;
	ok(!sights_dead(&t.sights, 101, t.now) && table_plan(&t, 0).claims == 0,
	    "who has not looked for long gives the others time");
	ok(sights_dead(&t.sights, 9, t.now), "who is not there is dead");
}

int
main(void)
{
	test_one();
	test_join();
	test_death();
	return tap_done();
}
