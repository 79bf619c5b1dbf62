/*
 * Random worlds: nodes that die, stop for a while, come and go, on a store that is away now and then,
 * each with a clock of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/share.h"
#include "tests/tap.h"
#include "tests/unit/share.h"

#define PEOPLE 4
#define WORLD_MS 90000
#define STEP_MS 50

static uint64_t dice;

static unsigned
roll(unsigned n)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(dice >> 33) % n;
}

/* A process: what it knows is what it last read. */
struct process {
	bool there, registered;
	int64_t id, skew; /* its clock's difference */
	int64_t asleep;   /* until then it does nothing: SIGSTOP; INT64_MAX: killed */
	int64_t next;     /* its next beat */
	int64_t begun;    /* of its last beat that was committed, its own clock; 0: none */
	struct sights sights;
	struct lease held[64]; /* by lease; owner 0: not */
	int64_t draining[64];  /* done then; 0: not */
	/* what it has sent to the store, which comes to it at ${arrives} */
	bool sent, done;
	int64_t arrives, sent_at;
	struct share_plan plan;
	struct lease seen[64];
	int64_t beats[64];
	/* the answer */
	struct node nodes[16];
	struct lease leases[64];
	size_t nodes_n;
	bool fenced;
};

struct world {
	struct node nodes[16];
	size_t nodes_n;
	struct lease leases[64];
	size_t leases_n;
	struct process of[PEOPLE];
	int64_t now, away; /* the store is away until then */
	int64_t last_id, changed, quiet;
	/* findings */
	int two, orphans, unfair, restless, stale;
};

static struct node *
node_at(struct world *w, int64_t id)
{
	for (size_t i = 0; i < w->nodes_n; i++)
		if (w->nodes[i].id == id)
			return &w->nodes[i];
	return NULL;
}

static int64_t
own_clock(const struct world *w, const struct process *p)
{
	return w->now + p->skew;
}

static bool
is_awake(const struct world *w, const struct process *p)
{
	return p->there && p->asleep <= w->now;
}

static bool
may_act(const struct world *w, const struct process *p)
{
	return p->begun != 0 && own_clock(w, p) - p->begun < NODE_HOLD_MS;
}

static void
begin(struct world *w, struct process *p)
{
	*p = (struct process){ .there = true,
		.id = ++w->last_id,
		.skew = 1000 + (int64_t)roll(1000000),
		.next = w->now };
	w->changed = w->now;
}

static void
release_rows(struct world *w, int64_t id)
{
	for (size_t i = 0; i < w->leases_n; i++)
		if (w->leases[i].owner == id) {
			w->leases[i].owner = 0;
			w->leases[i].epoch++;
		}
}

/* All lanes of a channel go with its endpoint. */
static void
set_owner(struct world *w, size_t at, int64_t owner, int epoch)
{
	struct lease *l = &w->leases[at];

	l->owner = owner;
	l->epoch += epoch;
	for (size_t i = at + 1; l->shard == SHARD_ENDPOINT && i <= at + LANES; i++) {
		w->leases[i].owner = owner;
		w->leases[i].epoch += epoch;
	}
}

/* The store runs what ${p} has sent: as gateway/node.c has it, in one transaction. */
static void
run(struct world *w, struct process *p)
{
	struct node *me = node_at(w, p->id), *o;

	p->done = true;
	if (me == NULL && p->registered) {
		p->fenced = true;
		return;
	}
	if (me == NULL) {
		w->nodes[w->nodes_n++] = (struct node){ .id = p->id };
		me = &w->nodes[w->nodes_n - 1];
		p->registered = true;
	}
	for (size_t i = 0; i < p->plan.gives; i++) {
		size_t at = p->plan.give[i];

		if (w->leases[at].owner != p->id || w->leases[at].epoch != p->held[at].epoch) {
			p->fenced = true;
			return;
		}
		set_owner(w, at, 0, 0);
		w->quiet = w->now;
	}
	for (size_t i = 0; i < p->plan.claims; i++) {
		size_t at = p->plan.claim[i];
		const struct lease *l = &w->leases[at];

		o = node_at(w, l->owner);
		if (l->owner != p->seen[at].owner || l->epoch != p->seen[at].epoch ||
		    (o != NULL && o->beat != p->beats[at]))
			continue;
		set_owner(w, at, p->id, 1);
		w->quiet = w->now;
	}
	me->beat++;
	memcpy(p->nodes, w->nodes, sizeof(p->nodes));
	p->nodes_n = w->nodes_n;
	memcpy(p->leases, w->leases, sizeof(p->leases));
}

