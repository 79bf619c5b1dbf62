#include "channels/xmpp/flight.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define LATE 4096    /* settled ones that are remembered, at least */
#define SPARE_MAX 64 /* batches kept for the next that is begun */
#define SMALL 32     /* copies: a batch not worth being remembered by itself */
#define ROOM 64

/* A copy's key and peer, both with their NUL, one behind the other in the text of its batch. */
struct copy {
	uint32_t at;      /* GONE: settled by an error, or reported after it was settled */
	uint32_t key_len; /* the peer follows */
};

#define GONE UINT32_MAX

/*
 * What one barrier stands behind.  A batch is filled, waits for its barrier, and is then kept for
 * a while as the memory of what was sent; its room is used again.  So a copy costs no allocation,
 * and a barrier settles all it stands behind by handing on one array.
 */
struct batch {
	struct batch *next;
	uint64_t serial;
	int64_t marked_at;
	uint64_t *ids;
	struct copy *copies;
	size_t n, room, live;
	struct buf text;
};

/* In the order written. */
struct queue {
	struct batch *first, **last;
	size_t n; /* copies */
};

struct flight {
	flight_settle_fn *settle;
	void *cookie;
	struct batch *filling;
	struct queue waiting; /* for their barriers */
	struct queue past;    /* came back */
	struct batch *newest; /* of the past */
	struct batch *spare;
	size_t spares;
	size_t live; /* not settled */
};

static void
queue_add(struct queue *q, struct batch *b)
{
	if (q->first == NULL)
		q->last = &q->first;
	b->next = NULL;
	*q->last = b;
	q->last = &b->next;
	q->n += b->n;
}

static struct batch *
queue_take(struct queue *q)
{
	struct batch *b = q->first;

	if (b != NULL) {
		q->first = b->next;
		q->n -= b->n;
	}
	return b;
}

static void
batch_free(struct batch *b)
{
	free(b->ids);
	free(b->copies);
	buf_free(&b->text);
	free(b);
}

/* An empty one. */
static struct batch *
batch_new(struct flight *f)
{
	struct batch *b = f->spare;

	if (b == NULL)
		return mem_new(sizeof(*b));
	f->spare = b->next;
	f->spares--;
	return b;
}

static void
batch_done(struct flight *f, struct batch *b)
{
	if (f->spares >= SPARE_MAX) {
		batch_free(b);
		return;
	}
	buf_clear(&b->text);
	b->n = b->live = 0;
	b->next = f->spare;
	f->spare = b;
	f->spares++;
}

struct flight *
flight_new(flight_settle_fn *settle, void *cookie)
{
	struct flight *f = mem_new(sizeof(*f));

	f->settle = settle;
	f->cookie = cookie;
	f->filling = batch_new(f);
	return f;
}

static void
free_all(struct batch *b)
{
	struct batch *next;

	for (; b != NULL; b = next) {
		next = b->next;
		batch_free(b);
	}
}

void
flight_free(struct flight *f)
{
	if (f == NULL)
		return;
	free_all(f->waiting.first);
	free_all(f->past.first);
	free_all(f->spare);
	batch_free(f->filling);
	free(f);
}

static void
batch_room(struct batch *b, size_t n)
{
	if (b->n + n <= b->room)
		return;
	while (b->n + n > b->room)
		b->room = b->room == 0 ? ROOM : 2 * b->room;
	b->ids = mem_resize(b->ids, b->room, sizeof(*b->ids));
	b->copies = mem_resize(b->copies, b->room, sizeof(*b->copies));
}

void
flight_add(struct flight *f, uint64_t id, const char *key, const char *peer)
{
	struct batch *b = f->filling;
	size_t key_len = strlen(key), peer_len = strlen(peer);
	char *to = buf_room(&b->text, key_len + peer_len + 2);

	batch_room(b, 1);
	memcpy(to, key, key_len + 1);
	memcpy(to + key_len + 1, peer, peer_len + 1);
	b->ids[b->n] = id;
	b->copies[b->n++] = (struct copy){ (uint32_t)b->text.len, (uint32_t)key_len };
	b->text.len += key_len + peer_len + 2;
	b->live++;
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
	return f->filling->live;
}

void
flight_mark(struct flight *f, uint64_t serial, int64_t now)
{
	f->filling->serial = serial;
	f->filling->marked_at = now;
	queue_add(&f->waiting, f->filling);
	f->filling = batch_new(f);
}

