#ifndef HUDHUD_STORE_POSTGRES_POSTGRES_H
#define HUDHUD_STORE_POSTGRES_POSTGRES_H

#include <libpq-fe.h>

#include "store/driver.h"

/*
 * PostgreSQL.  A connection is always in pipeline mode: what nobody reads is sent with what somebody
 * does, and a round trip is made only for a result.  When it breaks, begin() makes a new one.
 */

#define PG_TEXTS 512 /* how many statements are kept prepared */
#define PG_ARGS 64   /* parameters of one */
#define PG_LOAD (64 * 1024)

/* How long an answer may take, in milliseconds; then the connection is dropped, never cancelled. */
#define PG_ANSWER_MS 60000
#define PG_READ_MS 2000      /* where somebody waits: the fan-out's leases end soon after */
#define PG_WRITE_MS 5000     /* the same of a writer, which may wait for PG_LOCK_MS */
#define PG_SCHEMA_MS 3600000 /* an index over everything */
#define PG_COMMIT_MS 5000    /* a disk, and a standby */
#define PG_LOCK_MS 2000      /* another node's transaction */
#define PG_START_MS 15000    /* a server that starts when we do */
#define PG_PAUSE_MS 200      /* between two attempts to connect */

/** A statement's text: prepared once for each life of its connection. */
struct pg_text {
	const char *key;      /* the address of the store's text */
	char *sql;            /* in PostgreSQL's words; owned */
	char name[16];        /* of the prepared statement; "": not kept */
	unsigned life, batch; /* in which it was prepared */
	struct pg_stmt *idle;
};

struct pg_stmt {
	struct stmt base;
	struct pg_text *text;
	bool many;       /* read in parts, by a cursor */
	unsigned cursor; /* its number; 0: none is open */
	PGresult *res;   /* NULL: it has not been sent */
	int row;
	int n; /* parameters */
	Oid type[PG_ARGS];
	const char *value[PG_ARGS];
	int length[PG_ARGS];
	uint64_t number[PG_ARGS]; /* as sent */
	char *clean[PG_ARGS];     /* copies of texts that were no UTF-8 */
};

struct pg_conn {
	struct conn base;
	char *url; /* owned; may hold a password */
	PGconn *pg;
	unsigned life;     /* how many connections there have been */
	unsigned batch;    /* how many syncs */
	unsigned sent;     /* statements whose results have not been read */
	bool leaving;      /* a rollback is on its way */
	bool doubtful;     /* this server may not be the one any more */
	bool unreplicated; /* a wait for the standby was cancelled */
	int64_t connect_at;
	int64_t changed;
	unsigned cursors, names;
	enum driver_result trouble;
	char error[512];
	struct pg_load {
		int columns, at; /* of a row */
		size_t n;        /* bytes that wait */
		char *data;      /* PG_LOAD bytes; owned, NULL: nothing is loaded */
	} load;
	struct pg_text *texts[PG_TEXTS]; /* by their key's address, open addressing */
};

/* ---- connect.c */

/** Connect and look whether the server will do; OK, AWAY, or FATAL with the reason in ${c}->error. */
enum driver_result pg_connect(struct pg_conn *c);
/** Begin to connect to ${url}, which PQconnectPoll() goes on with. */
PGconn *pg_connect_begin(const char *url);
/** Drop the connection, if there is one. */
void pg_drop(struct pg_conn *c);
/** Is ${where} a URL that libpq understands?  NULL, or why not (without what is secret), in ${why}. */
const char *pg_check(const char *where, char *why, size_t size);
/** "postgresql:" and ${where}; the caller frees it. */
char *pg_url(const char *where);

/* ---- wire.c */

/** Send ${sql}, without parameters, to be answered with the next pg_sync(). */
void pg_queue(struct pg_conn *c, const char *sql);
/** Send ${s}; ${sql}: instead of its own text. */
void pg_queue_stmt(struct pg_conn *c, struct pg_stmt *s, const char *sql);
/**
 * Hear the answers to all that was sent, each within ${ms}.  ${last} (may be NULL) gets the last one's
 * rows, which the caller clears.  A constraint that one before the last does not meet is LATE.
 */
enum driver_result pg_sync(struct pg_conn *c, int ms, PGresult **last);
/** The same for COMMIT, which was sent last: what may have been done and may not is UNKNOWN. */
enum driver_result pg_sync_commit(struct pg_conn *c);
/** Send ROLLBACK; its answer is heard by pg_settle(), before what comes next. */
void pg_leave(struct pg_conn *c);
enum driver_result pg_settle(struct pg_conn *c);
/** Outside of a pipeline: several statements, and the result of the last; NULL if it failed. */
PGresult *pg_plain(struct pg_conn *c, const char *sql, int ms);
/** Until ${until}, clock_ms(), PQgetResult() can tell without waiting; false: the connection is dropped. */
bool pg_wait(struct pg_conn *c, int64_t until);
/** Drop the connection, which is of no use any more: AWAY. */
enum driver_result pg_lost(struct pg_conn *c, const char *why);
/** What an answer that is an error comes to; notes why. */
enum driver_result pg_result_of(struct pg_conn *c, const PGresult *res);
/** How long ${c} waits for an answer, in milliseconds. */
int pg_patience(const struct pg_conn *c);
/** Note why, once. */
void pg_complain(struct pg_conn *c, const char *why);

/* ---- statement.c */

struct stmt *pg_prepare(struct conn *conn, const char *sql);
struct stmt *pg_scan(struct conn *conn, const char *sql);
void pg_release(struct stmt *stmt);
void pg_bind_number(struct stmt *stmt, int i, int64_t v);
void pg_bind_text(struct stmt *stmt, int i, const char *data);
void pg_bind_bytes(struct stmt *stmt, int i, const void *data, size_t n);
enum driver_result pg_step(struct stmt *stmt);
enum driver_result pg_put_off(struct stmt *stmt);
int64_t pg_number(struct stmt *stmt, int i);
const char *pg_text(struct stmt *stmt, int i);
const void *pg_bytes(struct stmt *stmt, int i, size_t *n);
/** Forget all statements. */
void pg_forget(struct pg_conn *c);

/* ---- load.c */

enum driver_result pg_load(struct conn *conn, const char *table, const char *columns, int n);
enum driver_result pg_load_number(struct conn *conn, int64_t v);
enum driver_result pg_load_bytes(struct conn *conn, const void *data, size_t n);
enum driver_result pg_load_end(struct conn *conn);

/* ---- hint.c */

struct hint *pg_hint_open(const char *where);
void pg_hint_close(struct hint *hint);
int pg_hint_fd(const struct hint *hint, short *events);
bool pg_hint_turn(struct hint *hint, int64_t now);
void pg_hint_tell(struct hint *hint);
int pg_hint_wait(const struct hint *hint, int64_t now);

/* ---- search.c */

extern const struct search_engine pg_search;

/* ---- words.c */

/** A statement of the schema in PostgreSQL's words; the caller frees it. */
char *pg_words(const char *sql);
/** ?1 as $1; the caller frees it. */
char *pg_parameters(const char *sql);

#endif
