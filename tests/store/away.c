#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/sql.h"
#include "tests/store/suite.h"

/*
 * What a database server does that a file does not: it goes away and comes back, is killed, waits for
 * a standby that is not there, is cancelled by somebody, and serves several stores at once.  The
 * server is the test's own: $HUDHUD_TEST_SERVER is a command that takes "stop", "start" or "kill".
 */
#define WRITERS 8
#define POSTS 60
#define NODE 4711

static PGconn *admin;
static int64_t author;
static char search_path[64];

static PGconn *
connect_admin(void)
{
	PGconn *c = PQconnectdb(getenv("HUDHUD_TEST_STORE"));

	must(PQstatus(c) == CONNECTION_OK);
	return c;
}

/* Run ${sql}; the first column of its first row as a number, or -1. */
static int64_t
ask(const char *sql)
{
	PGresult *res = PQexec(admin, sql);
	int64_t n = -1;

	if (PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) > 0)
		n = atoll(PQgetvalue(res, 0, 0));
	must(PQresultStatus(res) == PGRES_TUPLES_OK || PQresultStatus(res) == PGRES_COMMAND_OK);
	PQclear(res);
	return n;
}

/* Change a setting of the running server, and wait until new connections have it. */
static void
set(const char *name, const char *value)
{
	char sql[160];

	snprintf(sql, sizeof(sql), "ALTER SYSTEM SET %s = '%s'", name, value);
	ask(sql);
	ask("SELECT pg_reload_conf()");
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM pg_settings WHERE name = '%s'"
	    " AND setting = '%s'",
	    name, value);
	while (ask(sql) != 1)
		poll(NULL, 0, 20);
}

/* The server was away for a moment. */
static void
come_back(void)
{
	for (int i = 0; i < 400; i++) {
		PGresult *res;
		bool good;

		PQreset(admin);
		res = PQexec(admin, search_path);
		good = PQresultStatus(res) == PGRES_COMMAND_OK;
		PQclear(res);
		if (good)
			return;
		poll(NULL, 0, 50);
	}
	must(false);
}

static void
server(const char *what)
{
	char *command;

	must(asprintf(&command, "%s %s >/dev/null", getenv("HUDHUD_TEST_SERVER"), what) > 0);
	must(system(command) == 0);
	free(command);
}

static int
begin(struct tx *tx, void *arg)
{
	(void)arg;
	author = make_user(tx, "author");
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

static void
know(struct store *s, int64_t node)
{
	store_known_as(s, node);
	must(store_write(s, add_node, &node) == STORE_OK);
}

struct post {
	char text[48];
	int64_t pos;
};

/* No must() here: the verbs may have to say no. */
static int
say(struct tx *tx, void *arg)
{
	struct post *p = arg;
	struct status_new n = { .author = author, .text = p->text };

	return status_add(tx, &n, &p->pos);
}

static int
say_text(struct store *s, const char *text)
{
	struct post p = { "", 0 };

	snprintf(p.text, sizeof(p.text), "%s", text);
	return store_write(s, say, &p);
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
static int
kept(struct store *s, const char *text)
{
	struct count c = { text, 0 };
	struct tx *tx = store_read(s);

	status_from(tx, 1, 1000000, is_text, &c);
	must(store_read_end(tx) == STORE_OK);
	return c.n;
}

/* ---- several stores at once */

static struct store *stores[WRITERS];

static void *
open_one(void *arg)
{
	const struct room *room = arg;
	static _Atomic int next;

	stores[next++] = store_open(room->url, room->state);
	return NULL;
}

/* All find nothing, and all make it. */
static void
births(struct room *room)
{
	pthread_t threads[WRITERS];
	int open = 0;

	struct room fresh = *room;

	store_close(room->store);
	ask("DROP SCHEMA IF EXISTS births CASCADE; CREATE SCHEMA births");
	snprintf(fresh.url, sizeof(fresh.url), "%s?options=-csearch_path%%3Dbirths",
	    getenv("HUDHUD_TEST_STORE"));
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, open_one, &fresh);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < WRITERS; i++)
		open += stores[i] != NULL;
	ok(open == WRITERS, "several may make the store at once");
	fresh.store = stores[0];
	suite_do(&fresh, begin, NULL);
}

static atomic_bool stop;
static atomic_int said, wrong;