int64_t
flight_waits(const struct flight *f)
{
	return f->waiting.first == NULL ? 0 : f->waiting.first->marked_at;
}

/* Settle what is left of ${b}: one call. */
static void
settle_rest(struct flight *f, struct batch *b, enum outcome o, const char *why)
{
	size_t n = 0;

	for (size_t i = 0; b->live < b->n && i < b->n; i++)
		if (b->copies[i].at != GONE)
			b->ids[n++] = b->ids[i];
	f->live -= b->live;
	if (b->live > 0)
		f->settle(f->cookie, b->ids, b->live, o, why);
	b->live = 0;
}

/* Add what is in ${b} to what ${to} remembers; only those whose ids do not matter any more. */
static void
merge(struct batch *to, const struct batch *b)
{
	batch_room(to, b->n);
	for (size_t i = 0; i < b->n; i++) {
		to->copies[to->n] = b->copies[i];
		if (b->copies[i].at != GONE)
			to->copies[to->n].at += (uint32_t)to->text.len;
		to->n++;
	}
	buf_add(&to->text, b->text.data, b->text.len);
}

/* Keep ${b}, which is settled, and let go of the oldest that are not needed. */
static void
remember(struct flight *f, struct batch *b)
{
	struct batch *last = f->newest;

	if (b->n == 0) {
		batch_done(f, b);
	} else if (f->past.first != NULL && b->n < SMALL && last->n + b->n <= last->room) {
		merge(last, b);
		f->past.n += b->n;
		batch_done(f, b);
	} else {
		queue_add(&f->past, b);
		f->newest = b;
	}
	while (f->past.first != NULL && f->past.n - f->past.first->n >= LATE)
		batch_done(f, queue_take(&f->past));
}

bool
flight_pass(struct flight *f, uint64_t serial)
{
	struct batch *b = f->waiting.first;
	bool last;

	while (b != NULL && b->serial != serial)
		b = b->next;
	if (b == NULL)
		return false;
	do {
		/* the server has read what is before an earlier barrier, too */
		b = queue_take(&f->waiting);
		last = b->serial == serial;
		settle_rest(f, b, SENT, "taken by the server");
		remember(f, b);
	} while (!last);
	return true;
}

/* Where in ${b} is the copy ${key} to ${peer} (NULL: any)?  b->n if nowhere. */
static size_t
find(const struct batch *b, const char *key, const char *peer)
{
	size_t len = strlen(key), i;
	const char *text;

	for (i = 0; i < b->n; i++) {
		if (b->copies[i].key_len != len || b->copies[i].at == GONE)
			continue;
		text = b->text.data + b->copies[i].at;
		if (memcmp(text, key, len) == 0 &&
		    (peer == NULL || strcmp(text + len + 1, peer) == 0))
			break;
	}
	return i;
}

static bool
fail_in(struct flight *f, struct batch *b, const char *key, const char *peer, enum outcome o,
    const char *why)
{
	size_t i = find(b, key, peer);

	if (i == b->n)
		return false;
	b->copies[i].at = GONE;
	b->live--;
	f->live--;
	f->settle(f->cookie, &b->ids[i], 1, o, why);
	return true;
}

enum flight_found
flight_fail(struct flight *f, const char *key, const char *peer, enum outcome o, const char *why)
{
	struct batch *b;
	size_t i;

	for (b = f->waiting.first; b != NULL; b = b->next)
		if (fail_in(f, b, key, peer, o, why))
			return FLIGHT_SETTLED;
	if (fail_in(f, f->filling, key, peer, o, why))
		return FLIGHT_SETTLED;
	for (b = f->past.first; b != NULL && peer != NULL; b = b->next) {
		i = find(b, key, peer);
		if (i == b->n)
			continue;
		b->copies[i].at = GONE; /* once */
		return FLIGHT_LATE;
	}
	return FLIGHT_UNKNOWN;
}

void
flight_lose(struct flight *f, const char *why)
{
	struct batch *b;

	while ((b = queue_take(&f->waiting)) != NULL) {
		settle_rest(f, b, DEFER, why);
		batch_done(f, b);
	}
	settle_rest(f, f->filling, DEFER, why);
	batch_done(f, f->filling);
	f->filling = batch_new(f);
}
