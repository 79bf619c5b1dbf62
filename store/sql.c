#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/row.h"

/* Recovery is from the file: nothing in memory can be believed after an error that is not known. */
static void
fail(struct tx *tx, enum driver_result r)
{
	const char *why = tx->conn->driver->error(tx->conn);

	if (tx->trouble != DRIVER_OK)
		return;
	tx->trouble = r;
	/* Of a file that is this process's alone, a reader's error is no better. */
	if (tx->store != NULL &&
	    (r == DRIVER_FATAL || (!tx->conn->writer && tx->conn->driver->alone)))
		log_die(
		    "store: %s; see to the disk, then start again: what was acknowledged is kept",
		    why);
	if (r == DRIVER_FATAL || r == DRIVER_CONSTRAINT)
		log_warn("store: %s", why);
}

int
sql_result(const struct tx *tx)
{
	switch (tx->trouble) {
	case DRIVER_OK:
	case DRIVER_ROW:
		return STORE_OK;
	case DRIVER_CONSTRAINT:
	case DRIVER_FATAL:
		return STORE_FAILED;
	case DRIVER_RETRY:
	case DRIVER_FULL:
	case DRIVER_AWAY:
	case DRIVER_LATE:
	case DRIVER_UNKNOWN:
		break;
	}
	return STORE_LATER;
}

static void
bind(const struct store_driver *d, struct stmt *s, const struct sql_arg *args, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int at = (int)i + 1;

		switch (args[i].type) {
		case SQL_NUMBER:
			d->bind_number(s, at, args[i].number);
			break;
		case SQL_TEXT:
			d->bind_text(s, at, args[i].data);
			break;
		case SQL_BYTES:
			d->bind_bytes(s, at, args[i].data, args[i].n);
			break;
		}
	}
}

static void
open_by(struct sql *q, struct tx *tx, struct stmt *(*prepare)(struct conn *, const char *),
    const char *text, const struct sql_arg *args, size_t n)
{
	const struct store_driver *d = tx->conn->driver;

	q->tx = tx;
	q->stmt = NULL;
	if (tx->trouble != DRIVER_OK)
		return;
	q->stmt = prepare(tx->conn, text);
	if (q->stmt == NULL) {
		fail(tx, d->trouble(tx->conn));
		return;
	}
	bind(d, q->stmt, args, n);
}

void
sql_open_args(struct sql *q, struct tx *tx, const char *text, const struct sql_arg *args, size_t n)
{
	open_by(q, tx, tx->conn->driver->prepare, text, args, n);
}

void
sql_scan_args(struct sql *q, struct tx *tx, const char *text, const struct sql_arg *args, size_t n)
{
	const struct store_driver *d = tx->conn->driver;

	open_by(q, tx, d->scan != NULL ? d->scan : d->prepare, text, args, n);
}

bool
sql_next(struct sql *q)
{
	enum driver_result r;

	if (q->stmt == NULL)
		return false;
	if (q->tx->trouble == DRIVER_OK) {
		r = q->tx->conn->driver->step(q->stmt);
		if (r == DRIVER_ROW)
			return true;
		if (r != DRIVER_OK)
			fail(q->tx, r);
	}
	sql_close(q);
	return false;
}

void
sql_close(struct sql *q)
{
	if (q->stmt != NULL)
		q->tx->conn->driver->release(q->stmt);
	q->stmt = NULL;
}

int64_t
sql_number(struct sql *q, int i)
{
	return q->tx->conn->driver->number(q->stmt, i);
}

int
sql_int(struct sql *q, int i)
{
	return (int)sql_number(q, i);
}

const char *
sql_text(struct sql *q, int i)
{
	return q->tx->conn->driver->text(q->stmt, i);
}

const void *
sql_bytes(struct sql *q, int i, size_t *n)
{
	return q->tx->conn->driver->bytes(q->stmt, i, n);
}

