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
	int64_t ids[EDGE_PAGE];
	size_t n;
};

static void
read_ids(struct scan *s, int64_t pos, int64_t after, size_t limit)
{
	struct sql q;

	s->n = 0;
	sql_open(&q, s->tx, edge_ids_sql, N(s->author), N(s->chan), N(s->shard), N(after),
	    N(FOLLOW_ACTIVE), N(WANTS_ALL), N(pos), N((int64_t)limit));
	while (sql_next(&q))
		s->ids[s->n++] = sql_number(&q, 0);
}

/* The first that is not known costs a few queries for the rest of the page. */
static const struct member *
member_at(struct scan *s, size_t i)
{
	const struct member *m = roster_find(s->roster, s->ids[i], s->chan);

	if (m != NULL)
		return m;
	roster_load(s->tx, s->roster, s->author, s->chan, s->shard, &s->ids[i], s->n - i);
	/* A roster that ran full may have forgotten it again. */
	return roster_get(s->tx, s->roster, s->ids[i], s->chan);
}

static bool
edge_fill(struct tx *tx, const struct member *m, int64_t follower, struct edge *e)
{
	if (m == NULL || m->suspended)
		return false;
	e->follower = follower;
	e->member = m;
	if (!m->is_behind || !behind_get(tx, follower, &e->behind))
		e->behind.next = 0;
	return true;
}

size_t
edge_each(struct tx *tx, struct roster *r, int64_t author, int chan, int shard, int64_t pos,
    int64_t *after, size_t limit, bool (*each)(void *cookie, const struct edge *e), void *cookie)
{
	struct scan s = { .tx = tx, .roster = r, .author = author, .chan = chan, .shard = shard };
	const struct member *m;
	struct edge e;

	read_ids(&s, pos, *after, limit < EDGE_PAGE ? limit : EDGE_PAGE);
	for (size_t i = 0; i < s.n; i++) {
		m = member_at(&s, i);
		if (edge_fill(tx, m, s.ids[i], &e) &&
		    !(m->blocks && block_between(tx, author, s.ids[i])) && !each(cookie, &e))
			return s.n;
		*after = s.ids[i];
	}
	return s.n;
}

bool
edge_get(struct tx *tx, struct roster *r, int64_t user, int chan, struct edge *e)
{
	const struct member *m = roster_get(tx, r, user, chan);

	return m != NULL && m->peer[0] != '\0' && edge_fill(tx, m, user, e);
}
