#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/driver.h"
#include "store/hint.h"
#include "tests/store/server.h"

/* Processes that tell each other that there is something new. */
static struct hint *hints[2];

/* Turn all for ${ms} at most, as a fan-out does it, until ${wanted} has heard something. */
static bool
hears(struct hint *wanted, int ms)
{
	int64_t now = clock_ms(), until = now + ms;
	bool heard = false;

	for (; now < until && !heard; now = clock_ms()) {
		struct pollfd p[2];
		int64_t wait = until - now;

		for (int i = 0; i < 2; i++) {
			bool some = hint_turn(hints[i], now);
			int w = hint_wait(hints[i], now);

			heard |= some && hints[i] == wanted;
			wait = w != -1 && w < wait ? w : wait;
			p[i].fd = hint_fd(hints[i], &p[i].events);
		}
		if (!heard)
			poll(p, 2, (int)wait);
	}
	return heard;
}

/* Until it is connected, what it tells goes nowhere; when that is done, nothing shows. */
static bool
reaches(int from, int to, int tries)
{
	for (int i = 0; i < tries; i++) {
		hint_tell(hints[from]);
		if (hears(hints[to], 250))
			return true;
	}
	return false;
}

static void
told(void)
{
	ok(reaches(0, 1, 240) && reaches(1, 0, 240), "one tells, the other hears it");
	hears(NULL, 1000);
	hint_tell(hints[0]);
	ok(hears(hints[1], 60000), "the next, too");
	hint_tell(hints[0]);
	ok(!hears(hints[0], 300), "who tells does not hear it");
}

/* Many a second are one now and then, and the last is never forgotten. */
static void
many(void)
{
	int64_t begun = clock_ms();
	int heard = 0;

	while (clock_ms() - begun < 500) {
		hint_tell(hints[0]);
		heard += hears(hints[1], 2);
	}
	ok(heard >= 2 && heard <= 30, "many become few");
	hears(NULL, 200);
	hint_tell(hints[0]);
	ok(hears(hints[1], 60000), "and the last is told");
}

static void
away(void)
{
	server_ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
		   " WHERE query LIKE '%hudhud' AND pid <> pg_backend_pid()");
	hears(NULL, 100);
	ok(reaches(0, 1, 80) && reaches(1, 0, 80), "connections that end are made anew");
}

/* A server that is far away, or full: its answer to the connection takes its time. */
static void
far_away(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0), fill[3];
	const struct store_driver *d = suite_driver(getenv("HUDHUD_TEST_STORE"));
	struct hint *h;
	char where[64];
	short events;
	bool waits = true;

	must(bind(listener, (struct sockaddr *)&at, size) == 0 && listen(listener, 0) == 0 &&
	     getsockname(listener, (struct sockaddr *)&at, &size) == 0);
	for (int i = 0; i < 3; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fill[i], (struct sockaddr *)&at, size);
	}
	snprintf(where, sizeof(where), "//127.0.0.1:%d/nothing", ntohs(at.sin_port));
	h = d->hint_open(where);
	for (int64_t now = clock_ms(); waits && now < clock_ms() + 500; now += 100) {
		d->hint_turn(h, now);
		waits = d->hint_fd(h, &events) != -1 && events == POLLOUT;
	}
	ok(waits, "a connection that is not there yet is waited for");
	d->hint_close(h);
	for (int i = 0; i < 3; i++)
		close(fill[i]);
	close(listener);
}

static void
test(struct room *room)
{
	server_use(room);
	for (int i = 0; i < 2; i++)
		hints[i] = hint_open(room->store);
	must(hints[0] != NULL && hints[1] != NULL);
	told();
	many();
	away();
	far_away();
	for (int i = 0; i < 2; i++)
		hint_close(hints[i]);
}

int
main(void)
{
	server_run(test);
	return tap_done();
}
