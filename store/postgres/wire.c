#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/postgres/postgres.h"

/* By class, and where a class is too coarse by the whole code; the first that fits. */
static const struct {
	const char *code;
	enum driver_result result;
} codes[] = {
	{ "25006", DRIVER_AWAY },    /* a standby by now */
	{ "25P03", DRIVER_AWAY },    /* too long between two statements */
	{ "25P04", DRIVER_AWAY },    /* too long in all */
	{ "55P03", DRIVER_AWAY },    /* another node holds the lock, and does not come to its end */
	{ "08", DRIVER_AWAY },       /* the connection */
	{ "57", DRIVER_AWAY },       /* shut down, starting up, cancelled by somebody */
	{ "58", DRIVER_AWAY },       /* the server's disk; it sees to that itself */
	{ "22", DRIVER_CONSTRAINT }, /* no such value */
	{ "23", DRIVER_CONSTRAINT },
	{ "54", DRIVER_CONSTRAINT }, /* too long for an index */
	{ "40", DRIVER_RETRY },      /* conflict, deadlock */
	{ "53", DRIVER_FULL },
};

void
pg_complain(struct pg_conn *c, const char *why)
{
	size_t n;

	snprintf(c->error, sizeof(c->error), "%s", why);
	n = strlen(c->error);
	while (n > 0 && c->error[n - 1] == '\n')
		c->error[--n] = '\0';
	for (char *s = c->error; *s != '\0'; s++)
		if (*s == '\n' || *s == '\t')
			*s = ' ';
}

int
pg_patience(const struct pg_conn *c)
{
	if (!c->base.quick)
		return PG_ANSWER_MS;
	return c->base.writer ? PG_WRITE_MS : PG_READ_MS;
}

enum driver_result
pg_lost(struct pg_conn *c, const char *why)
{
	pg_complain(c, why);
	pg_drop(c);
	return DRIVER_AWAY;
}

enum driver_result
pg_result_of(struct pg_conn *c, const PGresult *res)
{
	const char *code = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	char why[400];

	snprintf(why, sizeof(why), "%s (%s)",
	    PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY)
		? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY)
		: PQresultErrorMessage(res),
	    code != NULL ? code : "no code");
	pg_complain(c, why);
	/* libpq's own: the connection is gone. */
	if (code == NULL)
		return DRIVER_AWAY;
	c->doubtful |= strncmp(code, "25", 2) == 0 || strncmp(code, "57", 2) == 0;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strncmp(codes[i].code, code, strlen(codes[i].code)) == 0)
			return codes[i].result;
	return DRIVER_FATAL;
}

bool
pg_wait(struct pg_conn *c, int64_t until)
{
	struct pollfd p = { .fd = PQsocket(c->pg), .events = POLLIN };
	int64_t left;
	int r;

	while (PQisBusy(c->pg)) {
		left = until - clock_ms();
		if (left <= 0) {
			pg_lost(c, "the server does not answer");
			return false;
		}
		r = poll(&p, 1, (int)left);
		if (r == -1 && errno != EINTR) {
			pg_lost(c, strerror(errno));
			return false;
		}
		if (r > 0 && !PQconsumeInput(c->pg)) {
			pg_lost(c, PQerrorMessage(c->pg));
			return false;
		}
	}
	return true;
}

/* ---- to send */

void
pg_queue(struct pg_conn *c, const char *sql)
{
	if (c->pg == NULL)
		return;
	c->sent++;
	if (!PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 1))
		pg_lost(c, PQerrorMessage(c->pg));
}

static bool
prepare(struct pg_conn *c, const struct pg_stmt *s)
{
	struct pg_text *t = s->text;

	if (t->life == c->life)
		return true;
	snprintf(t->name, sizeof(t->name), "s%u", ++c->names);
	t->life = c->life;
	t->batch = c->batch;
	c->sent++;
	return PQsendPrepare(c->pg, t->name, t->sql, s->n, s->type);
}

#define ONES_8 1, 1, 1, 1, 1, 1, 1, 1
#define ONES_32 ONES_8, ONES_8, ONES_8, ONES_8

void
pg_queue_stmt(struct pg_conn *c, struct pg_stmt *s, const char *sql)
{
	static const int binary[PG_ARGS] = { ONES_32, ONES_32 };
	bool good;

	if (c->pg == NULL)
		return;
	if (sql != NULL || s->text->key == NULL)
		good = PQsendQueryParams(c->pg, sql != NULL ? sql : s->text->sql, s->n, s->type,
		    s->value, s->length, binary, 1);
	else
		good = prepare(c, s) && PQsendQueryPrepared(c->pg, s->text->name, s->n, s->value,
					    s->length, binary, 1);
	c->sent++;
	if (!good)
		pg_lost(c, PQerrorMessage(c->pg));
}

/* ---- to hear */