static void
plan(struct world *w, struct process *p)
{
	struct serves serves[PEOPLE * 8 * MAIL];
	struct share_world s = { .me = p->id,
		.now = own_clock(w, p),
		.sights = &p->sights,
		.serves = serves,
		.leases = p->leases,
		.leases_n = w->leases_n };

	for (size_t i = 0; i < p->nodes_n; i++)
		for (int chan = PHONE; chan <= MAIL; chan++)
			serves[s.serves_n++] = (struct serves){ .node = p->nodes[i].id,
				.chan = chan };
	share_plan(&s, &p->plan);
	for (size_t i = 0; i < w->leases_n; i++) {
		p->seen[i] = p->leases[i];
		p->beats[i] = sights_beat(&p->sights, p->leases[i].owner);
	}
}

/* What it is to give up takes its time to drain. */
static void
drain(struct world *w, struct process *p)
{
	struct share_plan wish = p->plan;
	bool wished[64] = { false };

	p->plan.gives = 0;
	for (size_t i = 0; i < wish.gives; i++) {
		size_t at = wish.give[i];

		wished[at] = true;
		if (p->draining[at] == 0)
			p->draining[at] = w->now + roll(2000);
		else if (p->draining[at] <= w->now)
			p->plan.give[p->plan.gives++] = (unsigned short)at;
	}
	for (size_t i = 0; i < w->leases_n; i++)
		if (!wished[i])
			p->draining[i] = 0;
}

/* The answer has come. */
static void
hear(struct world *w, struct process *p)
{
	p->sent = false;
	for (size_t i = 0; i < w->leases_n && !p->fenced; i++) {
		bool mine = p->leases[i].owner == p->id, given = p->held[i].chan == -1;

		if (p->held[i].owner == p->id && !given &&
		    (!mine || p->leases[i].epoch != p->held[i].epoch))
			p->fenced = true;
		p->held[i] = mine ? p->leases[i] : (struct lease){ 0 };
	}
	if (p->fenced) {
		begin(w, p); /* another life */
		return;
	}
	p->begun = p->sent_at;
	sights_see(&p->sights, p->nodes, p->nodes_n, own_clock(w, p));
	plan(w, p);
	drain(w, p);
	if (p->plan.claims + p->plan.gives > 0)
		p->next = w->now;
}

static void
send_beat(struct world *w, struct process *p)
{
	p->sent = true;
	p->done = false;
	p->sent_at = own_clock(w, p);
	p->arrives = w->now + 1 + roll(roll(20) == 0 ? 1500 : 60);
	p->next = w->now + NODE_BEAT_MS;
	/* From here on it acts on nothing that it gives up. */
	for (size_t i = 0; i < p->plan.gives; i++) {
		size_t at = p->plan.give[i];
		size_t n = w->leases[at].shard == SHARD_ENDPOINT ? LANES : 0;

		for (size_t k = at + 1; k <= at + n; k++)
			p->held[k].chan = -1;
		p->held[at].chan = -1;
	}
}

static void
step(struct world *w, struct process *p)
{
	if (!p->there)
		return;
	if (p->sent && !p->done && p->arrives <= w->now && w->away <= w->now)
		run(w, p); /* though it may be dead by now */
	if (!is_awake(w, p))
		return;
	if (p->sent && p->done)
		hear(w, p);
	if (!p->sent && p->next <= w->now)
		send_beat(w, p);
	if (p->sent && !p->done)
		return;
	p->plan.claims = p->plan.gives = 0;
}

/* Something befalls it. */
static void
befall(struct world *w, struct process *p)
{
	int64_t id = p->id;

	switch (roll(5)) {
	case 0: /* killed, and maybe it comes again */
		p->asleep = INT64_MAX;
		break;
	case 1:
		p->asleep = w->now + 1000 + roll(15000);
		break;
	case 2: /* the store is away from all */
		w->away = w->now + 500 + roll(8000);
		break;
	case 3: /* it leaves */
		if (!is_awake(w, p) || p->sent)
			return;
		release_rows(w, id);
		for (size_t i = 0; i < w->nodes_n; i++)
			if (w->nodes[i].id == id)
				w->nodes[i] = w->nodes[--w->nodes_n];
		p->there = false;
		break;
	case 4:
		if (p->there && p->asleep != INT64_MAX)
			return;
		begin(w, p);
		break;
	}
	w->changed = w->now;
}