static void *
writer(void *arg)
{
	struct post p = { "x", 0 };

	for (int i = 0; i < POSTS; i++) {
		if (store_write(arg, say, &p) == STORE_OK)
			atomic_fetch_add(&said, 1);
		else
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static bool
in_order(void *cookie, const struct status *s)
{
	int64_t *last = cookie;

	if (s->pos != *last + 1)
		atomic_fetch_add(&wrong, 1);
	*last = s->pos;
	return true;
}

/* Who reads "all behind the last I saw" must miss nothing. */
static void *
follower(void *arg)
{
	int64_t *last = arg;
	struct tx *tx;

	while (!atomic_load(&stop)) {
		tx = store_read(stores[0]);
		status_from(tx, *last + 1, 1000, in_order, last);
		store_read_end(tx);
	}
	return NULL;
}

static void
no_gaps(void)
{
	pthread_t threads[WRITERS], reader;
	int64_t last = 0;

	pthread_create(&reader, NULL, follower, &last);
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, writer, stores[i]);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&stop, true);
	pthread_join(reader, NULL);
	ok(wrong == 0 && said == WRITERS * POSTS,
	    "who reads along sees each position, in order, whoever writes");
	for (int i = 0; i < WRITERS; i++)
		store_close(stores[i]);
}

/* ---- connections that break */

struct talker {
	struct room *room;
	pthread_t thread;
	int number, posts;
	signed char result[4000];
};

static void *
talk(void *arg)
{
	struct talker *t = arg;
	struct post p;

	while (!atomic_load(&stop) && t->posts < 4000) {
		snprintf(p.text, sizeof(p.text), "%d.%d", t->number, t->posts);
		t->result[t->posts++] = (signed char)store_write(t->room->store, say, &p);
	}
	return NULL;
}

struct tally {
	struct talker *talkers;
	int lost, doubled, later;
	short times[3][4000];
};

static bool
sort_out(void *cookie, const struct status *s)
{
	struct tally *t = cookie;
	int who, n;

	if (sscanf(s->text, "%d.%d", &who, &n) == 2 && who < 3 && n < 4000)
		t->times[who][n]++;
	return true;
}

/* What was acknowledged is there once; what was not, at most once. */
static void
look(struct room *room, struct talker *talkers, int n, struct tally *t)
{
	struct tx *tx = store_read(room->store);

	status_from(tx, 1, 1000000, sort_out, t);
	must(store_read_end(tx) == STORE_OK);
	for (int i = 0; i < n; i++)
		for (int k = 0; k < talkers[i].posts; k++) {
			t->lost += talkers[i].result[k] == STORE_OK && t->times[i][k] == 0;
			t->doubled += t->times[i][k] > 1;
			t->later += talkers[i].result[k] == STORE_LATER;
			must(talkers[i].result[k] == STORE_OK ||
			     talkers[i].result[k] == STORE_LATER);
		}
}

static void
under_fire(struct room *room, void (*fire)(int i), int shots, const char *what)
{
	static struct talker talkers[3];
	static struct tally t;
	int done = 0;

	t = (struct tally){ .talkers = talkers };
	atomic_store(&stop, false);
	ask("TRUNCATE status; UPDATE log_head SET pos = 0");
	for (int i = 0; i < 3; i++) {
		talkers[i] = (struct talker){ .room = room, .number = i };
		pthread_create(&talkers[i].thread, NULL, talk, &talkers[i]);
	}
	for (int i = 0; i < shots; i++)
		fire(i);
	atomic_store(&stop, true);
	for (int i = 0; i < 3; i++) {
		pthread_join(talkers[i].thread, NULL);
		done += talkers[i].posts;
	}
	look(room, talkers, 3, &t);
	printf("# %d said, %d of them to be said again later\n", done, t.later);
	ok(t.lost == 0 && done > 3 * t.later, what);
	ok(t.doubled == 0, "and nothing is there twice");
}

static void
end_writer(int i)
{
	poll(NULL, 0, 5 + i * 37 % 60);
	ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
	    " WHERE application_name = 'hudhudd'");
}

/* The server restarts all of itself when one of its own is killed. */
static void
kill_backend(int i)
{
	int64_t pid;

	poll(NULL, 0, 200 + i * 37 % 60);
	pid = ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'hudhudd' LIMIT 1");
	must(pid > 0 && kill((pid_t)pid, SIGKILL) == 0);
	/* All connections end, this one, too. */
	while (PQstatus(admin) == CONNECTION_OK)
		PQclear(PQexec(admin, "SELECT pg_sleep(0.01)"));
	come_back();
}

static void
kill_server(int i)
{
	poll(NULL, 0, 200 + i * 37 % 60);
	server("kill");
	server("start");
	come_back();
}

/* ---- away for long */

