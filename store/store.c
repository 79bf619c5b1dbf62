#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/move.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/tx.h"

static struct conn *
connect_to(struct store *s, bool writer)
{
	struct conn *c = s->driver->open(s->where, s->state, writer);

	if (c != NULL) {
		c->driver = s->driver;
		c->writer = writer;
	}
	return c;
}

static struct tx *
reader_new(struct store *s)
{
	struct conn *c = connect_to(s, false);
	struct tx *tx;

	if (c == NULL)
		return NULL;
	c->quick = true;
	tx = mem_new(sizeof(*tx));
	tx->store = s;
	tx->conn = c;
	return tx;
}

static void
reader_free(struct tx *tx)
{
	tx->conn->driver->close(tx->conn);
	free(tx);
}

static int
start(struct store *s)
{
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->work, NULL);
	pthread_mutex_init(&s->readers_lock, NULL);
	pthread_cond_init(&s->reader_free, NULL);
	s->last = &s->first;
	if (pthread_create(&s->committer, NULL, commit_run, s) == 0)
		return 0;
	log_error("store: cannot start a thread");
	return -1;
}

const char *
store_check(const char *url, char *why, size_t size)
{
	const struct store_driver *d = store_driver_of(url);

	if (d != NULL)
		return d->check != NULL ? d->check(url + strlen(d->name) + 1, why, size) : NULL;
	snprintf(why, size, "there is no such kind of store: this program has");
	for (size_t i = 0; store_drivers[i] != NULL; i++)
		snprintf(why + strlen(why), size - strlen(why), "%s \"%s:\"", i > 0 ? "," : "",
		    store_drivers[i]->name);
	return why;
}

/* Once and for all: a reader whose server is away must not take nothing for it. */
static int
load_secret(struct store *s)
{
	struct tx tx = { .conn = s->writer.conn };
	struct sql q;
	const void *p;
	size_t n = 0;

	tx.trouble = s->driver->begin(tx.conn);
	sql_open(&q, &tx, "SELECT bytes FROM meta WHERE name = 'secret'");
	if (sql_next(&q)) {
		p = s->driver->bytes(q.stmt, 0, &n);
		if (n == sizeof(s->secret))
			memcpy(s->secret, p, n);
		sql_close(&q);
	}
	s->driver->rollback(tx.conn);
	if (n == sizeof(s->secret))
		return 0;
	if (tx.trouble != DRIVER_OK)
		log_error("store: cannot read: %s", s->driver->error(tx.conn));
	else
		log_error("store: its secret is missing: restore a backup");
	return -1;
}

/* A URL may hold a password. */
static void
store_free(struct store *s)
{
	explicit_bzero(s->where, strlen(s->where));
	explicit_bzero(s->secret, sizeof(s->secret));
	changes_free(s->changes);
	free(s->where);
	free(s->state);
	free(s);
}

struct store *
store_open(const char *url, const char *state)
{
	const struct store_driver *d = store_driver_of(url);
	struct store *s;

	if (d == NULL) {
		log_error("store: no such kind of store: %.*s", (int)strcspn(url, ":"), url);
		return NULL;
	}
	s = mem_new(sizeof(*s));
	s->driver = d;
	s->changes = changes_new();
	s->where = mem_dup(url + strlen(d->name) + 1);
	s->state = mem_dup(state);
	s->writer.conn = connect_to(s, true);
	if (s->writer.conn == NULL)
		goto no_writer;
	if (schema_apply(s->writer.conn, schema_migrations, schema_version) != STORE_OK ||
	    load_secret(s) == -1)
		goto no_schema;
	s->writer.store = s;
	s->writer.conn->quick = true;
	/* One reader is always there, whatever happens to memory and descriptors later. */
	s->readers = reader_new(s);
	if (s->readers == NULL)
		goto no_schema;
	s->readers_n = 1;
	if (start(s) == 0)
		return s;

	reader_free(s->readers);
no_schema:
	d->close(s->writer.conn);
no_writer:
	store_free(s);
	return NULL;
}

bool
store_is_alone(const struct store *s)
{
	return s->driver->alone;
}

int64_t
store_away_since(const struct store *s)
{
	return atomic_load(&s->away);
}

int64_t
store_full_since(const struct store *s)
{
	return atomic_load(&s->full);
}

bool
store_is_gone(const struct store *s)
{
	return atomic_load(&s->gone) || atomic_load(&s->away) != 0;
}

void
store_known_as(struct store *s, int64_t node)
{
	atomic_store(&s->known_as, node);
}

void
store_close(struct store *s)
{
	struct tx *tx;

	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->committer, NULL);
	while ((tx = s->readers) != NULL) {
		s->readers = tx->next;
		reader_free(tx);
	}
	s->driver->close(s->writer.conn);
	pthread_cond_destroy(&s->reader_free);
	pthread_mutex_destroy(&s->readers_lock);
	pthread_cond_destroy(&s->work);
	pthread_mutex_destroy(&s->lock);
	store_free(s);
}

void
store_figures(const struct store *s, struct store_figures *f)
{
	f->waiting = atomic_load_explicit(&s->waiting, memory_order_relaxed);
	f->jobs = atomic_load_explicit(&s->jobs, memory_order_relaxed);
	histogram_read(&s->commits, &f->commits);
}

/* ---- to write */

