/* The cache of what is made for strangers: bounds, one maker at a time, and no longer than it is right. */
#include <pthread.h>
#include <stdio.h>

#include "channels/web/cache.h"
#include "tests/unit/town.h"

static int released;

static void
release(void *thing)
{
	released++;
	free(thing);
}

/* Make ${name} of what is known of ${user}. */
static void
make(struct cache *c, const char *name, int64_t user, size_t size)
{
	int64_t at = change_now(town_store);
	struct cache_entry *e;
	struct change_set set;
	struct tx *tx;
	struct user u;

	if (cache_find(c, name, &e) != CACHE_MAKE)
		log_die("%s is there", name);
	tx = store_read(town_store);
	change_watch(tx, &set);
	user_by_id(tx, user, &u);
	store_read_end(tx);
	cache_keep(c, e, mem_dup(name), size, at, &set, 60);
	cache_done(c, e);
}

static bool
has(struct cache *c, const char *name)
{
	struct cache_entry *e;

	switch (cache_find(c, name, &e)) {
	case CACHE_HIT:
		if (strcmp(cache_thing(e), name) != 0)
			log_die("%s is %s", name, (char *)cache_thing(e));
		cache_done(c, e);
		return true;
	case CACHE_MAKE:
		cache_give_up(c, e);
		return false;
	case CACHE_WAIT:
		break;
	}
	return false;
}

static int
rename_somebody(struct tx *tx, void *arg)
{
	struct user u;

	if (!user_by_id(tx, *(int64_t *)arg, &u))
		return STORE_FAILED;
	strcpy(u.bio, "another");
	return user_update(tx, &u);
}

static int
two(struct tx *tx, void *arg)
{
	struct user a = { .name = "alice", .lang = "en", .zone = "UTC" }, b = a;

	strcpy(b.name, "bob");
	if (user_add(tx, &a) < 0 || user_add(tx, &b) < 0)
		return STORE_FAILED;
	((int64_t *)arg)[0] = a.id;
	((int64_t *)arg)[1] = b.id;
	return STORE_OK;
}

static void
changes(int64_t who[2])
{
	struct cache *c = cache_new(town_store, 1 << 20, release);
	struct cache_entry *e;

	ok(!has(c, "alice"), "nothing is there at first");
	make(c, "alice", who[0], 100);
	make(c, "bob", who[1], 100);
	ok(has(c, "alice") && has(c, "bob"), "what was made is kept");
	cache_find(c, "alice", &e);
	store_write(town_store, rename_somebody, &who[0]);
	ok(!has(c, "alice"), "until it changes");
	ok(has(c, "bob"), "and nothing else");
	ok(strcmp(cache_thing(e), "alice") == 0, "who holds it may go on");
	released = 0;
	cache_done(c, e);
	ok(released == 1, "then it goes");
	cache_free(c);
	ok(released == 2, "and all the others at the end");
}

static void
bounds(int64_t who[2])
{
	struct cache *c = cache_new(town_store, 100000, release);
	char name[16];
	bool fits = true;

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "n%d", i);
		make(c, name, who[0], 5000);
		fits &= cache_size(c) <= 100000;
		has(c, "n0");
	}
	ok(fits, "it never has more bytes than it may");
	ok(has(c, "n99") && has(c, "n98") && !has(c, "n50"), "what is old goes first");
	ok(has(c, "n0"), "but for what is asked for");
	make(c, "big", who[0], 50000);
	ok(!has(c, "big") && has(c, "n99"), "what is too big is not kept");
	store_write(town_store, rename_somebody, &who[0]);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "n%d", i);
		has(c, name);
	}
	ok(cache_size(c) == 0, "nothing is left of what changed");
	cache_free(c);
}

/* ---- one at a time */

static int woken, alone;

static void
wake(struct cache_waiter *w)
{
	woken++;
	alone += w->alone;
}

