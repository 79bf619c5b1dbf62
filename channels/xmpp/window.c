#include "channels/xmpp/window.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"

#define LATE 4096 /* settled ones that are remembered */

struct flight {
	uint64_t id;
	char *key; /* NULL: settled, waits for its place to be reclaimed */
	char *peer;
};

struct window {
	window_settle_fn *settle;
	void *cookie;
	struct flight *list; /* in the order written */
	size_t n, room;
	size_t live;        /* not settled */
	size_t marked;      /* of ${n}, those a barrier stands behind */
	size_t live_marked; /* of ${live}, those a barrier stands behind */
	uint64_t seed;
	uint64_t late[LATE];
	size_t late_at;
};

struct window *
window_new(window_settle_fn *settle, void *cookie)
{
	struct window *w = mem_new(sizeof(*w));

	w->settle = settle;
	w->cookie = cookie;
	if (getrandom(&w->seed, sizeof(w->seed), 0) != sizeof(w->seed))
		w->seed = (uintptr_t)w;
	return w;
}

void
window_free(struct window *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n; i++) {
		free(w->list[i].key);
		free(w->list[i].peer);
	}
	free(w->list);
	free(w);
}

void
window_add(struct window *w, uint64_t id, const char *key, const char *peer)
{
	if (w->n == w->room) {
		w->room = w->room == 0 ? 256 : 2 * w->room;
		w->list = mem_resize(w->list, w->room, sizeof(*w->list));
	}
	w->list[w->n++] = (struct flight){ id, mem_dup(key), mem_dup(peer) };
	w->live++;
}

size_t
window_count(const struct window *w)
{
	return w->live;
}

size_t
window_open(const struct window *w)
{
	return w->live - w->live_marked;
}

void
window_mark(struct window *w)
{
	w->marked = w->n;
	w->live_marked = w->live;
}

/* FNV-1a over both, seeded, so that nobody outside can aim at another's mark. */
static uint64_t
fingerprint(const struct window *w, const char *key, const char *peer)
{
	uint64_t h = w->seed ^ 0xcbf29ce484222325u;

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3u;
	h = (h ^ '\n') * 0x100000001b3u;
	for (; *peer != '\0'; peer++)
		h = (h ^ (unsigned char)*peer) * 0x100000001b3u;
	return h == 0 ? 1 : h;
}

/* Settle number ${i} of the list. */
static void
done(struct window *w, size_t i, enum outcome o, const char *why)
{
	struct flight *f = &w->list[i];

	w->live--;
	if (i < w->marked)
		w->live_marked--;
	if (o == SENT)
		w->late[w->late_at++ % LATE] = fingerprint(w, f->key, f->peer);
	w->settle(w->cookie, f->id, o, why);
	free(f->key);
	free(f->peer);
	f->key = f->peer = NULL;
	if (w->live == 0)
		w->n = w->marked = 0;
}

void
window_pass(struct window *w)
{
	for (size_t i = 0; i < w->marked; i++)
		if (w->list[i].key != NULL)
			done(w, i, SENT, "taken by the server");
	w->n -= w->marked;
	if (w->n > 0)
		memmove(w->list, w->list + w->marked, w->n * sizeof(*w->list));
	w->marked = 0;
}

enum window_found
window_fail(struct window *w, const char *key, const char *peer, enum outcome o, const char *why)
{
	uint64_t h;

	for (size_t i = 0; i < w->n; i++) {
		if (w->list[i].key == NULL || strcmp(w->list[i].key, key) != 0)
			continue;
		if (peer != NULL && strcmp(w->list[i].peer, peer) != 0)
			continue;
		done(w, i, o, why);
		return WINDOW_SETTLED;
	}
	if (peer == NULL)
		return WINDOW_UNKNOWN;
	h = fingerprint(w, key, peer);
	for (size_t i = 0; i < LATE; i++)
		if (w->late[i] == h) {
			w->late[i] = 0; /* once */
			return WINDOW_LATE;
		}
	return WINDOW_UNKNOWN;
}

void
window_lose(struct window *w, const char *why)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->list[i].key != NULL)
			done(w, i, DEFER, why);
	w->n = w->marked = w->live_marked = 0;
}
