#include <stdlib.h>

#include "base/mem.h"
#include "gateway/share.h"

static const struct sight *
find(const struct sights *s, int64_t id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->of[i].id == id)
			return &s->of[i];
	return NULL;
}

void
sights_see(struct sights *s, const struct node *nodes, size_t n, int64_t now)
{
	bool late = s->looked == 0 || now - s->looked > NODE_HOLD_MS;
	struct sights old = *s;

	s->n = n < NODES_MAX ? n : NODES_MAX;
	s->looked = now;
	for (size_t i = 0; i < s->n; i++) {
		const struct sight *before = find(&old, nodes[i].id);
		struct sight *is = &s->of[i];

		*is = (struct sight){ nodes[i].id, nodes[i].beat, now, now, false };
		if (before == NULL)
			continue;
		is->first = before->first;
		is->told = before->told;
		if (before->beat == is->beat && !late)
			is->since = before->since;
	}
}

bool
sights_dead(const struct sights *s, int64_t id, int64_t now)
{
	const struct sight *is = find(s, id);

	return is == NULL || now - is->since >= NODE_TTL_MS;
}

int64_t
sights_beat(const struct sights *s, int64_t id)
{
	const struct sight *is = find(s, id);

	return is != NULL ? is->beat : 0;
}

/* ---- the plan */

#define NOBODY NODES_MAX

/* Nodes are numbers, in the order in which all see them. */
struct plan {
	const struct share_world *w;
	struct unit {
		unsigned short lease;
		unsigned short owner, planned; /* NOBODY: free */
		bool endpoint;
	} units[LEASES_MAX];
	size_t n;
	unsigned held[2][NODES_MAX]; /* of lanes, of endpoints, as planned */
};

static unsigned short
number_of(const struct share_world *w, int64_t id)
{
	for (size_t i = 0; i < w->sights->n; i++)
		if (w->sights->of[i].id == id)
			return (unsigned short)i;
	return NOBODY;
}

static bool
does_serve(const struct share_world *w, int64_t node, int chan)
{
	for (size_t i = 0; i < w->serves_n; i++)
		if (w->serves[i].node == node && w->serves[i].chan == chan)
			return true;
	return false;
}

/* It lives, and has lately shown so: one that dies just now must not be waited for. */
static bool
is_lively(const struct share_world *w, size_t node)
{
	const struct sight *is = &w->sights->of[node];

	return is->id == w->me || (is->since > is->first && w->now - is->since < NODE_HOLD_MS);
}

static bool
is_settled(const struct share_world *w, size_t node)
{
	return is_lively(w, node) && w->now - w->sights->of[node].first >= NODE_NEW_MS;
}

/* What is shared out: endpoints, and lanes that do not go with one. */
static void
collect(struct plan *p)
{
	const struct share_world *w = p->w;

	for (size_t i = 0; i < w->leases_n && i < LEASES_MAX; i++) {
		const struct lease *l = &w->leases[i];
		struct unit *u = &p->units[p->n];

		if (l->shard != SHARD_ENDPOINT &&
		    lease_find(w->leases, w->leases_n, l->chan, SHARD_ENDPOINT) != NULL)
			continue;
		*u = (struct unit){ .lease = (unsigned short)i,
			.owner = NOBODY,
			.endpoint = l->shard == SHARD_ENDPOINT };
		if (l->owner != 0 && !sights_dead(w->sights, l->owner, w->now))
			u->owner = number_of(w, l->owner);
		u->planned = u->owner;
		if (u->owner != NOBODY)
			p->held[u->endpoint][u->owner]++;
		p->n++;
	}
}

static bool
may_have(const struct plan *p, size_t node, const struct unit *u)
{
	return does_serve(p->w, p->w->sights->of[node].id, p->w->leases[u->lease].chan);
}

static void
give_to(struct plan *p, struct unit *u, unsigned short node)
{
	if (u->planned != NOBODY)
		p->held[u->endpoint][u->planned]--;
	u->planned = node;
	p->held[u->endpoint][node]++;
}

/* What is free goes to who has least. */
static void
share_out(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct unit *u = &p->units[i];
		const unsigned *held = p->held[u->endpoint];
		unsigned short best = NOBODY;

		if (u->planned != NOBODY)
			continue;
		for (unsigned short k = 0; k < p->w->sights->n; k++)
			if (is_lively(p->w, k) && may_have(p, k, u) &&
			    (best == NOBODY || held[k] < held[best]))
				best = k;
		if (best != NOBODY)
			give_to(p, u, best);
	}
}

/* One from who has most to who has least, if that makes it fairer; false: it is fair. */
static bool
even_out(struct plan *p)
{
	unsigned best = 1, more;
	struct unit *from = NULL;
	unsigned short to = NOBODY;

	for (size_t i = 0; i < p->n; i++) {
		struct unit *u = &p->units[i];
		const unsigned *held = p->held[u->endpoint];

		if (u->planned == NOBODY)
			continue;
		for (unsigned short k = 0; k < p->w->sights->n; k++) {
			more = held[u->planned] > held[k] ? held[u->planned] - held[k] : 0;
			if (more > best && is_settled(p->w, k) && may_have(p, k, u)) {
				best = more;
				from = u;
				to = k;
			}
		}
	}
	if (from != NULL)
		give_to(p, from, to);
	return from != NULL;
}

void
share_plan(const struct share_world *w, struct share_plan *out)
{
	struct plan *p = mem_new(sizeof(*p));
	unsigned short me = number_of(w, w->me);

	p->w = w;
	out->claims = out->gives = 0;
	if (me != NOBODY) {
		collect(p);
		share_out(p);
		while (even_out(p))
			;
	}
	for (size_t i = 0; i < p->n; i++) {
		const struct unit *u = &p->units[i];

		if (u->owner == NOBODY && u->planned == me)
			out->claim[out->claims++] = u->lease;
		else if (u->owner == me && u->planned != me)
			out->give[out->gives++] = u->lease;
	}
	free(p);
}
