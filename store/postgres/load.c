/*
 * COPY ... FROM STDIN, in its binary form: rows without statements.  It cannot be done in pipeline mode, which
 * is left for as long; the transaction goes on.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/postgres/postgres.h"

static enum driver_result
flush(struct pg_conn *c)
{
	struct pg_load *l = &c->load;
	size_t n = l->n;

	l->n = 0;
	if (c->pg == NULL)
		return DRIVER_AWAY;
	/* An error of the server's is told at the end. */
	return n == 0 || PQputCopyData(c->pg, l->data, (int)n) == 1
		   ? DRIVER_OK
		   : pg_lost(c, PQerrorMessage(c->pg));
}

static enum driver_result
put(struct pg_conn *c, const void *data, size_t n)
{
	struct pg_load *l = &c->load;
	const char *from = data;
	size_t some;

	for (; n > 0; from += some, n -= some) {
		if (l->n == PG_LOAD && flush(c) != DRIVER_OK)
			return DRIVER_AWAY;
		some = n < PG_LOAD - l->n ? n : PG_LOAD - l->n;
		memcpy(l->data + l->n, from, some);
		l->n += some;
	}
	return DRIVER_OK;
}

static enum driver_result
put_16(struct pg_conn *c, int v)
{
	uint16_t wire = htobe16((uint16_t)v);

	return put(c, &wire, sizeof(wire));
}

/* The answer to COPY, and to its end, outside of a pipeline. */
static enum driver_result
hear(struct pg_conn *c, ExecStatusType wanted, int64_t until)
{
	enum driver_result r = DRIVER_OK;
	PGresult *res;
	bool more = true;

	while (more) {
		if (!pg_wait(c, until))
			return DRIVER_AWAY;
		res = PQgetResult(c->pg);
		if (res != NULL && PQresultStatus(res) != wanted && r == DRIVER_OK)
			r = pg_result_of(c, res);
		/* COPY IN is told again and again, until the rows come. */
		more = res != NULL && PQresultStatus(res) != PGRES_COPY_IN;
		PQclear(res);
	}
	return PQstatus(c->pg) == CONNECTION_OK ? r : pg_lost(c, PQerrorMessage(c->pg));
}

static enum driver_result
end(struct pg_conn *c, enum driver_result r)
{
	free(c->load.data);
	c->load = (struct pg_load){ 0 };
	if (c->pg != NULL && !PQenterPipelineMode(c->pg))
		r = pg_lost(c, PQerrorMessage(c->pg));
	return r;
}

enum driver_result
pg_load(struct conn *conn, const char *table, const char *columns, int n)
{
	static const char head[19] = "PGCOPY\n\377\r\n"; /* no flags, nothing added */
	struct pg_conn *c = (struct pg_conn *)conn;
	enum driver_result r = c->sent > 0 ? pg_sync(c, pg_patience(c), NULL) : DRIVER_OK;
	char *sql;
	bool sent;

	if (r != DRIVER_OK)
		return r;
	if (c->pg == NULL || !PQexitPipelineMode(c->pg))
		return c->pg == NULL ? DRIVER_AWAY : pg_lost(c, PQerrorMessage(c->pg));
	sql = mem_printf("COPY %s (%s) FROM STDIN WITH (FORMAT binary)", table, columns);
	sent = PQsendQuery(c->pg, sql);
	free(sql);
	if (!sent)
		return pg_lost(c, PQerrorMessage(c->pg));
	r = hear(c, PGRES_COPY_IN, clock_ms() + pg_patience(c));
	if (r != DRIVER_OK)
		return end(c, r);
	c->load = (struct pg_load){ .columns = n, .data = mem_new(PG_LOAD) };
	return put(c, head, sizeof(head));
}

static enum driver_result
put_field(struct pg_conn *c, const void *data, size_t n)
{
	struct pg_load *l = &c->load;
	uint32_t wire = htobe32((uint32_t)n);
	bool first = l->at == 0;

	if (n > INT32_MAX) {
		pg_complain(c, "a value is too long");
		return DRIVER_CONSTRAINT;
	}
	l->at = (l->at + 1) % l->columns;
	if (first && put_16(c, l->columns) != DRIVER_OK)
		return DRIVER_AWAY;
	return put(c, &wire, sizeof(wire)) == DRIVER_OK ? put(c, data, n) : DRIVER_AWAY;
}

enum driver_result
pg_load_number(struct conn *conn, int64_t v)
{
	uint64_t wire = htobe64((uint64_t)v);

	return put_field((struct pg_conn *)conn, &wire, sizeof(wire));
}

enum driver_result
pg_load_bytes(struct conn *conn, const void *data, size_t n)
{
	return put_field((struct pg_conn *)conn, data, n);
}

enum driver_result
pg_load_end(struct conn *conn)
{
	struct pg_conn *c = (struct pg_conn *)conn;
	enum driver_result r = put_16(c, -1);

	if (r == DRIVER_OK)
		r = flush(c);
	if (r == DRIVER_OK && PQputCopyEnd(c->pg, NULL) != 1)
		r = pg_lost(c, PQerrorMessage(c->pg));
	if (r == DRIVER_OK)
		r = hear(c, PGRES_COMMAND_OK, clock_ms() + PG_SCHEMA_MS);
	return end(c, r);
}
