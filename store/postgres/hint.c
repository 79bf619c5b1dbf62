/*
 * LISTEN and NOTIFY, on a connection of their own that never waits.  NOTIFY takes a lock that all of the
 * server's databases share until its transaction is at its end: so it is no part of what is committed, but follows
 * it as a transaction that waits for no disk and no standby, and one at a time tells of all before it.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/postgres/postgres.h"

#define LISTEN_SQL "SET synchronous_commit = off; SET lock_timeout = 1000; LISTEN hudhud"
#define AGAIN_MS 5000 /* from one attempt to connect to the next, and the most that one takes */
#define TELL_MS 20    /* from one NOTIFY to the next */

struct pg_hint {
	struct hint base;
	char *url; /* owned */
	PGconn *pg;
	PostgresPollingStatusType state; /* PGRES_POLLING_OK: connected */
	bool asked;                      /* an answer is on its way */
	bool tell;                       /* there is something that the others should know */
	int64_t next_at;                 /* of the next attempt, or of the end of this one */
	int64_t tell_at;
};

struct hint *
pg_hint_open(const char *where)
{
	struct pg_hint *h = mem_new(sizeof(*h));

	h->url = pg_url(where);
	return &h->base;
}

void
pg_hint_close(struct hint *hint)
{
	struct pg_hint *h = (struct pg_hint *)hint;

	PQfinish(h->pg);
	explicit_bzero(h->url, strlen(h->url));
	free(h->url);
	free(h);
}

int
pg_hint_fd(const struct hint *hint, short *events)
{
	const struct pg_hint *h = (const struct pg_hint *)hint;

	*events = h->state == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
	return h->pg != NULL ? PQsocket(h->pg) : -1;
}

static void
drop(struct pg_hint *h, int64_t now)
{
	PQfinish(h->pg);
	h->pg = NULL;
	h->next_at = now + AGAIN_MS;
}

static void
ask(struct pg_hint *h, const char *sql, int64_t now)
{
	h->asked = true;
	if (!PQsendQuery(h->pg, sql) || PQflush(h->pg) == -1)
		drop(h, now);
}

/* PQconnectPoll() must not be called before the socket can do what it wants. */
static bool
is_ready(const struct pg_hint *h)
{
	struct pollfd p = { .fd = -1 };

	p.fd = pg_hint_fd(&h->base, &p.events);
	return poll(&p, 1, 0) == 1;
}

/* One step of a connection that comes into being. */
static void
go_on(struct pg_hint *h, int64_t now)
{
	if (h->pg == NULL) {
		h->pg = pg_connect_begin(h->url);
		h->state = PGRES_POLLING_WRITING;
		h->next_at = now + AGAIN_MS;
		if (PQstatus(h->pg) == CONNECTION_BAD)
			drop(h, now);
		return;
	}
	if (!is_ready(h))
		return;
	h->state = PQconnectPoll(h->pg);
	if (h->state == PGRES_POLLING_FAILED) {
		drop(h, now);
	} else if (h->state == PGRES_POLLING_OK) {
		PQsetnonblocking(h->pg, 1);
		ask(h, LISTEN_SQL, now);
	}
}

/* An error is as good as an answer: then there are no hints by this connection. */
static bool
hear(struct pg_hint *h, int64_t now)
{
	bool heard = false;
	PGnotify *note;
	PGresult *res;

	if (!PQconsumeInput(h->pg) || PQflush(h->pg) == -1) {
		drop(h, now);
		return false;
	}
	while (h->asked && !PQisBusy(h->pg)) {
		res = PQgetResult(h->pg);
		h->asked = res != NULL;
		PQclear(res);
	}
	while ((note = PQnotifies(h->pg)) != NULL) {
		heard |= note->be_pid != PQbackendPID(h->pg);
		PQfreemem(note);
	}
	return heard;
}

static bool
is_connected(const struct pg_hint *h)
{
	return h->pg != NULL && h->state == PGRES_POLLING_OK;
}

bool
pg_hint_turn(struct hint *hint, int64_t now)
{
	struct pg_hint *h = (struct pg_hint *)hint;
	bool heard = false;

	if (is_connected(h)) {
		heard = hear(h, now);
	} else if (h->pg == NULL ? now >= h->next_at : now < h->next_at) {
		go_on(h, now);
	} else if (h->pg != NULL) {
		drop(h, now);
	}
	if (h->tell && is_connected(h) && !h->asked && now >= h->tell_at) {
		h->tell = false;
		h->tell_at = now + TELL_MS;
		ask(h, "NOTIFY hudhud", now);
	}
	return heard;
}

void
pg_hint_tell(struct hint *hint)
{
	((struct pg_hint *)hint)->tell = true;
}

int
pg_hint_wait(const struct hint *hint, int64_t now)
{
	const struct pg_hint *h = (const struct pg_hint *)hint;
	int64_t at = h->next_at;

	if (is_connected(h)) {
		if (!h->tell || h->asked)
			return -1;
		at = h->tell_at;
	}
	return at > now ? (int)(at - now) : 0;
}
