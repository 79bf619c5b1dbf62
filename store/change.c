#include "store/change.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/row.h"

/*
 * Each key has the number of the last commit that changed it.  Where the store is this process's alone,
 * commits are counted here.  Where not, they are counted in the row "log_head", which each writer has to itself,
 * and table "changed" has the keys of each; whoever finds a higher number there than he knows reads those.
 */
#define KEYS (1 << 17) /* a megabyte, of which only what is used is there */
#define PENDING_MAX 1000
#define KEPT_SECONDS 3600

struct changes {
	_Atomic int64_t last[KEYS];
	_Atomic int64_t all; /* the last commit of which nobody knows what it changed */
	_Atomic int64_t now; /* the last commit that is known */
	_Atomic int64_t heard;
	pthread_mutex_t lock; /* of who reads "changed" */

	/* the committer's: what its group changes */
	uint32_t key[PENDING_MAX];
	size_t n;
	bool any, too_many;

	pthread_mutex_t listening;
	struct {
		void (*tell)(void *cookie);
		void *cookie;
	} listener[CHANGE_LISTENERS];
};

struct changes *
changes_new(void)
{
	struct changes *c = mem_new(sizeof(*c));

	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->listening, NULL);
	atomic_store(&c->heard, -1);
	return c;
}

void
changes_free(struct changes *c)
{
	pthread_mutex_destroy(&c->lock);
	pthread_mutex_destroy(&c->listening);
	free(c);
}

/* ---- keys */

uint32_t
change_key(enum change what, int64_t id)
{
	uint64_t h = ((uint64_t)id * 8 + what) * 0x9e3779b97f4a7c15u;

	return (uint32_t)((h ^ h >> 32) % KEYS);
}

int64_t
change_name(const char *name)
{
	uint64_t h = 14695981039346656037u;

	while (*name != '\0')
		h = (h ^ (unsigned char)*name++) * 1099511628211u;
	return (int64_t)(h >> 4);
}

/* ---- who reads */

void
change_watch(struct tx *tx, struct change_set *set)
{
	set->n = 0;
	set->full = false;
	tx->saw = set;
}

void
change_saw(struct tx *tx, enum change what, int64_t id)
{
	struct change_set *set = tx->saw;
	uint32_t key;

	if (set == NULL)
		return;
	key = change_key(what, id);
	for (size_t i = 0; i < set->n; i++)
		if (set->key[i] == key)
			return;
	if (set->n < CHANGE_MAX)
		set->key[set->n++] = key;
	else
		set->full = true;
}

bool
change_since(struct store *s, int64_t at, const uint32_t *key, size_t n)
{
	struct changes *c = s->changes;
	bool changed = atomic_load(&c->all) > at;

	for (size_t i = 0; i < n && !changed; i++)
		changed = atomic_load(&c->last[key[i]]) > at;
	return changed;
}

/* ---- who listens */

/* The place that has ${cookie}, or is free (NULL). */
static void
listener_set(struct changes *c, void *which, void (*tell)(void *cookie), void *cookie)
{
	pthread_mutex_lock(&c->listening);
	for (size_t i = 0; i < CHANGE_LISTENERS; i++)
		if (c->listener[i].cookie == which) {
			c->listener[i].tell = tell;
			c->listener[i].cookie = cookie;
			break;
		}
	pthread_mutex_unlock(&c->listening);
}

void
change_listen(struct store *s, void (*tell)(void *cookie), void *cookie)
{
	listener_set(s->changes, NULL, tell, cookie);
}

void
change_unlisten(struct store *s, void *cookie)
{
	listener_set(s->changes, cookie, NULL, NULL);
}

static void
tell_all(struct changes *c)
{
	pthread_mutex_lock(&c->listening);
	for (size_t i = 0; i < CHANGE_LISTENERS; i++)
		if (c->listener[i].tell != NULL)
			c->listener[i].tell(c->listener[i].cookie);
	pthread_mutex_unlock(&c->listening);
}

