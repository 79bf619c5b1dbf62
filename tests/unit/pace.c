#include "gateway/fanout.h"
#include "tests/tap.h"

/* Pretend peers: each copy takes ${way} microseconds there and back, and ${work} at the peer, one after the other. */
struct peer {
	int64_t way, work;
	int64_t busy_until;
};

/* Keep as many flying as the pace allows, ${n} in all; returns the microseconds it took. */
static int64_t
run(struct pace *p, struct peer *peer, unsigned n)
{
	static int64_t sent[8192], back[8192];
	unsigned in = 0, out = 0, size = 8192;
	int64_t now = 0;

	peer->busy_until = 0;
	while (out < n) {
		for (; in < n && in - out < p->cap; in++) {
			int64_t begin = now + peer->way / 2;

			if (begin < peer->busy_until)
				begin = peer->busy_until;
			peer->busy_until = begin + peer->work;
			sent[in % size] = now;
			back[in % size] = peer->busy_until + peer->way / 2;
		}
		now = back[out % size];
		pace_settled(p, now - sent[out % size]);
		out++;
	}
	return now;
}

int
main(void)
{
	struct pace p;
	struct peer fast = { .way = 150, .work = 1 }, prosody = { .way = 150, .work = 120 };
	struct peer far = { .way = 100000, .work = 1 }, modem = { .way = 100000, .work = 5000 };
	int64_t took;

	pace_begin(&p, 1024);
	run(&p, &fast, 1024);
	ok(p.cap == 1024, "a peer that keeps up has the whole window after as many copies");
	run(&p, &fast, 100000);
	ok(p.cap == 1024, "and goes on with it");

	pace_begin(&p, 1024);
	took = run(&p, &prosody, 200000);
	ok(took < 200000LL * 120 * 11 / 10, "one that works hard is kept busy");
	ok((int64_t)p.cap * 120 < 13000, "and nobody waits long behind what it has");
	printf("# cap %u\n", p.cap);

	pace_begin(&p, 1024);
	run(&p, &far, 100000);
	ok(p.cap == 1024, "far away is not slow");

	pace_begin(&p, 1024);
	took = run(&p, &modem, 4000);
	ok(took < 4000LL * 5000 * 12 / 10, "far away and slow is kept busy, too");
	ok((int64_t)p.cap * 5000 < 200000, "without a long queue");
	printf("# cap %u\n", p.cap);

	pace_begin(&p, 8);
	ok(p.cap == 8, "a small window is used whole");
	run(&p, &prosody, 1000);
	ok(p.cap == 8, "and stays so");

	pace_begin(&p, 1024);
	run(&p, &fast, 100000);
	run(&p, &far, 200000);
	ok(p.cap == 1024, "a way that has become longer is no queue for long");
	return tap_done();
}
