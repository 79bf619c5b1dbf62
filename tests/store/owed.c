#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/store/suite.h"

/*
 * What is owed to whom, against a model that keeps everything in arrays and looks at all of it.
 */
#define USERS 6
#define STATUSES 400
#define STEPS 1200

struct model {
	struct {
		bool active, all;
		int64_t since;
	} follow[USERS][USERS]; /* [follower][followee] */
	bool block[USERS][USERS];
	struct {
		int author, to; /* to -1: all */
		bool deleted, dead[USERS], addressed[USERS];
	} said[STATUSES + 1];
	int64_t head;
};

static struct model model;
static int64_t ids[USERS];
static uint32_t dice = 1;

static int
roll(int n)
{
	dice = dice * 1103515245 + 12345;
	return (int)(dice >> 16) % n;
}

static bool
model_owes(int user, int64_t pos)
{
	int a = model.said[pos].author;

	if (model.said[pos].deleted || model.said[pos].dead[user] || a == user ||
	    model.block[a][user] || model.block[user][a])
		return false;
	if (model.said[pos].to != -1)
		return model.said[pos].to == user;
	return model.said[pos].addressed[user] ||
	       (model.follow[user][a].active && model.follow[user][a].all &&
		   model.follow[user][a].since < pos);
}

static int64_t
model_next(int user, int64_t from)
{
	for (int64_t pos = from < 1 ? 1 : from; pos <= model.head; pos++)
		if (model_owes(user, pos))
			return pos;
	return 0;
}

static void
step_say(struct tx *tx, int a)
{
	struct status_new n = { .author = ids[a], .text = "x", .big = roll(3) };
	int named = roll(4) == 0 ? roll(USERS) : -1, to = roll(5) == 0 ? roll(USERS) : -1;
	int64_t pos;

	if (model.head == STATUSES)
		return;
	if (to != -1)
		n.to = ids[to];
	if (named != -1)
		n.addressed[n.addressed_n++] = ids[named];
	must(status_add(tx, &n, &pos) == STORE_OK);
	must(pos == ++model.head);
	model.said[pos].author = a;
	model.said[pos].to = to;
	if (named != -1 && to == -1)
		model.said[pos].addressed[named] = true;
}

static void
step_follow(struct tx *tx, int a, int b)
{
	enum follow_state s = roll(4) == 0   ? FOLLOW_NONE
			      : roll(4) == 0 ? FOLLOW_REQUESTED
					     : FOLLOW_ACTIVE;
	enum follow_wants w = roll(4) == 0 ? WANTS_MENTIONS : WANTS_ALL;

	if (a == b)
		return;
	must(follow_set(tx, ids[a], ids[b], s, w) == STORE_OK);
	if (!(model.follow[a][b].active && model.follow[a][b].all))
		model.follow[a][b].since = model.head;
	model.follow[a][b].active = s == FOLLOW_ACTIVE;
	model.follow[a][b].all = w == WANTS_ALL;
}

static void
step(struct tx *tx)
{
	int a = roll(USERS), b = roll(USERS), what = roll(20);
	int64_t pos = model.head > 0 ? 1 + roll((int)model.head) : 0;

	if (what < 10)
		step_say(tx, a);
	else if (what < 14)
		step_follow(tx, a, b);
	else if (what < 16 && a != b) {
		model.block[a][b] = roll(3) == 0;
		must(block_set(tx, ids[a], ids[b], model.block[a][b]) == STORE_OK);
	} else if (what < 18 && pos != 0) {
		model.said[pos].dead[a] = true;
		must(dead_add(tx, pos, ids[a], 1, "x", 1) == STORE_OK);
	} else if (pos != 0) {
		model.said[pos].deleted = true;
		status_delete(tx, pos, 1);
	}
}

/* The same for all at once, from rows that begin at ${from}; how many are wrong. */
static int
wrong_at_once(struct tx *tx, int64_t from)
{
	struct owed o[USERS];
	int wrong = 0;

	for (int i = 0; i < USERS; i++) {
		/* newer than whatever made the row */
		struct behind b = { .follower = ids[i], .next = from, .version = 1000000 };

		must(behind_put(tx, &b) == STORE_OK);
	}
	owed_some(tx, ids, USERS, o);
	for (int i = 0; i < USERS; i++)
		wrong += !o[i].known || o[i].home == 0 || o[i].pos != model_next(i, from);
	return wrong;
}

static int
world(struct tx *tx, void *arg)
{
	int *wrong = arg, channels[2];
	char name[16];

	memset(&model, 0, sizeof(model));
	make_channels(tx, channels);
	for (int i = 0; i < USERS; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		ids[i] = make_reader(tx, name, "xmpp", channels[0]);
	}
	for (int i = 0; i < STEPS; i++) {
		int user = roll(USERS);
		int64_t from = roll((int)model.head + 2);

		step(tx);
		*wrong += owed(tx, ids[user], from) != model_next(user, from);
	}
	/* And all of it, from end to end. */
	for (int user = 0; user < USERS; user++)
		for (int64_t pos = 1, next; pos <= model.head; pos = next + 1) {
			next = model_next(user, pos);
			*wrong += owed(tx, ids[user], pos) != next;
			if (next == 0)
				break;
		}
	for (int64_t pos = 1; pos <= model.head + 1; pos += 1 + model.head / 20)
		*wrong += wrong_at_once(tx, pos);
	return STORE_FAILED;
}

/* Many at once come to what each by itself comes to. */
#define MANY 130

static bool
is_saved(struct tx *tx, const struct behind_note *n, int i)
{
	struct behind b;
	bool has = behind_get(tx, n->behind.follower, &b);

	if (i % 3 == 0) /* nobody else has written it */
		return !has && !n->kept;
	if (i % 3 == 1) /* something became owed before */
		return has && n->kept && b.next == 5 && b.attempts == 0;
	return has && !n->kept && b.next == 9 && b.attempts == 4 && b.chan == n->behind.chan;
}

static int
saving(struct tx *tx, void *arg)
{
	struct behind_note *n = mem_new(MANY * sizeof(*n));
	int wrong = 0, channels[2];
	char name[16];

	(void)arg;
	make_channels(tx, channels);
	for (int i = 0; i < MANY; i++) {
		struct behind *b = &n[i].behind;

		snprintf(name, sizeof(name), "many%d", i);
		b->follower = make_reader(tx, name, "xmpp", channels[0]);
		b->next = 5;
		b->attempts = 3;
		b->chan = channels[0];
	}
	ok(behind_save(tx, n, MANY) == STORE_OK && behind_of(tx, n[MANY - 1].behind.follower) == 5,
	    "many rows are made at once");
	for (int i = 0; i < MANY; i++) {
		n[i].behind.version = i % 3 == 1 ? -1 : 0;
		n[i].behind.next = i % 3 == 2 ? 9 : 7;
		n[i].behind.attempts = 4;
		n[i].leaving = i % 3 < 2;
	}
	behind_save(tx, n, MANY);
	for (int i = 0; i < MANY; i++)
		wrong += !is_saved(tx, &n[i], i);
	ok(wrong == 0, "or ended, or moved on");
	free(n);
	return STORE_FAILED;
}

static void
test(struct room *room)
{
	char what[64];
	int wrong;

	store_write(room->store, saving, NULL);
	for (uint32_t seed = 1; seed <= 5; seed++) {
		dice = seed;
		wrong = 0;
		store_write(room->store, world, &wrong);
		snprintf(
		    what, sizeof(what), "what is owed is what the model says (world %u)", seed);
		ok(wrong == 0, what);
	}
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
