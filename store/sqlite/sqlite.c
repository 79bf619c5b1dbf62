#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/sqlite/sqlite.h"

#define CACHE_SLOTS 256
#define CHECKPOINT_PAGES 2000 /* of log, where no thread copies it */

struct sqlite_stmt {
	struct stmt base;
	sqlite3_stmt *s;
	const char *key; /* the address of its text; NULL: not in the cache */
	bool busy;
};

struct sqlite_conn {
	struct conn base;
	sqlite3 *db;
	int lock;                                /* held by a writer; -1 */
	char *lock_name;                         /* owned; to be removed at the end; NULL */
	enum driver_result trouble;              /* of the last prepare() */
	struct checkpointer *checkpointer;       /* a writer's, or NULL */
	bool checkpoint_failed;                  /* a checkpoint met an I/O error */
	sqlite3_stmt *begin, *commit, *rollback; /* NULL before their first use */
	struct sqlite_stmt *cache[CACHE_SLOTS];  /* by the address of the text, open addressing */
};

/* A disk that is full is found by writes of both the log and its index. */
static bool
is_full(sqlite3 *db, int rc)
{
	int e = sqlite3_system_errno(db);

	return rc == SQLITE_FULL || ((rc == SQLITE_IOERR_WRITE || rc == SQLITE_IOERR_SHMSIZE) &&
					(e == ENOSPC || e == EDQUOT));
}

enum driver_result
sqlite_result(sqlite3 *db, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
		return DRIVER_OK;
	case SQLITE_ROW:
		return DRIVER_ROW;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return DRIVER_RETRY;
	case SQLITE_CONSTRAINT:
	case SQLITE_TOOBIG:
		return DRIVER_CONSTRAINT;
	default:
		return is_full(db, sqlite3_extended_errcode(db)) ? DRIVER_FULL : DRIVER_FATAL;
	}
}

static enum driver_result
result(struct sqlite_conn *c, int rc)
{
	return sqlite_result(c->db, rc);
}

static int
run(struct sqlite_conn *c, const char *sql)
{
	return sqlite3_exec(c->db, sql, NULL, NULL, NULL);
}

/* Run what is run for every transaction: parsed once, by its first use. */
static enum driver_result
run_again(struct sqlite_conn *c, sqlite3_stmt **s, const char *sql)
{
	int rc = SQLITE_OK;

	if (*s == NULL)
		rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, s, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(*s);
	if (*s != NULL)
		sqlite3_reset(*s);
	return result(c, rc);
}

static enum driver_result
sqlite_begin(struct conn *conn)
{
	struct sqlite_conn *c = (struct sqlite_conn *)conn;

	return run_again(c, &c->begin, conn->writer ? "BEGIN IMMEDIATE" : "BEGIN");
}

/* SQLite forgives a failed checkpoint; after a failed sync nothing may be forgiven. */
static int
checkpoint(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct sqlite_conn *c = arg;
	int rc;

	if (c->checkpointer != NULL ? !checkpointer_look(c->checkpointer, pages)
				    : pages < CHECKPOINT_PAGES)
		return SQLITE_OK;
	rc = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (rc != SQLITE_OK && result(c, rc) == DRIVER_FATAL)
		c->checkpoint_failed = true;
	return SQLITE_OK;
}

static enum driver_result
sqlite_commit(struct conn *conn)
{
	struct sqlite_conn *c = (struct sqlite_conn *)conn;
	enum driver_result r = run_again(c, &c->commit, "COMMIT");

	if (c->checkpointer != NULL && checkpointer_failed(c->checkpointer))
		c->checkpoint_failed = true;
	return c->checkpoint_failed ? DRIVER_FATAL : r;
}

static void
sqlite_rollback(struct conn *conn)
{
	struct sqlite_conn *c = (struct sqlite_conn *)conn;

	/* Some errors have ended the transaction already. */
	if (!sqlite3_get_autocommit(c->db))
		run_again(c, &c->rollback, "ROLLBACK");
}

static const char *
sqlite_error(struct conn *conn)
{
	struct sqlite_conn *c = (struct sqlite_conn *)conn;

	return c->checkpoint_failed ? "a checkpoint failed" : sqlite3_errmsg(c->db);
}

static enum driver_result
sqlite_trouble(struct conn *conn)
{
	return ((struct sqlite_conn *)conn)->trouble;
}

static enum driver_result
sqlite_define(struct conn *conn, const char *sql)
{
	struct sqlite_conn *c = (struct sqlite_conn *)conn;
	char *own = sqlite_words(sql);
	enum driver_result r = result(c, run(c, own));

	free(own);
	return r;
}