void
sql_copy(struct sql *q, int i, char *dst, size_t size)
{
	mem_copy(dst, size, sql_text(q, i));
}

int
sql_run_args(struct tx *tx, const char *text, const struct sql_arg *args, size_t n)
{
	const struct store_driver *d = tx->conn->driver;
	enum driver_result r;
	struct sql q;

	sql_open_args(&q, tx, text, args, n);
	if (q.stmt != NULL && d->put_off != NULL && !tx->careful) {
		r = d->put_off(q.stmt);
		if (r != DRIVER_OK)
			fail(tx, r);
		sql_close(&q);
	}
	while (sql_next(&q))
		;
	return sql_result(tx);
}

void
some_open(struct sql *q, struct tx *tx, const char *text, int64_t a, int64_t b, int64_t c,
    const int64_t *ids, size_t n)
{
	struct sql_arg args[3 + SOME] = { N(a), N(b), N(c) };

	for (size_t i = 0; i < SOME; i++)
		args[3 + i] = N(i < n ? ids[i] : -1);
	sql_open_args(q, tx, text, args, 3 + SOME);
}

void
sql_load(struct sql_load *l, struct tx *tx, const char *table, const char *columns, size_t n,
    const char *insert)
{
	const struct store_driver *d = tx->conn->driver;
	enum driver_result r;

	l->tx = tx;
	l->insert = d->load == NULL ? insert : NULL;
	if (l->insert != NULL || tx->trouble != DRIVER_OK)
		return;
	r = d->load(tx->conn, table, columns, (int)n);
	if (r != DRIVER_OK)
		fail(tx, r);
}

void
sql_load_row(struct sql_load *l, const struct sql_arg *args, size_t n)
{
	const struct store_driver *d = l->tx->conn->driver;
	enum driver_result r;

	if (l->insert != NULL)
		sql_run_args(l->tx, l->insert, args, n);
	for (size_t i = 0; l->insert == NULL && i < n && l->tx->trouble == DRIVER_OK; i++) {
		r = args[i].type == SQL_NUMBER
			? d->load_number(l->tx->conn, args[i].number)
			: d->load_bytes(l->tx->conn, args[i].data, args[i].n);
		if (r != DRIVER_OK)
			fail(l->tx, r);
	}
}

int
sql_load_end(struct sql_load *l)
{
	const struct store_driver *d = l->tx->conn->driver;
	enum driver_result r;

	if (l->insert == NULL && l->tx->trouble == DRIVER_OK) {
		r = d->load_end(l->tx->conn);
		if (r != DRIVER_OK)
			fail(l->tx, r);
	}
	return sql_result(l->tx);
}

int64_t
sql_changed(struct tx *tx)
{
	int64_t n = tx->trouble != DRIVER_OK ? 0 : tx->conn->driver->changes(tx->conn);

	if (n != -1)
		return n;
	fail(tx, tx->conn->driver->trouble(tx->conn));
	return 0;
}

int64_t
sql_value_args(
    struct tx *tx, int64_t fallback, const char *text, const struct sql_arg *args, size_t n)
{
	int64_t v = fallback;
	bool first = true;
	struct sql q;

	/* To the end: a statement that writes is done only then. */
	sql_open_args(&q, tx, text, args, n);
	while (sql_next(&q)) {
		if (first)
			v = sql_number(&q, 0);
		first = false;
	}
	return v;
}

int
sql_define(struct tx *tx, const char *text)
{
	enum driver_result r;

	if (tx->trouble != DRIVER_OK)
		return sql_result(tx);
	r = tx->conn->driver->define(tx->conn, text);
	if (r != DRIVER_OK)
		fail(tx, r);
	return sql_result(tx);
}

int64_t
sql_count(struct tx *tx, const char *name)
{
	return sql_value(
	    tx, 0, "UPDATE counter SET value = value + 1 WHERE name = ?1 RETURNING value", T(name));
}
