#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/postgres/postgres.h"

#define SETUP                                                                                      \
	"SET client_encoding = 'UTF8'; SET client_min_messages = warning; SET jit = off;"          \
	"SET statement_timeout = 0; SET client_connection_check_interval = 2000;"
/* What a node that hangs holds must not hold up the others for ever. */
#define SETUP_WRITER "SET lock_timeout = 2000; SET idle_in_transaction_session_timeout = 1500;"
#define LOOK                                                                                       \
	"SELECT current_setting('server_version_num'), current_setting('server_encoding'),"        \
	" current_setting('fsync'), current_setting('synchronous_commit')"

char *
pg_url(const char *where)
{
	return mem_printf("postgresql:%s", where);
}

const char *
pg_check(const char *where, char *why, size_t size)
{
	char *url = pg_url(where), *error = NULL;
	PQconninfoOption *o = PQconninfoParse(url, &error);

	why[0] = '\0';
	/* What libpq says may quote a password. */
	if (o == NULL || strncmp(where, "//", 2) != 0)
		snprintf(why, size, "libpq does not understand this URL");
	for (PQconninfoOption *p = o; p != NULL && p->keyword != NULL; p++)
		if (strcmp(p->keyword, "password") == 0 && p->val != NULL)
			snprintf(why, size,
			    "a password does not belong here: set store_password or store_password_file");
	PQconninfoFree(o);
	PQfreemem(error);
	free(url);
	return why[0] != '\0' ? why : NULL;
}

void
pg_drop(struct pg_conn *c)
{
	PQfinish(c->pg);
	c->pg = NULL;
	c->leaving = c->doubtful = false;
	free(c->load.data);
	c->load = (struct pg_load){ 0 };
}

/* Committed here, and nowhere else: whoever was told so would lose it with this server. */
static void
notice(void *arg, const PGresult *res)
{
	static const char text[] = "synchronous replication";
	const char *code = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *what = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	struct pg_conn *c = arg;

	/* By its code, too, since servers speak many languages. */
	if ((what != NULL && strstr(what, text) != NULL) ||
	    (code != NULL && strcmp(code, "01000") == 0))
		c->unreplicated = true;
}

static const char *
unfit(const PGresult *res)
{
	const char *commit = PQgetvalue(res, 0, 3);

	if (atoi(PQgetvalue(res, 0, 0)) < 150000)
		return "PostgreSQL must be 15 or newer";
	if (strcmp(PQgetvalue(res, 0, 1), "UTF8") != 0)
		return "the database's encoding must be UTF8";
	if (strcmp(PQgetvalue(res, 0, 2), "on") != 0)
		return "fsync is off there: what is acknowledged would not be kept";
	if (strcmp(commit, "off") == 0 || strcmp(commit, "local") == 0)
		return "synchronous_commit is off (or local) there: what is acknowledged would not be kept";
	return NULL;
}

static enum driver_result
set_up(struct pg_conn *c)
{
	PGresult *res = pg_plain(
	    c, c->base.writer ? SETUP SETUP_WRITER LOOK : SETUP LOOK, pg_patience(c));
	const char *why;

	if (res == NULL)
		return DRIVER_AWAY;
	why = unfit(res);
	PQclear(res);
	if (why != NULL) {
		pg_complain(c, why);
		return DRIVER_FATAL;
	}
	return PQenterPipelineMode(c->pg) ? DRIVER_OK : DRIVER_AWAY;
}

/* The URL, which comes last, may say otherwise. */
static const char *const names[] = { "application_name", "connect_timeout", "tcp_user_timeout",
	"keepalives_idle", "keepalives_interval", "keepalives_count", "target_session_attrs",
	"dbname", NULL };
#define VALUES(url)                                                                                \
	{                                                                                          \
		"hudhudd", "2", "10000", "5", "2", "3", "read-write", (url), NULL                  \
	}

PGconn *
pg_connect_begin(const char *url)
{
	const char *const values[] = VALUES(url);

	return PQconnectStartParams(names, values, 1);
}

enum driver_result
pg_connect(struct pg_conn *c)
{
	const char *const values[] = VALUES(c->url);
	enum driver_result r = DRIVER_AWAY;

	if (clock_ms() < c->connect_at)
		return DRIVER_AWAY;
	c->pg = PQconnectdbParams(names, values, 1);
	c->life++;
	c->sent = 0;
	if (PQstatus(c->pg) != CONNECTION_OK) {
		pg_complain(c, PQerrorMessage(c->pg));
	} else {
		PQsetNoticeReceiver(c->pg, notice, c);
		r = set_up(c);
	}
	if (r != DRIVER_OK) {
		pg_drop(c);
		c->connect_at = clock_ms() + PG_PAUSE_MS;
	}
	return r;
}
