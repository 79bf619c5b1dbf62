#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/postgres/postgres.h"

static enum driver_result
pg_begin(struct conn *conn)
{
	struct pg_conn *c = (struct pg_conn *)conn;
	enum driver_result r = DRIVER_OK;

	/* Closed while nobody looked?  A last word may come before the end. */
	if (c->doubtful || (c->pg != NULL && (!PQconsumeInput(c->pg) || !PQconsumeInput(c->pg))))
		pg_drop(c);
	if (c->pg != NULL)
		r = pg_settle(c);
	/* Silence has taken enough time: to connect may take as much again. */
	if (c->pg == NULL && (r == DRIVER_OK || !conn->quick))
		r = pg_connect(c);
	if (r != DRIVER_OK)
		return r == DRIVER_FATAL ? DRIVER_AWAY : r;
	pg_queue(c, conn->writer ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
				 : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
	return c->pg != NULL ? DRIVER_OK : DRIVER_AWAY;
}

/* Each writer sees the world as the one before left it. */
static enum driver_result
pg_lock(struct conn *conn)
{
	struct pg_conn *c = (struct pg_conn *)conn;

	pg_queue(c, "SELECT pos FROM log_head WHERE part = 0 FOR UPDATE");
	return c->pg != NULL ? DRIVER_OK : DRIVER_AWAY;
}

static enum driver_result
pg_commit(struct conn *conn)
{
	struct pg_conn *c = (struct pg_conn *)conn;

	if (c->pg == NULL)
		return DRIVER_AWAY;
	pg_queue(c, "COMMIT");
	/* Lost as it was sent, it may have been heard. */
	return c->pg != NULL ? pg_sync_commit(c) : DRIVER_UNKNOWN;
}

static void
pg_rollback(struct conn *conn)
{
	struct pg_conn *c = (struct pg_conn *)conn;

	/* In the middle of rows the server hears nothing else. */
	if (c->load.data != NULL)
		pg_drop(c);
	pg_leave(c);
}

static enum driver_result
pg_define(struct conn *conn, const char *sql)
{
	struct pg_conn *c = (struct pg_conn *)conn;
	char *own = pg_words(sql);
	enum driver_result r;

	pg_queue(c, own);
	r = pg_sync(c, PG_SCHEMA_MS, NULL);
	/* Another process has just done the same. */
	if (r == DRIVER_CONSTRAINT && strstr(sql, "IF NOT EXISTS") != NULL)
		r = DRIVER_RETRY;
	free(own);
	return r;
}

static int64_t
pg_changes(struct conn *conn)
{
	struct pg_conn *c = (struct pg_conn *)conn;

	if (c->sent > 0 && (c->trouble = pg_sync(c, pg_patience(c), NULL)) != DRIVER_OK)
		return -1;
	return c->changed;
}

static const char *
pg_error(struct conn *conn)
{
	return ((struct pg_conn *)conn)->error;
}

static enum driver_result
pg_trouble(struct conn *conn)
{
	return ((struct pg_conn *)conn)->trouble;
}

static void
pg_close(struct conn *conn)
{
	struct pg_conn *c = (struct pg_conn *)conn;

	pg_drop(c);
	pg_forget(c);
	explicit_bzero(c->url, strlen(c->url));
	free(c->url);
	free(c);
}

/* A reader connects when it begins, so that it can do so again. */
static struct conn *
pg_open(const char *where, const char *state, bool writer)
{
	struct pg_conn *c = mem_new(sizeof(*c));
	int64_t until = clock_ms() + PG_START_MS;
	enum driver_result r;
	bool told = false;

	(void)state;
	c->url = pg_url(where);
	c->base.writer = writer;
	if (!writer)
		return &c->base;
	/* It may start when we do. */
	while ((r = pg_connect(c)) == DRIVER_AWAY && clock_ms() < until) {
		if (!told)
			log_warn("store: waiting for the database: %s", c->error);
		told = true;
		poll(NULL, 0, PG_PAUSE_MS);
	}
	if (r == DRIVER_OK)
		return &c->base;
	log_error("store: cannot use the database: %s", c->error);
	pg_close(&c->base);
	return NULL;
}

const struct store_driver postgres_driver = {
	.name = "postgresql",
	.tables =
	    "SELECT c.relname::text FROM pg_catalog.pg_class c"
	    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	    " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1",
	.utf8 = true,
	.check = pg_check,
	.open = pg_open,
	.close = pg_close,
	.begin = pg_begin,
	.lock = pg_lock,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.define = pg_define,
	.prepare = pg_prepare,
	.scan = pg_scan,
	.bind_number = pg_bind_number,
	.bind_text = pg_bind_text,
	.bind_bytes = pg_bind_bytes,
	.step = pg_step,
	.put_off = pg_put_off,
	.number = pg_number,
	.text = pg_text,
	.bytes = pg_bytes,
	.release = pg_release,
	.load = pg_load,
	.load_number = pg_load_number,
	.load_bytes = pg_load_bytes,
	.load_end = pg_load_end,
	.hint_open = pg_hint_open,
	.hint_close = pg_hint_close,
	.hint_fd = pg_hint_fd,
	.hint_turn = pg_hint_turn,
	.hint_tell = pg_hint_tell,
	.hint_wait = pg_hint_wait,
	.search = &pg_search,
	.changes = pg_changes,
	.error = pg_error,
	.trouble = pg_trouble,
};
