#ifndef HUDHUD_STORE_SQL_H
#define HUDHUD_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/tx.h"

/*
 * Statements as verbs write them.  Texts are string literals (see driver.h).  Errors are kept in
 * the transaction: after the first, nothing more is done, queries have no rows, and the committer
 * undoes and decides.  So no verb looks for them.
 */

/** A parameter. */
struct sql_arg {
	enum { SQL_NUMBER, SQL_TEXT, SQL_BYTES } type;
	int64_t number;
	const void *data;
	size_t n;
};
#define N(v) ((struct sql_arg){ SQL_NUMBER, (v), NULL, 0 })
#define T(s) ((struct sql_arg){ SQL_TEXT, 0, (s), 0 })
#define B(p, len) ((struct sql_arg){ SQL_BYTES, 0, (p), (len) })

/* The first element is never read: it lets the list be empty. */
#define SQL_ARGS(...)                                                                              \
	((const struct sql_arg[]){ { 0 }, ##__VA_ARGS__ }) + 1,                                    \
	    sizeof((const struct sql_arg[]){ { 0 }, ##__VA_ARGS__ }) / sizeof(struct sql_arg) - 1

/** A query that is being read. */
struct sql {
	struct tx *tx;
	struct stmt *stmt; /* NULL: at its end */
};

/** Begin the query ${text}: sql_open(&q, tx, "... ?1 ... ?2", N(number), T(text)). */
#define sql_open(q, tx, ...) SQL_OPEN_(q, tx, __VA_ARGS__)
#define SQL_OPEN_(q, tx, text, ...) sql_open_args(q, tx, text, SQL_ARGS(__VA_ARGS__))
/** The same for a query that may have very many rows. */
#define sql_scan(q, tx, ...) SQL_SCAN_(q, tx, __VA_ARGS__)
#define SQL_SCAN_(q, tx, text, ...) sql_scan_args(q, tx, text, SQL_ARGS(__VA_ARGS__))
/** Go to the next row; false, and closed, after the last. */
bool sql_next(struct sql *q);
/** Leave it before the last row; at the end, does nothing. */
void sql_close(struct sql *q);

/** Columns of the row, from 0. */
int64_t sql_number(struct sql *q, int i);
int sql_int(struct sql *q, int i);
const char *sql_text(struct sql *q, int i);             /* until the next row; never NULL */
const void *sql_bytes(struct sql *q, int i, size_t *n); /* until the next row */
/** Copy a text; one that does not fit (it never should) is emptied. */
void sql_copy(struct sql *q, int i, char *dst, size_t size);

/**
 * Run a statement whose rows nobody reads.  STORE_OK, or the reason that the transaction has failed; it
 * may be carried out later, with the next that is read, so STORE_OK is a promise of nothing.
 */
#define sql_run(tx, ...) SQL_RUN_(tx, __VA_ARGS__)
#define SQL_RUN_(tx, text, ...) sql_run_args(tx, text, SQL_ARGS(__VA_ARGS__))
/**
 * Fill ${table} with many rows: sql_load(), then sql_load_row() for each, then sql_load_end(), and nothing
 * else of ${tx} between.  ${columns} are between commas, ${insert} is the statement for one row where the engine has no
 * faster way; texts have their length, too, and must be what the engine can keep.  As sql_run().
 */
struct sql_load {
	struct tx *tx;
	const char *insert; /* NULL: the engine's own way */
};
void sql_load(struct sql_load *l, struct tx *tx, const char *table, const char *columns, size_t n,
    const char *insert);
void sql_load_row(struct sql_load *l, const struct sql_arg *args, size_t n);
int sql_load_end(struct sql_load *l);
/** How many rows the last sql_run() changed. */
int64_t sql_changed(struct tx *tx);

/** The first column of the first row, or ${fallback} if there is none; NULL is 0. */
#define sql_value(tx, fallback, ...) SQL_VALUE_(tx, fallback, __VA_ARGS__)
#define SQL_VALUE_(tx, fallback, text, ...)                                                        \
	sql_value_args(tx, fallback, text, SQL_ARGS(__VA_ARGS__))

/** Run a statement of the schema. */
int sql_define(struct tx *tx, const char *text);

/** The next number of counter ${name}, a row of table "counter". */
int64_t sql_count(struct tx *tx, const char *name);

/** STORE_OK, or what a failed transaction comes to. */
int sql_result(const struct tx *tx);

void sql_open_args(
    struct sql *q, struct tx *tx, const char *text, const struct sql_arg *args, size_t n);
void sql_scan_args(
    struct sql *q, struct tx *tx, const char *text, const struct sql_arg *args, size_t n);
int sql_run_args(struct tx *tx, const char *text, const struct sql_arg *args, size_t n);
int64_t sql_value_args(
    struct tx *tx, int64_t fallback, const char *text, const struct sql_arg *args, size_t n);

#endif
