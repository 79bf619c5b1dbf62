#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/postgres/postgres.h"

/* pg_type.h is not among what libpq installs. */
enum { BOOL = 16, BYTES = 17, INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25 };

#define PART 1000 /* rows that a cursor fetches */

/* ---- texts and statements */

static struct pg_text **
slot(struct pg_conn *c, const char *sql)
{
	size_t i = ((uintptr_t)sql * 0x9e3779b1u >> 8) % PG_TEXTS;

	for (size_t n = 0; n < PG_TEXTS; n++, i = (i + 1) % PG_TEXTS)
		if (c->texts[i] == NULL || c->texts[i]->key == sql)
			return &c->texts[i];
	return NULL;
}

static struct pg_text *
text_of(struct pg_conn *c, const char *sql)
{
	struct pg_text **at = slot(c, sql), *t;

	if (at != NULL && *at != NULL)
		return *at;
	t = mem_new(sizeof(*t));
	t->sql = pg_parameters(sql);
	if (at != NULL) {
		t->key = sql;
		*at = t;
	}
	return t;
}

static void
text_free(struct pg_text *t)
{
	free(t->idle);
	free(t->sql);
	free(t);
}

void
pg_forget(struct pg_conn *c)
{
	for (size_t i = 0; i < PG_TEXTS; i++)
		if (c->texts[i] != NULL)
			text_free(c->texts[i]);
}

struct stmt *
pg_prepare(struct conn *conn, const char *sql)
{
	struct pg_text *t = text_of((struct pg_conn *)conn, sql);
	struct pg_stmt *s = t->idle != NULL ? t->idle : mem_new(sizeof(*s));

	t->idle = NULL;
	s->base.conn = conn;
	s->text = t;
	return &s->base;
}

struct stmt *
pg_scan(struct conn *conn, const char *sql)
{
	struct pg_stmt *s = (struct pg_stmt *)pg_prepare(conn, sql);

	s->many = true;
	return &s->base;
}

static void
close_cursor(struct pg_stmt *s)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "CLOSE c%u", s->cursor);
	pg_queue((struct pg_conn *)s->base.conn, sql);
	s->cursor = 0;
}

void
pg_release(struct stmt *stmt)
{
	struct pg_stmt *s = (struct pg_stmt *)stmt;
	struct pg_text *t = s->text;

	if (s->cursor != 0)
		close_cursor(s);
	PQclear(s->res);
	for (int i = 0; i < s->n; i++)
		if (s->clean[i] != NULL) {
			free(s->clean[i]);
			s->clean[i] = NULL;
		}
	s->res = NULL;
	s->n = 0;
	s->many = false;
	if (t->key != NULL && t->idle == NULL)
		t->idle = s;
	else
		free(s);
	if (t->key == NULL)
		text_free(t);
}

/* ---- parameters */

static int
place(struct pg_stmt *s, int i, Oid type, const void *data, size_t n)
{
	if (i < 1 || i > PG_ARGS || n > INT32_MAX)
		log_die("store: parameter %d of a statement is too much", i);
	if (i > s->n)
		s->n = i;
	s->type[i - 1] = type;
	s->value[i - 1] = data;
	s->length[i - 1] = (int)n;
	return i - 1;
}

void
pg_bind_number(struct stmt *stmt, int i, int64_t v)
{
	struct pg_stmt *s = (struct pg_stmt *)stmt;
	int at = place(s, i, INT8, NULL, sizeof(uint64_t));

	s->number[at] = htobe64((uint64_t)v);
	s->value[at] = (const char *)&s->number[at];
}

void
pg_bind_text(struct stmt *stmt, int i, const char *data)
{
	struct pg_stmt *s = (struct pg_stmt *)stmt;
	size_t n = data != NULL ? strlen(data) : 0;
	int at = place(s, i, TEXT, data, n);

	/* What a peer sent, or what was cut in the middle of a letter: the same each time, at least. */
	if (data == NULL || text_valid(data, n))
		return;
	s->value[at] = s->clean[at] = text_ascii(data);
}

void
pg_bind_bytes(struct stmt *stmt, int i, const void *data, size_t n)
{
	place((struct pg_stmt *)stmt, i, BYTES, data != NULL ? data : "", n);
}

/* ---- rows */

static enum driver_result
first_part(struct pg_conn *c, struct pg_stmt *s)
{
	char fetch[64], *declare;

	if (!s->many) {
		pg_queue_stmt(c, s, NULL);
		return pg_sync(c, pg_patience(c), &s->res);
	}
	s->cursor = ++c->cursors;
	declare = mem_printf("DECLARE c%u NO SCROLL CURSOR FOR %s", s->cursor, s->text->sql);
	snprintf(fetch, sizeof(fetch), "FETCH %d FROM c%u", PART, s->cursor);
	pg_queue_stmt(c, s, declare);
	pg_queue(c, fetch);
	free(declare);
	return pg_sync(c, pg_patience(c), &s->res);
}

static enum driver_result
next_part(struct pg_conn *c, struct pg_stmt *s)
{
	char fetch[64];

	snprintf(fetch, sizeof(fetch), "FETCH %d FROM c%u", PART, s->cursor);
	PQclear(s->res);
	s->res = NULL;
	pg_queue(c, fetch);
	return pg_sync(c, pg_patience(c), &s->res);
}

enum driver_result
pg_step(struct stmt *stmt)
{
	struct pg_conn *c = (struct pg_conn *)stmt->conn;
	struct pg_stmt *s = (struct pg_stmt *)stmt;
	enum driver_result r = DRIVER_OK;

	if (s->res == NULL || (s->cursor != 0 && s->row + 1 == PART)) {
		r = s->res == NULL ? first_part(c, s) : next_part(c, s);
		s->row = -1;
	}
	if (r != DRIVER_OK) {
		s->cursor = 0;
		return r;
	}
	return ++s->row < PQntuples(s->res) ? DRIVER_ROW : DRIVER_OK;
}

enum driver_result
pg_put_off(struct stmt *stmt)
{
	struct pg_conn *c = (struct pg_conn *)stmt->conn;

	pg_queue_stmt(c, (struct pg_stmt *)stmt, NULL);
	return c->pg != NULL ? DRIVER_OK : DRIVER_AWAY;
}

/* ---- columns */

int64_t
pg_number(struct stmt *stmt, int i)
{
	struct pg_stmt *s = (struct pg_stmt *)stmt;
	const unsigned char *p = (const unsigned char *)PQgetvalue(s->res, s->row, i);
	uint64_t v = 0;

	if (PQgetisnull(s->res, s->row, i))
		return 0;
	switch (PQftype(s->res, i)) {
	case BOOL:
	case INT2:
	case INT4:
	case INT8:
		break;
	default:
		log_die("store: column %d of \"%s\" is no number", i, s->text->sql);
	}
	if (PQgetlength(s->res, s->row, i) > 1 && (p[0] & 0x80) != 0)
		v = UINT64_MAX;
	for (int k = 0; k < PQgetlength(s->res, s->row, i); k++)
		v = v << 8 | p[k];
	return (int64_t)v;
}

const char *
pg_text(struct stmt *stmt, int i)
{
	struct pg_stmt *s = (struct pg_stmt *)stmt;

	/* libpq puts a NUL after each value; NULL is "". */
	return PQgetvalue(s->res, s->row, i);
}

const void *
pg_bytes(struct stmt *stmt, int i, size_t *n)
{
	struct pg_stmt *s = (struct pg_stmt *)stmt;

	*n = (size_t)PQgetlength(s->res, s->row, i);
	return PQgetvalue(s->res, s->row, i);
}
