#include <stdlib.h>
#include <string.h>

#include "tests/store/suite.h"

/*
 * A fan-out in small over the verbs, without networks and without memory: lanes, jobs and catch-up
 * take steps at random, while people speak, follow and change channels.  When all has come to rest,
 * each must have got what it was entitled to when it was said, and nothing twice, but for two cases:
 * a change of channel that met a copy under way or a job, and a job's copy that failed when the lane
 * had gone on (the one behind row of a follower then owes again what the lane brought meanwhile).
 */
#define USERS 8
#define CHANNELS 2
#define STATUSES 250

struct person {
	int64_t id;
	int home; /* 0 or a channel's number */
	bool follows[USERS];
	int64_t twice; /* up to here copies may come twice */
	int64_t moved; /* the head of the log when it last changed its channel */
	struct behind taken;
	bool waits;        /* without a home, as its address failed */
	int64_t under_way; /* position of a copy that catch-up has sent, 0: none */
};

static struct person people[USERS];
static int channels[CHANNELS];
static bool entitled[USERS][STATUSES + 1], named_in[USERS][STATUSES + 1], big[STATUSES + 1];
static int got[USERS][STATUSES + 1];
static int64_t head;
static uint32_t dice;
static bool busy; /* a town where much is said: lanes lag; else jobs do */

static int
roll(int n)
{
	dice = dice * 1103515245 + 12345;
	return (int)(dice >> 16) % n;
}

static int
who(int64_t id)
{
	for (int i = 0; i < USERS; i++)
		if (people[i].id == id)
			return i;
	must(false);
	return 0;
}

/* ---- people */

static void
say(struct tx *tx)
{
	int a = roll(USERS), to = roll(6) == 0 ? roll(USERS) : -1;
	int named = roll(5) == 0 ? roll(USERS) : -1;
	struct status_new n = { .author = people[a].id, .text = "x", .big = roll(6) == 0 };
	int64_t pos;

	if (head == STATUSES)
		return;
	if (to != -1)
		n.to = people[to].id;
	if (named != -1)
		n.addressed[n.addressed_n++] = people[named].id;
	must(status_add(tx, &n, &pos) == STORE_OK && pos == ++head);
	big[pos] = status_is_big(tx, pos);
	for (int u = 0; u < USERS; u++) {
		named_in[u][pos] = u != a && (to != -1 ? to == u : named == u);
		entitled[u][pos] = u != a && (people[u].home != 0 || people[u].waits) &&
				   (named_in[u][pos] || (to == -1 && people[u].follows[a]));
	}
}

static void
follow(struct tx *tx)
{
	int a = roll(USERS), b = roll(USERS);

	if (a == b || people[a].follows[b])
		return;
	people[a].follows[b] = true;
	make_follow(tx, people[a].id, people[b].id);
}

static bool
has_job(struct tx *tx, int u)
{
	struct job jobs[64];
	size_t n = job_load(tx, people[u].home, 0, 0, jobs, 64);

	while (n-- > 0)
		if (jobs[n].shard == people[u].id % SHARDS && jobs[n].sub < people[u].id)
			return true;
	return false;
}

/* The same address everywhere: its state is what counts. */
static void
set_address(struct tx *tx, const struct person *p, enum address_state state)
{
	struct address a;

	must(address_list(tx, p->id, &a, 1) == 1);
	must(address_remove(tx, p->id, a.kind, a.peer) == STORE_OK);
	a.state = state;
	if (p->home != 0)
		a.chan = p->home;
	must(address_add(tx, &a) == STORE_OK);
}

static bool
explain(void *cookie, const struct dead *d)
{
	(void)cookie;
	entitled[who(d->follower)][d->pos] &= got[who(d->follower)][d->pos] > 0;
	return true;
}

static void
move(struct tx *tx)
{
	int u = roll(USERS), to = roll(8) == 0 ? 0 : channels[roll(CHANNELS)];
	struct person *p = &people[u];
	bool fails = to == 0 && roll(2) == 0;

	if (p->home == 0 && to == 0)
		return;
	if (p->home != 0 && to != p->home && (p->under_way != 0 || has_job(tx, u)))
		p->twice = head;
	if (p->home != 0 && to != p->home)
		p->moved = head;
	set_address(tx, p, fails ? ADDRESS_FAILING : ADDRESS_PAUSED);
	must(user_rehome(tx, p->id, to) == STORE_OK);
	p->home = to;
	if (to != 0) {
		set_address(tx, p, ADDRESS_VERIFIED);
		p->waits = false;
		return;
	}
	p->under_way = 0;
	p->waits = fails;
	/* Nothing is owed any more, but each thing says so; or all of it waits. */
	dead_each(tx, 0, explain, NULL);
}