void
change_heard(struct store *s, int64_t commit)
{
	struct changes *c = s->changes;
	int64_t heard = atomic_load(&c->heard);

	while (heard < commit)
		if (atomic_compare_exchange_weak(&c->heard, &heard, commit)) {
			tell_all(c);
			return;
		}
}

/* ---- who writes */

void
change_made(struct tx *tx, enum change what, int64_t id)
{
	struct changes *c = tx->store != NULL ? tx->store->changes : NULL;

	if (c == NULL)
		return;
	c->any = true;
	if (c->n < PENDING_MAX)
		c->key[c->n++] = change_key(what, id);
	else
		c->too_many = true;
}

void
change_made_all(struct tx *tx)
{
	if (tx->store != NULL)
		tx->store->changes->any = tx->store->changes->too_many = true;
}

void
changes_begin(struct changes *c)
{
	c->n = 0;
	c->any = c->too_many = false;
}

/* No keys: all. */
void
changes_write(struct tx *tx)
{
	struct changes *c = tx->store->changes;
	unsigned char bytes[4 * PENDING_MAX];
	size_t n = c->too_many ? 0 : c->n;

	if (!c->any)
		return;
	for (size_t i = 0; i < 4 * n; i++)
		bytes[i] = (unsigned char)(c->key[i / 4] >> 8 * (i % 4));
	sql_run(tx, "UPDATE log_head SET changed = changed + 1 WHERE part = 0");
	sql_run(tx, "INSERT INTO changed SELECT h.changed, ?1, ?2 FROM log_head h WHERE h.part = 0",
	    B(bytes, 4 * n), N(clock_wall() + KEPT_SECONDS));
}

/* ${commit} is known once all of its keys are. */
static void
note(struct changes *c, int64_t commit, const uint32_t *key, size_t n, bool all)
{
	for (size_t i = 0; i < n; i++)
		atomic_store(&c->last[key[i] % KEYS], commit);
	if (all)
		atomic_store(&c->all, commit);
	atomic_store(&c->now, commit);
}

void
changes_committed(struct store *s)
{
	struct changes *c = s->changes;

	if (!c->any)
		return;
	if (s->driver->alone)
		note(c, atomic_load(&c->now) + 1, c->key, c->n, c->too_many);
	tell_all(c);
}

/* ---- what others wrote */

static void
note_row(struct changes *c, struct sql *q)
{
	uint32_t key[PENDING_MAX] = { 0 };
	size_t bytes;
	const unsigned char *p = q->tx->conn->driver->bytes(q->stmt, 1, &bytes);
	size_t n = bytes / 4 < PENDING_MAX ? bytes / 4 : PENDING_MAX;

	for (size_t i = 0; i < 4 * n; i++)
		key[i / 4] |= (uint32_t)p[i] << 8 * (i % 4);
	note(c, sql_number(q, 0), key, n, n == 0);
}

/* What cannot be read any more was trimmed: then anything may have changed. */
static void
read_changed(struct tx *tx, struct changes *c, int64_t commit)
{
	int64_t now = atomic_load(&c->now);
	struct sql q;

	sql_open(&q, tx, "SELECT seq, keys FROM changed WHERE seq > ?1 ORDER BY seq", N(now));
	while (now != 0 && sql_next(&q)) {
		if (sql_number(&q, 0) != now + 1) {
			sql_close(&q);
			break;
		}
		note_row(c, &q);
		now++;
	}
	sql_close(&q);
	if (now != commit && sql_result(tx) == STORE_OK)
		note(c, commit, NULL, 0, true);
}

int64_t
change_now(struct store *s)
{
	struct changes *c = s->changes;
	struct tx *tx;
	int64_t commit;
	int r;

	if (s->driver->alone)
		return atomic_load(&c->now);
	tx = store_read(s);
	commit = tx->changed;
	pthread_mutex_lock(&c->lock);
	if (sql_result(tx) == STORE_OK && commit > atomic_load(&c->now))
		read_changed(tx, c, commit);
	pthread_mutex_unlock(&c->lock);
	r = store_read_end(tx);
	return r == STORE_OK ? commit : -1;
}