static void
long_gone(struct room *room)
{
	int64_t began;
	struct tx *tx, *old = store_read(room->store);
	struct user u;
	int r;

	server("stop");
	ok(!user_by_name(old, "author", &u) && store_read_result(old) == STORE_LATER,
	    "a reader under way is told that it sees nothing any more");
	store_read_end(old);
	began = clock_ms();
	r = say_text(room->store, "away");
	ok(r == STORE_LATER && clock_ms() - began < 8000, "without a server: later, after a while");
	began = clock_ms();
	r = say_text(room->store, "away");
	ok(r == STORE_LATER && clock_ms() - began < 1500, "then at once");
	tx = store_read(room->store);
	ok(!user_by_name(tx, "author", &u) && store_read_end(tx) == STORE_LATER,
	    "who reads is told, too");
	server("start");
	come_back();
	for (began = clock_ms(); say_text(room->store, "back") != STORE_OK;)
		must(clock_ms() - began < 10000 && poll(NULL, 0, 50) == 0);
	ok(kept(room->store, "back") == 1 && kept(room->store, "away") == 0,
	    "when it is back, all goes on");
}

static void
locked_out(struct room *room)
{
	PGconn *other = connect_admin();
	int64_t began = clock_ms();
	int r;

	PQclear(PQexec(other, search_path));
	PQclear(PQexec(other, "BEGIN; SELECT pos FROM log_head FOR UPDATE"));
	r = say_text(room->store, "locked");
	ok(r == STORE_LATER && clock_ms() - began < 10000, "another that holds the lock: later");
	PQfinish(other);
	ok(say_text(room->store, "unlocked") == STORE_OK && kept(room->store, "locked") == 0,
	    "until it lets go");
}

/* ---- the standby that is not there */

static const char waiting[] = "SELECT count(*) FROM pg_stat_activity"
			      " WHERE application_name = 'hudhudd' AND wait_event = 'SyncRep'";

static void *
say_it(void *arg)
{
	struct room *room = arg;

	return say_text(room->store, "unsure") == STORE_OK ? arg : NULL;
}

static void
wait_waiting(void)
{
	while (ask(waiting) < 1)
		poll(NULL, 0, 20);
}

static void
cancel(void)
{
	ask("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
	    " WHERE application_name = 'hudhudd' AND wait_event = 'SyncRep'");
}

static void
no_standby(struct room *room)
{
	int64_t began = clock_ms();
	pthread_t thread;
	void *good;
	int r;

	set("synchronous_standby_names", "nobody");
	r = say_text(room->store, "alone");
	ok(r == STORE_LATER && clock_ms() - began < 15000,
	    "without its standby, nothing is acknowledged, and nobody waits for ever");
	set("synchronous_standby_names", "");
	ok(say_text(room->store, "together") == STORE_OK && kept(room->store, "alone") <= 1,
	    "with it, all goes on");

	set("synchronous_standby_names", "nobody");
	pthread_create(&thread, NULL, say_it, room);
	wait_waiting();
	cancel();
	pthread_join(thread, &good);
	ok(good == NULL, "that somebody cancels the wait is no acknowledgement");
	set("synchronous_standby_names", "");
	say_text(room->store, "together");

	ask("TRUNCATE status; UPDATE log_head SET pos = 0");
	set("synchronous_standby_names", "nobody");
	pthread_create(&thread, NULL, say_it, room);
	wait_waiting();
	cancel();
	set("synchronous_standby_names", "");
	pthread_join(thread, &good);
	ok(good != NULL && kept(room->store, "unsure") == 1,
	    "what was kept after all is found, and acknowledged, and not said again");
}

/* ---- servers that do not keep what they promise */

static void
unfit(struct room *room)
{
	static const char *const settings[] = { "fsync", "synchronous_commit" };
	struct store *s;

	for (int i = 0; i < 2; i++) {
		set(settings[i], "off");
		s = store_open(room->url, room->state);
		ok(s == NULL, "a server that may forget is refused");
		store_close(s);
		set(settings[i], "on");
	}
}

/* ---- words */

static void
odd_texts(struct room *room)
{
	ok(say_text(room->store, "caf\xc3") == STORE_OK && kept(room->store, "caf?") == 1,
	    "what is no UTF-8 is kept as well as it can be");
}

static void
test(struct room *room)
{
	admin = connect_admin();
	births(room);
	no_gaps();
	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
	suite_do(room, begin, NULL);
	know(room->store, NODE);
	snprintf(search_path, sizeof(search_path), "SET search_path = \"%s\"",
	    strrchr(room->state, '-') + 1);
	ask(search_path);
	odd_texts(room);
	unfit(room);
	locked_out(room);
	under_fire(room, end_writer, 40, "connections end: nothing acknowledged is lost");
	under_fire(room, kill_backend, 4, "the server's processes are killed: nothing is lost");
	under_fire(room, kill_server, 4, "the server is killed: nothing is lost");
	no_standby(room);
	long_gone(room);
	PQfinish(admin);
}

int
main(void)
{
	if (getenv("HUDHUD_TEST_SERVER") == NULL || getenv("HUDHUD_TEST_STORE") == NULL) {
		fprintf(stderr, "it needs a server of its own: run store_postgres.sh\n");
		return 2;
	}
	suite_run(test);
	return tap_done();
}