/* Whose address failed has another one in the end. */
static void
move_back(struct tx *tx)
{
	for (int u = 0; u < USERS; u++) {
		if (!people[u].waits)
			continue;
		people[u].home = channels[u % CHANNELS];
		must(user_rehome(tx, people[u].id, people[u].home) == STORE_OK);
	}
}

/* ---- machines */

static struct roster *roster;

static bool
keep(void *cookie, const struct edge *e)
{
	*(struct edge *)cookie = *e;
	return true;
}

static bool
job_is_before(struct tx *tx, int chan, int64_t pos, int64_t follower)
{
	struct job jobs[64];
	size_t n = job_load(tx, chan, pos - 1, SHARDS, jobs, 64);

	while (n-- > 0)
		if (jobs[n].pos == pos && jobs[n].shard == follower % SHARDS &&
		    jobs[n].sub < follower)
			return true;
	return false;
}

/* Up to where the lane of a home has come for one who lives there. */
static int64_t
limit(struct tx *tx, const struct person *p)
{
	struct lane l[SHARDS], *mine = &l[p->id % SHARDS];

	must(lane_load(tx, p->home, l) == SHARDS);
	return mine->sub >= p->id ? mine->pos : mine->pos - 1;
}

static void
catch_up(struct tx *tx, struct person *p)
{
	int64_t pos, end;

	if (p->under_way != 0) {
		got[who(p->id)][p->under_way]++;
		p->taken.next = p->under_way + 1;
		p->under_way = 0;
		must(behind_put(tx, &p->taken) == STORE_OK);
		return;
	}
	if (p->home == 0 || !behind_get(tx, p->id, &p->taken))
		return;
	end = limit(tx, p);
	if (p->taken.next > end && end < head)
		return;
	pos = owed(tx, p->id, p->taken.next);
	if (pos != 0 && pos <= end) {
		if (!job_is_before(tx, p->home, pos, p->id))
			p->under_way = pos;
	} else if (end >= head) {
		p->taken.next = end + 1;
		must(behind_end(tx, &p->taken) >= STORE_OK);
	}
}

/* A copy by lane or job: sent, or it fails and is owed from here on; or a behind row has it. */
static void
bring(struct tx *tx, const struct edge *e, int64_t pos, bool can_fail)
{
	struct person *p = &people[who(e->follower)];
	struct behind b = e->behind;

	/* One copy at a time to one follower. */
	if (p->under_way != 0) {
		catch_up(tx, p);
		must(behind_get(tx, p->id, &b));
	}
	if (b.next != 0 && b.next <= pos)
		return;
	if (!can_fail || roll(5) != 0) {
		got[who(e->follower)][pos]++;
		return;
	}
	if (big[pos])
		p->twice = head;
	b.follower = e->follower;
	b.next = pos;
	b.reason = BEHIND_FAILED;
	must(behind_put(tx, &b) == STORE_OK);
}

static void
step_lane(struct tx *tx, int chan, int shard, bool can_fail)
{
	struct lane l[SHARDS];
	struct status s;
	struct edge_page page = { 0 };
	struct edge e = { 0 };
	int64_t pos, after;

	must(lane_load(tx, chan, l) == SHARDS);
	pos = l[shard].sub == INT64_MAX ? l[shard].pos + 1 : l[shard].pos;
	after = l[shard].sub == INT64_MAX ? 0 : l[shard].sub;
	if (!status_get(tx, pos, &s))
		return;
	l[shard].pos = pos;
	l[shard].sub = INT64_MAX;
	if (s.to == 0 && !status_is_big(tx, pos) &&
	    edge_each(tx, roster, s.author, chan, shard, pos, &after, 1, &page, keep, &e) == 1) {
		l[shard].sub = after;
		if (e.follower != 0)
			bring(tx, &e, pos, can_fail);
	}
	free((char *)s.text);
	must(lane_move(tx, &l[shard]) == STORE_OK);
}

