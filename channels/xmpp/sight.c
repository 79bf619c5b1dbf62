#include "channels/xmpp/sight.h"

#include <stdlib.h>
#include <string.h>
#include <strophe.h>

#include "base/mem.h"
#include "channels/xmpp/stanza.h"

#define BUCKETS 4096
#define RESOURCES_MAX 8 /* of one address; the first ones count */

struct seen {
	struct seen *chain;
	bool watched;
	enum presence told;
	struct {
		uint32_t name; /* its hash: 0 is free */
		enum presence is;
	} resource[RESOURCES_MAX];
	char peer[];
};

struct sight {
	struct seen *buckets[BUCKETS];
	size_t n;
	void (*news)(void *cookie, const char *peer, enum presence is);
	void *cookie;
};

struct sight *
sight_new(void (*news)(void *cookie, const char *peer, enum presence is), void *cookie)
{
	struct sight *s = mem_new(sizeof(*s));

	s->news = news;
	s->cookie = cookie;
	return s;
}

void
sight_clear(struct sight *s)
{
	struct seen *p, *next;

	for (size_t i = 0; i < BUCKETS; i++) {
		for (p = s->buckets[i]; p != NULL; p = next) {
			next = p->chain;
			free(p);
		}
		s->buckets[i] = NULL;
	}
	s->n = 0;
}

void
sight_free(struct sight *s)
{
	if (s == NULL)
		return;
	sight_clear(s);
	free(s);
}

static uint32_t
hash(const char *text)
{
	uint32_t h = 5381;

	for (; *text != '\0'; text++)
		h = h * 33 + (unsigned char)*text;
	return h != 0 ? h : 1;
}

static struct seen *
find(struct sight *s, const char *peer, bool make)
{
	struct seen **bucket = &s->buckets[hash(peer) % BUCKETS], *p = *bucket;
	size_t n = strlen(peer) + 1;

	while (p != NULL && strcmp(p->peer, peer) != 0)
		p = p->chain;
	if (p != NULL || !make || s->n >= SIGHT_MAX)
		return p;
	p = mem_new(sizeof(*p) + n);
	memcpy(p->peer, peer, n);
	p->chain = *bucket;
	*bucket = p;
	s->n++;
	return p;
}

/* One resource that can be disturbed is enough. */
static enum presence
sum(const struct seen *p)
{
	enum presence best = PRESENCE_UNKNOWN;

	for (int i = 0; i < RESOURCES_MAX; i++)
		if (p->resource[i].name != 0 && p->resource[i].is > best)
			best = p->resource[i].is;
	return best;
}

static void
tell(struct sight *s, struct seen *p)
{
	enum presence is = sum(p);

	if (!p->watched || is == PRESENCE_UNKNOWN || is == p->told)
		return;
	p->told = is;
	s->news(s->cookie, p->peer, is);
}

void
sight_set(struct sight *s, const char *peer, const char *resource, enum presence is)
{
	struct seen *p = find(s, peer, is > PRESENCE_GONE);
	uint32_t name = hash(resource);
	int at = -1;

	if (p == NULL)
		return;
	for (int i = 0; i < RESOURCES_MAX && at == -1; i++)
		if (p->resource[i].name == name)
			at = i;
	/* the place of one that has gone is free */
	for (int i = 0; i < RESOURCES_MAX && at == -1; i++)
		if (p->resource[i].name == 0 || p->resource[i].is <= PRESENCE_GONE)
			at = i;
	if (at == -1)
		return;
	p->resource[at].name = name;
	p->resource[at].is = is;
	/* from the bare address: all of them have gone */
	for (int i = 0; *resource == '\0' && is == PRESENCE_GONE && i < RESOURCES_MAX; i++)
		p->resource[i].is = PRESENCE_GONE;
	tell(s, p);
}

bool
sight_watch(struct sight *s, const char *peer)
{
	struct seen *p = find(s, peer, true);
	bool first = p != NULL && !p->watched;

	if (p == NULL)
		return true;
	p->watched = true;
	p->told = PRESENCE_UNKNOWN;
	tell(s, p);
	return first;
}

enum presence
sight_of(xmpp_stanza_t *stanza)
{
	const char *type = xmpp_stanza_get_attribute(stanza, "type");
	xmpp_stanza_t *child;
	enum presence is = PRESENCE_THERE;
	char *text;

	if (type != NULL)
		return strcmp(type, "unavailable") == 0 || strcmp(type, "error") == 0 ||
			       strcmp(type, "unsubscribed") == 0
			   ? PRESENCE_GONE
			   : PRESENCE_UNKNOWN;
	if ((child = stanza_child(stanza, "show", NULL)) != NULL) {
		text = stanza_text(child);
		if (strcmp(text, "dnd") == 0)
			is = PRESENCE_BUSY;
		else if (strcmp(text, "xa") == 0)
			is = PRESENCE_GONE;
		free(text);
	}
	if ((child = stanza_child(stanza, "priority", NULL)) != NULL) {
		text = stanza_text(child);
		/* a program that does not want messages */
		if (atoi(text) < 0)
			is = PRESENCE_GONE;
		free(text);
	}
	return is;
}
