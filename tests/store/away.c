#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "tests/store/server.h"

/* A server that goes away and comes back, and connections that break in the middle. */

static atomic_bool stop;

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
	struct server_post p;

	while (!atomic_load(&stop) && t->posts < 4000) {
		snprintf(p.text, sizeof(p.text), "%d.%d", t->number, t->posts);
		t->result[t->posts++] = (signed char)store_write(t->room->store, server_say, &p);
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
	server_ask("TRUNCATE status; UPDATE log_head SET pos = 0");
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
	/* how soon it is back is the machine's business */
	ok(t.lost == 0 && done > t.later, what);
	ok(t.doubled == 0, "and nothing is there twice");
}

static void
end_writer(int i)
{
	poll(NULL, 0, 5 + i * 37 % 60);
	server_ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
		   " WHERE application_name = 'hudhudd'");
}

/* The server restarts all of itself when one of its own is killed. */
static void
kill_backend(int i)
{
	int64_t pid;

	poll(NULL, 0, 200 + i * 37 % 60);
	/* It may just have ended by itself. */
	do
		pid = server_ask("SELECT pid FROM pg_stat_activity"
				 " WHERE application_name = 'hudhudd' LIMIT 1");
	while (pid <= 0 || kill((pid_t)pid, SIGKILL) == -1);
	/* All connections end, this one, too. */
	while (PQstatus(server_admin) == CONNECTION_OK)
		PQclear(PQexec(server_admin, "SELECT pg_sleep(0.01)"));
	server_back();
}

static void
kill_server(int i)
{
	poll(NULL, 0, 200 + i * 37 % 60);
	server_do("kill");
	server_do("start");
	server_back();
}

/* ---- away for long */

static void
long_gone(struct room *room)
{
	int64_t began;
	struct tx *tx, *old = store_read(room->store);
	struct user u;
	int r;

	server_do("stop");
	ok(!user_by_name(old, "author", &u) && store_read_result(old) == STORE_LATER,
	    "a reader under way is told that it sees nothing any more");
	store_read_end(old);
	began = clock_ms();
	r = server_say_text(room->store, "away");
	ok(r == STORE_LATER && clock_ms() - began < 8000, "without a server: later, after a while");
	began = clock_ms();
	r = server_say_text(room->store, "away");
	ok(r == STORE_LATER && clock_ms() - began < 1500, "then at once");
	tx = store_read(room->store);
	ok(!user_by_name(tx, "author", &u) && store_read_end(tx) == STORE_LATER,
	    "who reads is told, too");
	server_do("start");
	server_back();
	for (began = clock_ms(); server_say_text(room->store, "back") != STORE_OK;)
		must(clock_ms() - began < 60000 && poll(NULL, 0, 50) == 0);
	ok(server_kept(room->store, "back") == 1 && server_kept(room->store, "away") == 0,
	    "when it is back, all goes on");
}

static void
locked_out(struct room *room)
{
	PGconn *other = server_connect();
	int64_t began = clock_ms();
	int r;

	PQclear(PQexec(other, server_path));
	PQclear(PQexec(other, "BEGIN; SELECT pos FROM log_head FOR UPDATE"));
	r = server_say_text(room->store, "locked");
	ok(r == STORE_LATER && clock_ms() - began < 10000, "another that holds the lock: later");
	PQfinish(other);
	ok(server_say_text(room->store, "unlocked") == STORE_OK &&
		server_kept(room->store, "locked") == 0,
	    "until it lets go");
}

static void
test(struct room *room)
{
	server_use(room);
	locked_out(room);
	under_fire(room, end_writer, 40, "connections end: nothing acknowledged is lost");
	under_fire(room, kill_backend, 4, "the server's processes are killed: nothing is lost");
	under_fire(room, kill_server, 4, "the server is killed: nothing is lost");
	long_gone(room);
}

int
main(void)
{
	server_run(test);
	return tap_done();
}