static void
step_job(struct tx *tx, int chan, bool can_fail)
{
	struct edge_page page = { 0 };
	struct edge e = { 0 };
	struct job j;

	if (job_load(tx, chan, 0, 0, &j, 1) == 0)
		return;
	if (edge_each(tx, roster, j.author, chan, j.shard, j.pos, &j.sub, 1, &page, keep, &e) ==
	    0) {
		must(job_end(tx, &j) == STORE_OK);
		return;
	}
	if (e.follower != 0)
		bring(tx, &e, j.pos, can_fail);
	must(job_move(tx, &j) == STORE_OK);
}

/* ---- the town */

static void
step(struct tx *tx, bool people_too)
{
	int what = roll(100), chan = channels[roll(CHANNELS)];

	/* As the fan-out does before it looks: what is remembered is as the store has it. */
	roster_refresh(tx, roster, NULL, NULL);
	if (people_too && what < (busy ? 8 : 1))
		say(tx);
	else if (people_too && what < (busy ? 9 : 2))
		follow(tx);
	else if (people_too && what < (busy ? 11 : 3))
		move(tx);
	else if (what < 50)
		step_lane(tx, chan, roll(SHARDS), people_too);
	else if (what < (busy ? 65 : 52))
		step_job(tx, chan, people_too);
	else
		catch_up(tx, &people[roll(USERS)]);
}

static bool
at_rest(struct tx *tx)
{
	struct lane l[SHARDS];
	struct job j;

	for (int c = 0; c < CHANNELS; c++) {
		must(lane_load(tx, channels[c], l) == SHARDS);
		for (int s = 0; s < SHARDS; s++)
			if (l[s].pos < head || l[s].sub != INT64_MAX)
				return false;
		if (job_load(tx, channels[c], 0, 0, &j, 1) != 0)
			return false;
	}
	for (int u = 0; u < USERS; u++)
		if (behind_of(tx, people[u].id) != 0 || people[u].under_way != 0)
			return false;
	return true;
}

struct sum {
	uint32_t seed;
	int missing, twice, strange;
	bool rest;
};

static int
town(struct tx *tx, void *arg)
{
	struct sum *sum = arg;
	char name[16];

	/* From the same start each time: it comes to nothing, and may be run again for that. */
	*sum = (struct sum){ .seed = sum->seed };
	dice = sum->seed;
	busy = sum->seed % 2 == 0;
	head = 0;
	memset(entitled, 0, sizeof(entitled));
	memset(got, 0, sizeof(got));
	roster = roster_new(USERS);
	make_channels(tx, channels);
	for (int i = 0; i < USERS; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		people[i] = (struct person){ .home = channels[i % CHANNELS] };
		people[i].id = make_reader(tx, name, "xmpp", people[i].home);
	}
	for (int i = 0; i < USERS * 3; i++)
		follow(tx);
	for (int i = 0; i < (busy ? 6000 : 20000); i++)
		step(tx, true);
	move_back(tx);
	for (int i = 0; i < 100000 && !sum->rest; i++) {
		step(tx, false);
		if (i % 100 == 0)
			sum->rest = at_rest(tx);
	}
	for (int u = 0; u < USERS; u++)
		for (int64_t pos = 1; pos <= head; pos++) {
			sum->missing += entitled[u][pos] && got[u][pos] == 0;
			sum->twice += got[u][pos] > 1 && pos > people[u].twice &&
				      !(big[pos] && pos <= people[u].moved);
			/* A private word from a pause may still come. */
			sum->strange += !entitled[u][pos] && !named_in[u][pos] && got[u][pos] > 0;
		}
	roster_free(roster);
	return STORE_FAILED;
}

static void
test(struct room *room)
{
	char what[96];

	for (uint32_t seed = 1; seed <= 6; seed++) {
		struct sum sum = { .seed = seed };

		store_write(room->store, town, &sum);
		snprintf(
		    what, sizeof(what), "town %u: all has come, nothing twice or astray", seed);
		ok(sum.rest && sum.missing == 0 && sum.twice == 0 && sum.strange == 0, what);
		if (!sum.rest || sum.missing + sum.twice + sum.strange != 0)
			printf("# at rest %d, missing %d, twice %d, astray %d\n", sum.rest,
			    sum.missing, sum.twice, sum.strange);
	}
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
