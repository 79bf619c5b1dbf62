#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tests/store/server.h"

/* Several stores in one server, and a server that waits for a standby that is not there. */
#define WRITERS 8
#define POSTS 60

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
	server_ask("DROP SCHEMA IF EXISTS births CASCADE; CREATE SCHEMA births");
	snprintf(fresh.url, sizeof(fresh.url), "%s%coptions=-csearch_path%%3Dbirths",
	    getenv("HUDHUD_TEST_STORE"),
	    strchr(getenv("HUDHUD_TEST_STORE"), '?') != NULL ? '&' : '?');
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, open_one, &fresh);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < WRITERS; i++)
		open += stores[i] != NULL;
	ok(open == WRITERS, "several may make the store at once");
	fresh.store = stores[0];
	suite_do(&fresh, server_begin, NULL);
}

static atomic_bool stop;
static atomic_int said, wrong;

static void *
writer(void *arg)
{
	struct server_post p = { "x", 0 };

	for (int i = 0; i < POSTS; i++) {
		if (store_write(arg, server_say, &p) == STORE_OK)
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

/* ---- the standby that is not there */

static const char waiting[] = "SELECT count(*) FROM pg_stat_activity"
			      " WHERE application_name = 'hudhudd' AND wait_event = 'SyncRep'";

static void *
say_it(void *arg)
{
	struct room *room = arg;

	return server_say_text(room->store, "unsure") == STORE_OK ? arg : NULL;
}

static void
wait_waiting(void)
{
	while (server_ask(waiting) < 1)
		poll(NULL, 0, 20);
}

static void
cancel(void)
{
	server_ask("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
		   " WHERE application_name = 'hudhudd' AND wait_event = 'SyncRep'");
}

static void
no_standby(struct room *room)
{
	int64_t began = clock_ms();
	pthread_t thread;
	void *good;
	int r;

	server_set("synchronous_standby_names", "nobody");
	r = server_say_text(room->store, "alone");
	ok(r == STORE_LATER && clock_ms() - began < 15000,
	    "without its standby, nothing is acknowledged, and nobody waits for ever");
	server_set("synchronous_standby_names", "");
	ok(server_say_text(room->store, "together") == STORE_OK &&
		server_kept(room->store, "alone") <= 1,
	    "with it, all goes on");

	server_set("synchronous_standby_names", "nobody");
	pthread_create(&thread, NULL, say_it, room);
	wait_waiting();
	cancel();
	pthread_join(thread, &good);
	ok(good == NULL, "that somebody cancels the wait is no acknowledgement");
	server_set("synchronous_standby_names", "");
	server_say_text(room->store, "together");

	server_ask("TRUNCATE status; UPDATE log_head SET pos = 0");
	server_set("synchronous_standby_names", "nobody");
	pthread_create(&thread, NULL, say_it, room);
	wait_waiting();
	cancel();
	server_set("synchronous_standby_names", "");
	pthread_join(thread, &good);
	ok(good != NULL && server_kept(room->store, "unsure") == 1,
	    "what was kept after all is found, and acknowledged, and not said again");
}

/* ---- servers that do not keep what they promise */

static void
unfit(struct room *room)
{
	static const char *const settings[] = { "fsync", "synchronous_commit" };
	struct store *s;

	for (int i = 0; i < 2; i++) {
		server_set(settings[i], "off");
		s = store_open(room->url, room->state);
		ok(s == NULL, "a server that may forget is refused");
		store_close(s);
		server_set(settings[i], "on");
	}
}

/* ---- words */

static void
odd_texts(struct room *room)
{
	ok(server_say_text(room->store, "caf\xc3") == STORE_OK &&
		server_kept(room->store, "caf?") == 1,
	    "what is no UTF-8 is kept as well as it can be");
}

static void
test(struct room *room)
{
	births(room);
	no_gaps();
	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
	server_use(room);
	odd_texts(room);
	unfit(room);
	no_standby(room);
}

int
main(void)
{
	server_run(test);
	return tap_done();
}
