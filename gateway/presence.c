#include "gateway/presence.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BUCKETS 16384

struct seen {
	struct seen *chain;
	struct seen *next_ask, *next_due;
	int chan;
	enum presence is;
	bool asks;        /* the channel is to look for it */
	bool wanted;      /* ... and to ask for leave */
	bool changed;     /* its ladder is to be looked at, at ${due} */
	int64_t due, was; /* ... and was last */
	int64_t back;     /* when they came back last */
	char peer[];
};

static struct {
	pthread_mutex_t lock;
	struct seen *buckets[BUCKETS];
	size_t n;
	struct seen *ask, *due;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct seen **
bucket_of(int chan, const char *peer)
{
	uint32_t h = 5381 + (uint32_t)chan;

	for (; *peer != '\0'; peer++)
		h = h * 33 + (unsigned char)*peer;
	return &all.buckets[h % BUCKETS];
}

static struct seen *
find(int chan, const char *peer)
{
	struct seen *s = *bucket_of(chan, peer);

	while (s != NULL && (s->chan != chan || strcmp(s->peer, peer) != 0))
		s = s->chain;
	return s;
}

static void
ask(struct seen *s)
{
	if (s->asks)
		return;
	s->asks = true;
	s->next_ask = all.ask;
	all.ask = s;
}

/* Who was asked for once and is not there, unless something rests on them. */
static void
forget_absent(void)
{
	struct seen **at, *s;

	for (size_t i = 0; i < BUCKETS; i++)
		for (at = &all.buckets[i]; (s = *at) != NULL;) {
			if (s->asks || s->changed || s->is > PRESENCE_GONE) {
				at = &s->chain;
				continue;
			}
			*at = s->chain;
			all.n--;
			free(s);
		}
}

static void
add(int chan, const char *peer)
{
	struct seen **bucket = bucket_of(chan, peer), *s;
	size_t n = strlen(peer) + 1;

	if (all.n >= PRESENCE_MAX)
		forget_absent();
	if (all.n >= PRESENCE_MAX)
		return;
	s = mem_new(sizeof(*s) + n);
	memcpy(s->peer, peer, n);
	s->chan = chan;
	s->chain = *bucket;
	*bucket = s;
	all.n++;
	ask(s);
}

enum presence
presence_get(int chan, const char *peer)
{
	enum presence p = PRESENCE_UNKNOWN;
	struct seen *s;

	pthread_mutex_lock(&all.lock);
	s = find(chan, peer);
	if (s != NULL)
		p = s->is;
	else
		add(chan, peer);
	pthread_mutex_unlock(&all.lock);
	return p;
}

void
presence_want(int chan, const char *peer)
{
	struct seen *s;

	pthread_mutex_lock(&all.lock);
	if (find(chan, peer) == NULL)
		add(chan, peer);
	s = find(chan, peer);
	if (s != NULL) {
		s->wanted = true;
		ask(s);
	}
	pthread_mutex_unlock(&all.lock);
}

bool
presence_set(int chan, const char *peer, enum presence p, int64_t now, bool *back)
{
	struct seen *s;
	bool news;

	pthread_mutex_lock(&all.lock);
	s = find(chan, peer);
	news = s != NULL && s->is != p;
	*back = news && p > PRESENCE_GONE && s->back != now;
	if (*back)
		s->back = now;
	if (news) {
		s->is = p;
		if (!s->changed) {
			s->changed = true;
			s->due = s->was != 0 && s->was + PRESENCE_PACE_S > now
				     ? s->was + PRESENCE_PACE_S
				     : now;
			s->next_due = all.due;
			all.due = s;
		}
	}
	pthread_mutex_unlock(&all.lock);
	return news;
}

void
presence_drop(int chan)
{
	pthread_mutex_lock(&all.lock);
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct seen *s = all.buckets[i]; s != NULL; s = s->chain)
			if (s->chan == chan) {
				s->is = PRESENCE_UNKNOWN;
				ask(s);
			}
	pthread_mutex_unlock(&all.lock);
}

bool
presence_ask(
    int chan, size_t limit, void (*each)(void *cookie, const char *peer, bool wanted), void *cookie)
{
	struct seen **at, *s;

	pthread_mutex_lock(&all.lock);
	for (at = &all.ask; (s = *at) != NULL && limit > 0;) {
		if (s->chan != chan) {
			at = &s->next_ask;
			continue;
		}
		*at = s->next_ask;
		s->asks = false;
		limit--;
		each(cookie, s->peer, s->wanted);
		s->wanted = false;
	}
	pthread_mutex_unlock(&all.lock);
	return limit == 0 && s != NULL;
}

int64_t
presence_due(int64_t now, void (*each)(void *cookie, int chan, const char *peer), void *cookie)
{
	struct seen **at, *s;
	int64_t next = 0;

	pthread_mutex_lock(&all.lock);
	for (at = &all.due; (s = *at) != NULL;) {
		if (s->due > now) {
			if (next == 0 || s->due < next)
				next = s->due;
			at = &s->next_due;
			continue;
		}
		*at = s->next_due;
		s->changed = false;
		s->was = now;
		each(cookie, s->chan, s->peer);
	}
	pthread_mutex_unlock(&all.lock);
	return next;
}

void
presence_end(void)
{
	struct seen *s, *next;

	pthread_mutex_lock(&all.lock);
	for (size_t i = 0; i < BUCKETS; i++) {
		for (s = all.buckets[i]; s != NULL; s = next) {
			next = s->chain;
			free(s);
		}
		all.buckets[i] = NULL;
	}
	all.n = 0;
	all.ask = all.due = NULL;
	pthread_mutex_unlock(&all.lock);
}
