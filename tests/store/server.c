#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "store/sql.h"
#include "tests/store/server.h"

PGconn *server_admin;
int64_t server_author;
char server_path[64];

PGconn *
server_connect(void)
{
	PGconn *c = PQconnectdb(getenv("HUDHUD_TEST_STORE"));

	must(PQstatus(c) == CONNECTION_OK);
	return c;
}

/* Run ${sql}; the first column of its first row as a number, or -1. */
int64_t
server_ask(const char *sql)
{
	PGresult *res = PQexec(server_admin, sql);
	int64_t n = -1;

	if (PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) > 0)
		n = atoll(PQgetvalue(res, 0, 0));
	must(PQresultStatus(res) == PGRES_TUPLES_OK || PQresultStatus(res) == PGRES_COMMAND_OK);
	PQclear(res);
	return n;
}

/* Change a setting of the running server, and wait until new connections have it. */
void
server_set(const char *name, const char *value)
{
	char sql[160];

	snprintf(sql, sizeof(sql), "ALTER SYSTEM SET %s = '%s'", name, value);
	server_ask(sql);
	server_ask("SELECT pg_reload_conf()");
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM pg_settings WHERE name = '%s'"
	    " AND setting = '%s'",
	    name, value);
	while (server_ask(sql) != 1)
		poll(NULL, 0, 20);
}

/* The server was away for a moment. */
void
server_back(void)
{
	for (int i = 0; i < 400; i++) {
		PGresult *res;
		bool good;

		PQreset(server_admin);
		res = PQexec(server_admin, server_path);
		good = PQresultStatus(res) == PGRES_COMMAND_OK;
		PQclear(res);
		if (good)
			return;
		poll(NULL, 0, 50);
	}
	must(false);
}

void
server_do(const char *what)
{
	char *command;

	must(asprintf(&command, "%s %s >/dev/null", getenv("HUDHUD_TEST_SERVER"), what) > 0);
	must(system(command) == 0);
	free(command);
}

int
server_begin(struct tx *tx, void *arg)
{
	(void)arg;
	server_author = make_user(tx, "author");
	return STORE_OK;
}

/* What node.c does: the row that the store marks. */
static int
add_node(struct tx *tx, void *arg)
{
	return sql_run(tx,
	    "INSERT INTO node (id, name, beat, grp, started, seen) VALUES (?1, 'n', 1, 0, 0, 0)"
	    " ON CONFLICT (id) DO UPDATE SET grp = 0",
	    N(*(int64_t *)arg));
}

void
server_know(struct store *s, int64_t node)
{
	store_known_as(s, node);
	must(store_write(s, add_node, &node) == STORE_OK);
}

/* No must() here: the verbs may have to say no. */
int
server_say(struct tx *tx, void *arg)
{
	struct server_post *p = arg;
	struct status_new n = { .author = server_author, .text = p->text };

	return status_add(tx, &n, &p->pos);
}

int
server_say_text(struct store *s, const char *text)
{
	struct server_post p = { "", 0 };

	snprintf(p.text, sizeof(p.text), "%s", text);
	return store_write(s, server_say, &p);
}

struct count {
	const char *text;
	int n;
};

static bool
is_text(void *cookie, const struct status *s)
{
	struct count *c = cookie;

	c->n += strcmp(s->text, c->text) == 0;
	return true;
}

/* How often ${text} was kept. */
int
server_kept(struct store *s, const char *text)
{
	struct count c = { text, 0 };
	struct tx *tx = store_read(s);

	status_from(tx, 1, 1000000, is_text, &c);
	must(store_read_end(tx) == STORE_OK);
	return c.n;
}

void
server_run(void (*test)(struct room *room))
{
	if (getenv("HUDHUD_TEST_SERVER") == NULL || getenv("HUDHUD_TEST_STORE") == NULL) {
		fprintf(stderr, "it needs a server of its own: run store_postgres.sh\n");
		exit(2);
	}
	server_admin = server_connect();
	suite_run(test);
	PQfinish(server_admin);
}

void
server_use(struct room *room)
{
	suite_do(room, server_begin, NULL);
	server_know(room->store, 4711);
	snprintf(server_path, sizeof(server_path), "SET search_path = \"%s\"",
	    strrchr(room->state, '-') + 1);
	server_ask(server_path);
}