struct hearing {
	unsigned heard;            /* answers so far */
	enum driver_result result; /* of the first that failed */
	bool told;                 /* that was the server's word, on one before the last */
	PGresult *last;
};

static void
hear(struct pg_conn *c, struct hearing *h, PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);
	enum driver_result r;

	h->heard++;
	if (status == PGRES_PIPELINE_ABORTED) {
		PQclear(res);
		return;
	}
	PQclear(h->last);
	h->last = res;
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || h->result != DRIVER_OK)
		return;
	r = pg_result_of(c, res);
	h->told = PQresultErrorField(res, PG_DIAG_SQLSTATE) != NULL && h->heard < c->sent;
	h->result = r == DRIVER_CONSTRAINT && h->heard < c->sent ? DRIVER_LATE : r;
}

/* What was prepared since the last sync may not be there. */
static void
doubt_prepared(struct pg_conn *c)
{
	for (size_t i = 0; i < PG_TEXTS; i++)
		if (c->texts[i] != NULL && c->texts[i]->batch == c->batch)
			c->texts[i]->life = 0;
}

static enum driver_result
hear_all(struct pg_conn *c, int ms, struct hearing *h)
{
	int64_t until = clock_ms() + ms;
	PGresult *res;

	while (pg_wait(c, until)) {
		res = PQgetResult(c->pg);
		if (res == NULL) {
			if (PQstatus(c->pg) == CONNECTION_BAD)
				return pg_lost(c, PQerrorMessage(c->pg));
			continue;
		}
		if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
			PQclear(res);
			return h->result;
		}
		hear(c, h, res);
		until = clock_ms() + ms;
		if (PQstatus(c->pg) == CONNECTION_BAD) {
			pg_drop(c);
			return DRIVER_AWAY;
		}
	}
	return DRIVER_AWAY;
}

enum driver_result
pg_settle(struct pg_conn *c)
{
	struct hearing h = { 0 };
	enum driver_result r = DRIVER_OK;

	if (c->leaving)
		r = hear_all(c, pg_patience(c), &h);
	PQclear(h.last);
	c->leaving = false;
	c->sent = 0;
	return r;
}

/* ${h} keeps what was heard, even of a connection that broke. */
static enum driver_result
sync_all(struct pg_conn *c, int ms, struct hearing *h)
{
	enum driver_result r;

	if (c->pg == NULL)
		return DRIVER_AWAY;
	r = PQpipelineSync(c->pg) ? hear_all(c, ms, h) : pg_lost(c, PQerrorMessage(c->pg));
	if (r != DRIVER_OK)
		doubt_prepared(c);
	c->batch++;
	return r;
}

enum driver_result
pg_sync(struct pg_conn *c, int ms, PGresult **last)
{
	struct hearing h = { 0 };
	enum driver_result r = sync_all(c, ms, &h);

	c->sent = 0;
	if (r == DRIVER_OK && h.last != NULL)
		c->changed = atoll(PQcmdTuples(h.last));
	if (r == DRIVER_OK && last != NULL) {
		*last = h.last;
		return r;
	}
	PQclear(h.last);
	return r;
}

enum driver_result
pg_sync_commit(struct pg_conn *c)
{
	struct hearing h = { 0 };
	enum driver_result r;

	c->unreplicated = false;
	r = sync_all(c, PG_COMMIT_MS, &h);
	/* An error of one before it is a clear answer: then it was not carried out. */
	if (r == DRIVER_AWAY && !h.told)
		r = DRIVER_UNKNOWN;
	/* Of a transaction that had failed already: nothing was written. */
	else if (r == DRIVER_OK && strcmp(PQcmdStatus(h.last), "COMMIT") != 0) {
		pg_complain(c, "rolled back at its end");
		r = DRIVER_LATE;
	} else if (r == DRIVER_OK && c->unreplicated) {
		pg_lost(c, "somebody cancelled the wait for the standby");
		r = DRIVER_UNKNOWN;
	}
	PQclear(h.last);
	c->sent = 0;
	return r;
}

void
pg_leave(struct pg_conn *c)
{
	pg_queue(c, "ROLLBACK");
	doubt_prepared(c);
	if (c->pg == NULL)
		return;
	c->leaving = true;
	if (!PQpipelineSync(c->pg))
		pg_lost(c, PQerrorMessage(c->pg));
	c->batch++;
}

PGresult *
pg_plain(struct pg_conn *c, const char *sql, int ms)
{
	int64_t until = clock_ms() + ms;
	PGresult *res, *last = NULL;

	if (!PQsendQuery(c->pg, sql)) {
		pg_lost(c, PQerrorMessage(c->pg));
		return NULL;
	}
	while (pg_wait(c, until)) {
		if ((res = PQgetResult(c->pg)) == NULL)
			return last;
		PQclear(last);
		last = res;
		if (PQresultStatus(res) == PGRES_FATAL_ERROR) {
			pg_result_of(c, res);
			break;
		}
	}
	PQclear(last);
	return NULL;
}