static void
one_maker(int64_t who[2])
{
	struct cache *c = cache_new(town_store, 1 << 20, release);
	struct cache_waiter a = { .wake = wake }, b = { .wake = wake }, late = { .wake = wake };
	struct cache_entry *e, *other;
	struct change_set set = { .n = 0 };

	(void)who;
	ok(cache_find(c, "x", &e) == CACHE_MAKE, "the first makes it");
	ok(cache_find(c, "x", &other) == CACHE_WAIT && cache_wait(c, "x", &a) &&
		cache_wait(c, "x", &b),
	    "the others wait");
	ok(cache_find(c, "y", &other) == CACHE_MAKE, "for that alone");
	cache_keep(c, e, mem_dup("x"), 10, change_now(town_store), &set, 60);
	cache_done(c, e);
	ok(woken == 2 && alone == 0, "until it is made");
	ok(!cache_wait(c, "x", &late) && has(c, "x"), "who comes late need not");
	cache_wait(c, "y", &a);
	cache_give_up(c, other);
	ok(woken == 3 && alone == 1, "where it cannot be kept, each is told to make it");
	cache_find(c, "z", &e);
	cache_wait(c, "z", &b);
	set.full = true;
	cache_keep(c, e, mem_dup("z"), 10, change_now(town_store), &set, 60);
	ok(woken == 4 && alone == 2 && strcmp(cache_thing(e), "z") == 0, "or it rests on too much");
	cache_done(c, e);
	set.full = false;
	cache_find(c, "old", &e);
	cache_keep(c, e, mem_dup("old"), 10, change_now(town_store), &set, 0);
	cache_done(c, e);
	ok(!has(c, "old"), "when its time is over, it is gone");
	cache_free(c);
}

/* ---- many at once */

static struct cache *busy;
static atomic_int stale, hits;
static atomic_bool over;
static _Atomic int64_t version;
static int64_t whose;

static int
count_up(struct tx *tx, void *arg)
{
	struct user u;

	if (!user_by_id(tx, whose, &u))
		return STORE_FAILED;
	snprintf(u.bio, sizeof u.bio, "%d", *(int *)arg);
	return user_update(tx, &u);
}

static void
make_busy(struct cache_entry *e, int64_t at)
{
	struct tx *tx = store_read(town_store);
	struct change_set set;
	struct user u;

	change_watch(tx, &set);
	user_by_id(tx, whose, &u);
	store_read_end(tx);
	cache_keep(busy, e, mem_dup(u.bio), 10, at, &set, 60);
}

static void *
ask(void *arg)
{
	struct cache_entry *e;
	int64_t at, asked;

	(void)arg;
	while (!atomic_load(&over)) {
		asked = atomic_load(&version);
		at = change_now(town_store);
		switch (cache_find(busy, "busy", &e)) {
		case CACHE_WAIT:
			continue;
		case CACHE_MAKE:
			make_busy(e, at);
			break;
		case CACHE_HIT:
			atomic_fetch_add(&hits, 1);
			break;
		}
		atomic_fetch_add(&stale, atoll(cache_thing(e)) < asked);
		cache_done(busy, e);
	}
	return NULL;
}

static void
many(int64_t who[2])
{
	pthread_t thread[3];

	whose = who[0];
	busy = cache_new(town_store, 1 << 20, release);
	store_write(town_store, count_up, &(int){ 0 });
	for (int i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, ask, NULL);
	for (int i = 1; i < 500; i++) {
		store_write(town_store, count_up, &i);
		atomic_store(&version, i);
		for (int n = atomic_load(&hits); i % 50 == 0 && atomic_load(&hits) < n + 10;)
			sched_yield();
	}
	atomic_store(&over, true);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	ok(atomic_load(&stale) == 0, "nobody gets what was before a commit they know of");
	printf("# kept %d times\n", atomic_load(&hits));
	cache_free(busy);
}

int
main(void)
{
	int64_t who[2];

	town_open();
	if (store_write(town_store, two, who) != STORE_OK)
		log_die("no people");
	changes(who);
	bounds(who);
	one_maker(who);
	many(who);
	town_close();
	return tap_done();
}