static int
sqlite_backup(struct conn *conn, const char *path)
{
	return sqlite_copy(((struct sqlite_conn *)conn)->db, path);
}

/* ---- statements */

static struct sqlite_stmt **
slot(struct sqlite_conn *c, const char *sql)
{
	size_t i = ((uintptr_t)sql * 0x9e3779b1u >> 8) % CACHE_SLOTS;

	for (size_t n = 0; n < CACHE_SLOTS; n++, i = (i + 1) % CACHE_SLOTS)
		if (c->cache[i] == NULL || c->cache[i]->key == sql)
			return &c->cache[i];
	return NULL;
}

static struct stmt *
sqlite_prepare(struct conn *conn, const char *sql)
{
	struct sqlite_conn *c = (struct sqlite_conn *)conn;
	struct sqlite_stmt **at = slot(c, sql), *s;
	bool keep = at != NULL && *at == NULL;
	int rc;

	if (at != NULL && *at != NULL && !(*at)->busy) {
		(*at)->busy = true;
		return &(*at)->base;
	}
	s = mem_new(sizeof(*s));
	s->base.conn = conn;
	rc = sqlite3_prepare_v3(c->db, sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0, &s->s, NULL);
	c->trouble = result(c, rc);
	if (rc != SQLITE_OK) {
		free(s);
		return NULL;
	}
	s->busy = true;
	if (keep) {
		s->key = sql;
		*at = s;
	}
	return &s->base;
}

static void
sqlite_release(struct stmt *stmt)
{
	struct sqlite_stmt *s = (struct sqlite_stmt *)stmt;

	if (s->key == NULL) {
		sqlite3_finalize(s->s);
		free(s);
		return;
	}
	sqlite3_reset(s->s);
	sqlite3_clear_bindings(s->s);
	s->busy = false;
}

static void
sqlite_bind_number(struct stmt *stmt, int i, int64_t v)
{
	sqlite3_bind_int64(((struct sqlite_stmt *)stmt)->s, i, v);
}

static void
sqlite_bind_text(struct stmt *stmt, int i, const char *data)
{
	sqlite3_bind_text(((struct sqlite_stmt *)stmt)->s, i, data, -1, SQLITE_STATIC);
}

static void
sqlite_bind_bytes(struct stmt *stmt, int i, const void *data, size_t n)
{
	sqlite3_bind_blob64(((struct sqlite_stmt *)stmt)->s, i, data, n, SQLITE_STATIC);
}

static enum driver_result
sqlite_step(struct stmt *stmt)
{
	struct sqlite_stmt *s = (struct sqlite_stmt *)stmt;

	return result((struct sqlite_conn *)stmt->conn, sqlite3_step(s->s));
}

static int64_t
sqlite_number(struct stmt *stmt, int i)
{
	return sqlite3_column_int64(((struct sqlite_stmt *)stmt)->s, i);
}

static const char *
sqlite_text(struct stmt *stmt, int i)
{
	const unsigned char *t = sqlite3_column_text(((struct sqlite_stmt *)stmt)->s, i);

	return t != NULL ? (const char *)t : "";
}

static const void *
sqlite_bytes(struct stmt *stmt, int i, size_t *n)
{
	struct sqlite_stmt *s = (struct sqlite_stmt *)stmt;
	const void *p = sqlite3_column_blob(s->s, i);

	*n = (size_t)sqlite3_column_bytes(s->s, i);
	return p;
}

static int64_t
sqlite_changes(struct conn *conn)
{
	return sqlite3_changes64(((struct sqlite_conn *)conn)->db);
}

/* ---- connections */

static void
sqlite_close(struct conn *conn)
{
	struct sqlite_conn *c = (struct sqlite_conn *)conn;

	for (size_t i = 0; i < CACHE_SLOTS; i++)
		if (c->cache[i] != NULL) {
			sqlite3_finalize(c->cache[i]->s);
			free(c->cache[i]);
		}
	sqlite3_finalize(c->begin);
	sqlite3_finalize(c->commit);
	sqlite3_finalize(c->rollback);
	checkpointer_stop(c->checkpointer);
	sqlite3_close(c->db);
	if (c->lock_name != NULL)
		unlink(c->lock_name);
	if (c->lock != -1)
		close(c->lock);
	free(c->lock_name);
	free(c);
}

/* Has ${name} been removed by the one who had it before? */
static bool
is_gone(int fd, const char *name)
{
	struct stat ours, there;

	return fstat(fd, &ours) == -1 || stat(name, &there) == -1 || ours.st_ino != there.st_ino ||
	       ours.st_dev != there.st_dev;
}

