#include "channels/xmpp/flight.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"

#define LATE 4096 /* settled ones that are remembered */

struct copy {
	uint64_t id;
	char *key; /* NULL: settled, waits for its place to be reclaimed */
	char *peer;
};

struct flight {
	flight_settle_fn *settle;
	void *cookie;
	struct copy *list; /* in the order written */
	size_t n, room;
	size_t live;        /* not settled */
	size_t marked;      /* of ${n}, those a barrier stands behind */
	size_t live_marked; /* of ${live}, those a barrier stands behind */
	uint64_t seed;
	uint64_t late[LATE];
	size_t late_at;
};

struct flight *
flight_new(flight_settle_fn *settle, void *cookie)
{
	struct flight *f = mem_new(sizeof(*f));

	f->settle = settle;
	f->cookie = cookie;
	if (getrandom(&f->seed, sizeof(f->seed), 0) != sizeof(f->seed))
		f->seed = (uintptr_t)f;
	return f;
}

void
flight_free(struct flight *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->n; i++) {
		free(f->list[i].key);
		free(f->list[i].peer);
	}
	free(f->list);
	free(f);
}

void
flight_add(struct flight *f, uint64_t id, const char *key, const char *peer)
{
	if (f->n == f->room) {
		f->room = f->room == 0 ? 256 : 2 * f->room;
		f->list = mem_resize(f->list, f->room, sizeof(*f->list));
	}
	f->list[f->n++] = (struct copy){ id, mem_dup(key), mem_dup(peer) };
	f->live++;
}

size_t
flight_count(const struct flight *f)
{
	return f->live;
}

size_t
flight_open(const struct flight *f)
{
	return f->live - f->live_marked;
}

void
flight_mark(struct flight *f)
{
	f->marked = f->n;
	f->live_marked = f->live;
}

/* FNV-1a over both, seeded, so that nobody outside can aim at another's mark. */
static uint64_t
fingerprint(const struct flight *f, const char *key, const char *peer)
{
	uint64_t h = f->seed ^ 0xcbf29ce484222325u;

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3u;
	h = (h ^ '\n') * 0x100000001b3u;
	for (; *peer != '\0'; peer++)
		h = (h ^ (unsigned char)*peer) * 0x100000001b3u;
	return h == 0 ? 1 : h;
}

/* Settle number ${i} of the list. */
static void
done(struct flight *f, size_t i, enum outcome o, const char *why)
{
	struct copy *c = &f->list[i];

	f->live--;
	if (i < f->marked)
		f->live_marked--;
	if (o == SENT)
		f->late[f->late_at++ % LATE] = fingerprint(f, c->key, c->peer);
	f->settle(f->cookie, c->id, o, why);
	free(c->key);
	free(c->peer);
	c->key = c->peer = NULL;
	if (f->live == 0)
		f->n = f->marked = 0;
}

void
flight_pass(struct flight *f)
{
	for (size_t i = 0; i < f->marked; i++)
		if (f->list[i].key != NULL)
			done(f, i, SENT, "taken by the server");
	f->n -= f->marked;
	if (f->n > 0)
		memmove(f->list, f->list + f->marked, f->n * sizeof(*f->list));
	f->marked = 0;
}

enum flight_found
flight_fail(struct flight *f, const char *key, const char *peer, enum outcome o, const char *why)
{
	uint64_t h;

	for (size_t i = 0; i < f->n; i++) {
		if (f->list[i].key == NULL || strcmp(f->list[i].key, key) != 0)
			continue;
		if (peer != NULL && strcmp(f->list[i].peer, peer) != 0)
			continue;
		done(f, i, o, why);
		return FLIGHT_SETTLED;
	}
	if (peer == NULL)
		return FLIGHT_UNKNOWN;
	h = fingerprint(f, key, peer);
	for (size_t i = 0; i < LATE; i++)
		if (f->late[i] == h) {
			f->late[i] = 0; /* once */
			return FLIGHT_LATE;
		}
	return FLIGHT_UNKNOWN;
}

void
flight_lose(struct flight *f, const char *why)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].key != NULL)
			done(f, i, DEFER, why);
	f->n = f->marked = f->live_marked = 0;
}