static bool
is_fenced_off(const struct world *w, const struct process *p, size_t i)
{
	return p->held[i].owner == p->id && p->held[i].chan != -1 &&
	       (w->leases[i].owner != p->id || w->leases[i].epoch != p->held[i].epoch);
}

static void
judge_each(struct world *w, int64_t free_since[64])
{
	for (size_t i = 0; i < w->leases_n; i++) {
		int acting = 0, living = 0;

		for (size_t k = 0; k < PEOPLE; k++) {
			const struct process *p = &w->of[k];

			if (!is_awake(w, p))
				continue;
			acting += p->held[i].owner == p->id && p->held[i].chan != -1 &&
				  may_act(w, p);
			living += w->leases[i].owner == p->id;
			/* One that acts after another has it would be the second. */
			w->stale += is_fenced_off(w, p, i) && may_act(w, p);
		}
		w->two += acting > 1;
		if (living > 0)
			free_since[i] = w->now;
	}
}

static void
judge(struct world *w, int64_t free_since[64])
{
	unsigned most[2] = { 0 }, least[2] = { 99, 99 }, awake = 0;
	int64_t calm = w->changed > w->away ? w->changed : w->away;

	judge_each(w, free_since);
	for (size_t k = 0; k < PEOPLE; k++) {
		const struct process *p = &w->of[k];
		unsigned n[2] = { 0 };

		if (p->asleep <= w->now && p->asleep > calm)
			calm = p->asleep;
		if (!is_awake(w, p) || p->begun == 0)
			continue;
		awake++;
		for (size_t i = 0; i < w->leases_n; i++)
			if (w->leases[i].owner == p->id && w->leases[i].chan < JABBER)
				n[0]++;
			else if (w->leases[i].owner == p->id &&
				 w->leases[i].shard == SHARD_ENDPOINT)
				n[1]++;
		for (int j = 0; j < 2; j++) {
			most[j] = n[j] > most[j] ? n[j] : most[j];
			least[j] = n[j] < least[j] ? n[j] : least[j];
		}
	}
	for (size_t i = 0; awake > 0 && i < w->leases_n; i++)
		if (w->now - calm > NODE_TTL_MS + 4000 &&
		    w->now - free_since[i] > NODE_TTL_MS + 4000)
			w->orphans++;
	if (awake > 0 && w->now - calm > 20000) {
		w->unfair += most[0] - least[0] > 1 || most[1] - least[1] > 1;
		w->restless += w->quiet == w->now;
	}
}

static struct world
live(uint64_t seed)
{
	static struct world w;
	int64_t free_since[64];

	dice = seed * 0x9e3779b97f4a7c15u + 1;
	w = (struct world){ .now = 1, .last_id = 1000 };
	add_leases(w.leases, &w.leases_n);
	for (size_t i = 0; i < w.leases_n; i++)
		free_since[i] = w.now;
	for (size_t i = 0; i < PEOPLE; i++)
		if (i == 0 || roll(2) == 0)
			begin(&w, &w.of[i]);
	for (; w.now < WORLD_MS; w.now += STEP_MS) {
		for (size_t i = 0; i < PEOPLE; i++)
			step(&w, &w.of[i]);
		judge(&w, free_since);
		/* The last third is quiet. */
		if (w.now < WORLD_MS * 2 / 3 && roll(60) == 0)
			befall(&w, &w.of[roll(PEOPLE)]);
	}
	return w;
}

static void
test_worlds(int n)
{
	struct world all = { 0 };

	for (int i = 0; i < n; i++) {
		struct world w = live((uint64_t)i);

		if (w.two + w.stale + w.orphans + w.unfair + w.restless > 0)
			printf("# world %d: two %d stale %d orphans %d unfair %d restless %d\n", i,
			    w.two, w.stale, w.orphans, w.unfair, w.restless);
		all.two += w.two;
		all.stale += w.stale;
		all.orphans += w.orphans;
		all.unfair += w.unfair;
		all.restless += w.restless;
	}
	ok(all.two == 0, "no two nodes ever act on the same lane");
	ok(all.stale == 0, "none acts on what another has by now");
	ok(all.orphans == 0, "while one lives, every lane has an owner that does, soon");
	ok(all.unfair == 0, "when it is quiet, shares differ by one at most");
	ok(all.restless == 0, "and nothing moves");
}

int
main(int argc, char **argv)
{
	test_worlds(argc > 1 ? atoi(argv[1]) : 3000);
	return tap_done();
}