/* Two processes that walk the same lanes would send everything twice. */
static int
lock(const char *path)
{
	char *name = mem_printf("%s-lock", path);
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd == -1)
		log_error("store: cannot create %s: %s", name, strerror(errno));
	else if (flock(fd, LOCK_EX | LOCK_NB) == -1 || is_gone(fd, name)) {
		log_error("store: %s is in use by another process: stop that one first", path);
		close(fd);
		fd = -1;
	}
	free(name);
	return fd;
}

/* SQLite gives its other files the mode of this one. */
static int
create(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd == -1) {
		log_error("store: cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	close(fd);
	return 0;
}

enum how { READ, WRITE, MAKE };

static int
set_up(struct sqlite_conn *c, enum how how)
{
	static const char common[] = "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
				     "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;";
	static const char *const own[] = {
		[READ] = "PRAGMA query_only = ON; PRAGMA cache_size = -1024",
		[WRITE] = "PRAGMA cache_size = -4096; PRAGMA synchronous = FULL;"
			  "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864;"
			  "PRAGMA cell_size_check = ON",
		/* New pages go straight into the file, which is the only one afterwards. */
		[MAKE] = "PRAGMA cache_size = -65536; PRAGMA temp_store = FILE;"
			 "PRAGMA journal_mode = DELETE;"
			 "PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON",
	};
	int rc;

	sqlite3_extended_result_codes(c->db, 1);
	sqlite3_busy_timeout(c->db, 5000);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	rc = run(c, common);
	if (rc == SQLITE_OK)
		rc = run(c, own[how]);
	if (rc == SQLITE_OK && how == WRITE)
		sqlite3_wal_hook(c->db, checkpoint, c);
	if (rc == SQLITE_OK && how == WRITE)
		c->checkpointer = checkpointer_start(sqlite3_db_filename(c->db, NULL));
	return rc;
}

/* Nobody asks how much memory SQLite has, and to count it all threads would wait for one lock. */
static void
set_up_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite_vfs_add();
}

static char *
path_of(const char *where, const char *state)
{
	return where[0] == '/' ? mem_dup(where) : mem_printf("%s/%s", state, where);
}

static struct conn *
open_as(const char *where, const char *state, enum how how)
{
	char *path = path_of(where, state);
	struct sqlite_conn *c = mem_new(sizeof(*c));
	int flags = SQLITE_OPEN_NOMUTEX |
		    (how != READ ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int rc;

	pthread_once(&once, set_up_library);
	c->base.writer = how != READ;
	c->lock = -1;
	if (how != READ && (create(path) == -1 || (c->lock = lock(path)) == -1))
		goto no_file;
	if (how == MAKE)
		c->lock_name = mem_printf("%s-lock", path);
	rc = sqlite3_open_v2(path, &c->db, flags, how == WRITE ? sqlite_vfs() : NULL);
	if (rc == SQLITE_OK)
		rc = set_up(c, how);
	if (rc != SQLITE_OK) {
		log_error("store: cannot open %s: %s", path,
		    c->db != NULL ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc));
		goto no_file;
	}
	free(path);
	return &c->base;

no_file:
	free(path);
	sqlite_close(&c->base);
	return NULL;
}

static struct conn *
sqlite_open(const char *where, const char *state, bool writer)
{
	return open_as(where, state, writer ? WRITE : READ);
}

static struct conn *
sqlite_make(const char *where, const char *state)
{
	return open_as(where, state, MAKE);
}

static int
sqlite_hold(const char *where, const char *state)
{
	char *path = path_of(where, state);
	int fd = -1;

	if (access(path, F_OK) == -1)
		log_warn("store: %s: %s", path, strerror(errno));
	else
		fd = lock(path);
	free(path);
	return fd;
}

const struct store_driver sqlite_driver = {
	.name = "sqlite",
	.alone = true,
	.tables = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
		  " AND name NOT LIKE 'sqlite_%' ORDER BY name",
	.open = sqlite_open,
	.close = sqlite_close,
	.make = sqlite_make,
	.hold = sqlite_hold,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.define = sqlite_define,
	.prepare = sqlite_prepare,
	.bind_number = sqlite_bind_number,
	.bind_text = sqlite_bind_text,
	.bind_bytes = sqlite_bind_bytes,
	.step = sqlite_step,
	.number = sqlite_number,
	.text = sqlite_text,
	.bytes = sqlite_bytes,
	.release = sqlite_release,
	.search = &sqlite_search,
	.changes = sqlite_changes,
	.error = sqlite_error,
	.trouble = sqlite_trouble,
	.backup = sqlite_backup,
};