void
store_submit(struct store *s, struct store_job *job)
{
	bool first;

	job->next = NULL;
	job->result = STORE_OK;
	atomic_fetch_add_explicit(&s->waiting, 1, memory_order_relaxed);
	pthread_mutex_lock(&s->lock);
	first = s->first == NULL;
	*s->last = job;
	s->last = &job->next;
	pthread_mutex_unlock(&s->lock);
	/* What stands behind others is found without; and who is woken finds the lock free. */
	if (first)
		pthread_cond_signal(&s->work);
}

/** A job that somebody waits for. */
struct waiting {
	struct store_job job;
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool done;
	int result;
};

static void
wake(struct store_job *job, int result)
{
	struct waiting *w = (struct waiting *)job;

	pthread_mutex_lock(&w->lock);
	w->done = true;
	w->result = result;
	pthread_cond_signal(&w->over);
	pthread_mutex_unlock(&w->lock);
}

int
store_write(struct store *s, store_fn *fn, void *arg)
{
	struct waiting w = { .job = { .run = fn, .arg = arg, .done = wake } };

	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.over, NULL);
	store_submit(s, &w.job);
	pthread_mutex_lock(&w.lock);
	while (!w.done)
		pthread_cond_wait(&w.over, &w.lock);
	pthread_mutex_unlock(&w.lock);
	pthread_cond_destroy(&w.over);
	pthread_mutex_destroy(&w.lock);
	return w.result;
}

/* ---- to read */

static struct tx *
take_reader(struct store *s)
{
	struct tx *tx;
	bool more = true;

	pthread_mutex_lock(&s->readers_lock);
	for (;;) {
		while (s->readers == NULL && (!more || s->readers_n >= READERS_MAX))
			pthread_cond_wait(&s->reader_free, &s->readers_lock);
		if ((tx = s->readers) != NULL) {
			s->readers = tx->next;
			break;
		}
		if ((tx = reader_new(s)) != NULL) {
			s->readers_n++;
			break;
		}
		/* No memory or descriptors for another: those there are must do. */
		more = false;
	}
	pthread_mutex_unlock(&s->readers_lock);
	return tx;
}

static enum driver_result
begin_read(struct tx *tx)
{
	tx->trouble = tx->store->driver->begin(tx->conn);
	tx->saw = NULL;
	/* The snapshot is taken by the first read, so there must be one. */
	tx->changed = sql_value(tx, 0, "SELECT changed FROM log_head WHERE part = 0");
	if (tx->trouble == DRIVER_OK)
		change_heard(tx->store, tx->changed);
	return tx->trouble;
}

/* Say once that the server is away, and once that it is back. */
static void
tell_gone(struct tx *tx, bool gone)
{
	if (atomic_exchange(&tx->store->gone, gone) == gone)
		return;
	if (gone)
		log_warn("store: cannot read: %s", tx->store->driver->error(tx->conn));
	else
		log_info("store: reading again");
}

struct tx *
store_read(struct store *s)
{
	struct tx *tx = take_reader(s);
	int64_t until = clock_ms() + (atomic_load(&s->gone) ? GONE_MS : PATIENCE_MS);
	enum driver_result r;

	while ((r = begin_read(tx)) != DRIVER_OK && (s->driver->alone || clock_ms() < until)) {
		if (r != DRIVER_RETRY && s->driver->alone)
			log_die("store: cannot read: %s", s->driver->error(tx->conn));
		s->driver->rollback(tx->conn);
		if (r != DRIVER_RETRY)
			poll(NULL, 0, PAUSE_MS);
	}
	tell_gone(tx, r != DRIVER_OK);
	return tx;
}

int
store_read_result(const struct tx *tx)
{
	return sql_result(tx) == STORE_OK ? STORE_OK : STORE_LATER;
}

int
store_read_end(struct tx *tx)
{
	struct store *s = tx->store;
	int r = store_read_result(tx);

	s->driver->rollback(tx->conn);
	pthread_mutex_lock(&s->readers_lock);
	tx->next = s->readers;
	s->readers = tx;
	pthread_cond_signal(&s->reader_free);
	pthread_mutex_unlock(&s->readers_lock);
	return r;
}

/* ---- the rest */

void
store_secret(struct tx *tx, unsigned char key[32])
{
	memcpy(key, tx->store->secret, sizeof(tx->store->secret));
}

/* The engine's own copy would be no use to another: a backup is always a store in a file. */
static int
backup_rows(struct store *s, const char *path, const atomic_bool *stop)
{
	struct move m = { .state = s->state, .in_use = true, .stop = stop };
	char *from = mem_printf("%s:%s", s->driver->name, s->where);
	char *to = mem_printf("%s:%s", store_drivers[0]->name, path);
	int r;

	m.from = from;
	m.to = to;
	r = move_store(&m);
	if (r == -1) {
		log_warn("backup: %s", m.why);
		unlink(path);
	}
	explicit_bzero(from, strlen(from));
	free(from);
	free(to);
	return r;
}

int
store_backup(struct store *s, const char *path, const atomic_bool *stop)
{
	struct conn *c;
	int r;

	if (s->driver->backup == NULL)
		return backup_rows(s, path, stop);
	c = connect_to(s, false);
	if (c == NULL)
		return -1;
	r = s->driver->backup(c, path);
	s->driver->close(c);
	return r;
}
