#include "channels/web/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define BUCKETS 4096
#define PART 8 /* one thing takes at most so small a part of the room */

struct cache_entry {
	char *name;
	void *thing; /* NULL: it is being made */
	size_t size;
	int64_t at, until; /* the moment; clock_ms() */
	uint32_t *key;
	size_t n;
	unsigned refs; /* the table's, and who holds it */
	struct cache_waiter *waiters;
	struct cache_entry *chain;
	struct cache_entry *newer, *older; /* once it is made */
};

struct cache {
	struct store *store;
	void (*release)(void *thing);
	size_t max;
	pthread_mutex_t lock;
	size_t size;
	struct cache_entry *buckets[BUCKETS];
	struct cache_entry *newest, *oldest;
};

struct cache *
cache_new(struct store *s, size_t max, void (*release)(void *thing))
{
	struct cache *c = mem_new(sizeof *c);

	c->store = s;
	c->max = max;
	c->release = release;
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

/* Where ${name} is, or would be. */
static struct cache_entry **
place(struct cache *c, const char *name)
{
	uint64_t hash = (uint64_t)change_name(name);
	struct cache_entry **at = &c->buckets[(hash ^ hash >> 32) % BUCKETS];

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->chain;
	return at;
}

static void
drop(struct cache *c, struct cache_entry *e)
{
	if (--e->refs > 0)
		return;
	if (e->thing)
		c->release(e->thing);
	free(e->name);
	free(e->key);
	free(e);
}

/* It has been asked for. */
static void
link_newest(struct cache *c, struct cache_entry *e)
{
	e->newer = NULL;
	e->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
}

static void
unlink_it(struct cache *c, struct cache_entry *e)
{
	*(e->newer ? &e->newer->older : &c->newest) = e->older;
	*(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

/* Out of the table; who holds it may go on. */
static void
forget(struct cache *c, struct cache_entry *e)
{
	struct cache_entry **at = place(c, e->name);

	if (*at == e)
		*at = e->chain;
	if (e->thing) {
		unlink_it(c, e);
		c->size -= e->size;
	}
	drop(c, e);
}

void
cache_free(struct cache *c)
{
	while (c->oldest)
		forget(c, c->oldest);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static struct cache_entry *
add(struct cache *c, const char *name)
{
	struct cache_entry *e = mem_new(sizeof *e), **at = place(c, name);

	e->name = mem_dup(name);
	e->refs = 2;
	e->chain = *at;
	*at = e;
	return e;
}

enum cache_found
cache_find(struct cache *c, const char *name, struct cache_entry **out)
{
	enum cache_found found = CACHE_MAKE;
	struct cache_entry *e;

	pthread_mutex_lock(&c->lock);
	e = *place(c, name);
	if (e && e->thing &&
	    (clock_ms() >= e->until || change_since(c->store, e->at, e->key, e->n))) {
		forget(c, e);
		e = NULL;
	}
	if (e == NULL) {
		*out = add(c, name);
	} else if (e->thing == NULL) {
		found = CACHE_WAIT;
	} else {
		found = CACHE_HIT;
		unlink_it(c, e);
		link_newest(c, e);
		e->refs++;
		*out = e;
	}
	pthread_mutex_unlock(&c->lock);
	return found;
}

void *
cache_thing(const struct cache_entry *e)
{
	return e->thing;
}

void
cache_done(struct cache *c, struct cache_entry *e)
{
	pthread_mutex_lock(&c->lock);
	drop(c, e);
	pthread_mutex_unlock(&c->lock);
}

/* After the lock: who is woken looks again. */
static void
wake(struct cache_waiter *w, bool alone)
{
	struct cache_waiter *next;

	for (; w; w = next) {
		next = w->next;
		w->alone = alone;
		w->wake(w);
	}
}

static struct cache_waiter *
take_waiters(struct cache_entry *e)
{
	struct cache_waiter *w = e->waiters;

	e->waiters = NULL;
	return w;
}

void
cache_keep(struct cache *c, struct cache_entry *e, void *thing, size_t size, int64_t at,
    const struct change_set *set, int seconds)
{
	struct cache_waiter *waiters;
	bool fits = !set->full && size <= c->max / PART;

	pthread_mutex_lock(&c->lock);
	waiters = take_waiters(e);
	e->size = size + sizeof *e + set->n * sizeof *set->key;
	e->at = at;
	e->until = clock_ms() + (int64_t)seconds * 1000;
	e->n = set->n;
	e->key = mem_new((set->n + 1) * sizeof *e->key);
	memcpy(e->key, set->key, set->n * sizeof *e->key);
	if (!fits)
		forget(c, e);
	e->thing = thing;
	if (fits) {
		link_newest(c, e);
		c->size += e->size;
	}
	while (c->size > c->max)
		forget(c, c->oldest);
	pthread_mutex_unlock(&c->lock);
	wake(waiters, !fits);
}

void
cache_give_up(struct cache *c, struct cache_entry *e)
{
	struct cache_waiter *waiters;

	pthread_mutex_lock(&c->lock);
	waiters = take_waiters(e);
	forget(c, e);
	drop(c, e);
	pthread_mutex_unlock(&c->lock);
	wake(waiters, true);
}

bool
cache_wait(struct cache *c, const char *name, struct cache_waiter *w)
{
	struct cache_entry *e;
	bool waits;

	pthread_mutex_lock(&c->lock);
	e = *place(c, name);
	waits = e && e->thing == NULL;
	if (waits) {
		w->next = e->waiters;
		e->waiters = w;
	}
	pthread_mutex_unlock(&c->lock);
	return waits;
}

size_t
cache_size(struct cache *c)
{
	size_t n;

	pthread_mutex_lock(&c->lock);
	n = c->size;
	pthread_mutex_unlock(&c->lock);
	return n;
}
