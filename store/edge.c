#include <string.h>

#include "store/row.h"

/* One range of the primary key, in its order, and nothing else is looked at. */
const char edge_ids_sql[] =
    "SELECT f.follower FROM follow f WHERE f.followee = ?1 AND f.chan = ?2 AND f.shard = ?3"
    " AND f.follower > ?4 AND f.state = ?5 AND f.wants = ?6 AND f.since_pos < ?7"
    " AND NOT EXISTS (SELECT 1 FROM person w WHERE w.id = ?1 AND w.suspended <> 0)"
    " ORDER BY f.follower LIMIT ?8";

struct scan {
	struct tx *tx;
	struct roster *roster;
	int64_t author;
	int chan, shard;
	struct edge_page *page;
};

/* What was read for another walk, or before something changed, is nothing. */
static void
begin_page(struct scan *s, int64_t pos, int64_t after)
{
	struct edge_page *p = s->page;

	if (p->pos == pos && p->after == after && p->seen == roster_seen(s->roster))
		return;
	p->pos = pos;
	p->after = after;
	p->seen = roster_seen(s->roster);
	p->n = p->at = 0;
	p->last = false;
}

/* Read as many more as there is room for. */
static void
fill_page(struct scan *s)
{
	struct edge_page *p = s->page;
	int64_t after = p->n > 0 ? p->ids[p->n - 1] : p->after;
	size_t room;
	struct sql q;

	memmove(p->ids, p->ids + p->at, (p->n - p->at) * sizeof(p->ids[0]));
	p->n -= p->at;
	p->at = 0;
	room = EDGE_PAGE - p->n;
	sql_open(&q, s->tx, edge_ids_sql, N(s->author), N(s->chan), N(s->shard), N(after),
	    N(FOLLOW_ACTIVE), N(WANTS_ALL), N(p->pos), N((int64_t)room));
	for (; sql_next(&q); room--)
		p->ids[p->n++] = sql_number(&q, 0);
	p->last = room > 0;
}

/* The first that is not known costs a few queries for the rest of the page. */
static const struct member *
member_at(struct scan *s, size_t i)
{
	const struct edge_page *p = s->page;
	const struct member *m = roster_find(s->roster, p->ids[i], s->chan);

	if (m != NULL)
		return m;
	roster_load(s->tx, s->roster, s->author, s->chan, s->shard, &p->ids[i], p->n - i);
	/* A roster that ran full may have forgotten it again. */
	return roster_get(s->tx, s->roster, p->ids[i], s->chan);
}

static bool
edge_fill(struct tx *tx, const struct member *m, int64_t follower, struct edge *e)
{
	if (m == NULL || m->suspended)
		return false;
	e->follower = follower;
	e->member = m;
	/* nothing of whoever was before: it may be written for this one */
	if (!m->is_behind || !behind_get(tx, follower, &e->behind))
		e->behind = (struct behind){ 0 };
	return true;
}

size_t
edge_each(struct tx *tx, struct roster *r, int64_t author, int chan, int shard, int64_t pos,
    int64_t *after, size_t limit, struct edge_page *page,
    bool (*each)(void *cookie, const struct edge *e), void *cookie)
{
	struct scan s = { tx, r, author, chan, shard, page };
	const struct member *m;
	struct edge e;
	int64_t id;

	begin_page(&s, pos, *after);
	for (size_t given = 0; given < limit; given++) {
		if (page->at == page->n && !page->last)
			fill_page(&s);
		if (page->at == page->n)
			return given;
		id = page->ids[page->at];
		m = member_at(&s, page->at);
		if (edge_fill(tx, m, id, &e) && !(m->blocks && block_between(tx, author, id)) &&
		    !each(cookie, &e))
			return given + 1;
		*after = page->after = id;
		page->at++;
	}
	return limit;
}

void
edge_ahead(struct tx *tx, struct roster *r, int64_t author, int chan, int shard, int64_t pos,
    int64_t after, struct edge_page *page)
{
	struct scan s = { tx, r, author, chan, shard, page };

	begin_page(&s, pos, after);
	if (!page->last && page->n - page->at < EDGE_PAGE)
		fill_page(&s);
	for (size_t i = page->at; i < page->n; i++)
		member_at(&s, i);
}

bool
edge_get(struct tx *tx, struct roster *r, int64_t user, int chan, struct edge *e)
{
	const struct member *m = roster_get(tx, r, user, chan);

	return m != NULL && m->peer[0] != '\0' && edge_fill(tx, m, user, e);
}
