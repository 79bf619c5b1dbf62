#include "store/row.h"

/*
 * The address of the first rung on the channel: the verified one of the lowest place.  The same for
 * all who join "f" with columns follower and chan.
 */
#define EDGE_COLUMNS "p.id, p.name, p.lang, a.kind, a.peer, a.bounces, " BEHIND_COLUMNS
#define EDGE_ADDRESS                                                                               \
	" LEFT JOIN address a ON a.user_id = p.id AND a.place = (SELECT x.place FROM address x"    \
	" WHERE x.user_id = p.id AND x.chan = ?1 AND x.state = ?2 ORDER BY x.place LIMIT 1)"       \
	" LEFT JOIN behind b ON b.follower = p.id"

/* One range of the primary key, in its order. */
const char edge_each_sql[] =
    "SELECT " EDGE_COLUMNS " FROM follow f JOIN person p ON p.id = f.follower" EDGE_ADDRESS
    " WHERE f.followee = ?3 AND f.chan = ?1 AND f.shard = ?4 AND f.follower > ?5"
    " AND f.state = ?6 AND f.wants = ?7 AND f.since_pos < ?8 AND p.suspended = 0"
    " AND NOT EXISTS (SELECT 1 FROM person w WHERE w.id = ?3 AND w.suspended <> 0)"
    " AND NOT EXISTS (SELECT 1 FROM block k WHERE k.user_id = f.follower AND k.blocked = ?3)"
    " AND NOT EXISTS (SELECT 1 FROM block k WHERE k.user_id = ?3 AND k.blocked = f.follower)"
    " ORDER BY f.follower LIMIT ?9";

static void
edge_read(struct sql *q, struct edge *e)
{
	*e = (struct edge){ 0 };
	e->follower = sql_number(q, 0);
	sql_copy(q, 1, e->name, sizeof(e->name));
	sql_copy(q, 2, e->lang, sizeof(e->lang));
	sql_copy(q, 3, e->kind, sizeof(e->kind));
	sql_copy(q, 4, e->peer, sizeof(e->peer));
	e->bounces = (int)sql_number(q, 5);
	behind_read(q, 6, &e->behind);
}

size_t
edge_each(struct tx *tx, int64_t author, int chan, int shard, int64_t pos, int64_t after,
    size_t limit, bool (*each)(void *cookie, const struct edge *e), void *cookie)
{
	struct edge e;
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx, edge_each_sql, N(chan), N(ADDRESS_VERIFIED), N(author), N(shard), N(after),
	    N(FOLLOW_ACTIVE), N(WANTS_ALL), N(pos), N((int64_t)limit));
	while (sql_next(&q)) {
		n++;
		edge_read(&q, &e);
		if (!each(cookie, &e))
			sql_close(&q);
	}
	return n;
}

bool
edge_get(struct tx *tx, int64_t user, int chan, struct edge *e)
{
	struct sql q;

	sql_open(&q, tx, "SELECT " EDGE_COLUMNS " FROM person p" EDGE_ADDRESS " WHERE p.id = ?3",
	    N(chan), N(ADDRESS_VERIFIED), N(user));
	if (!sql_next(&q))
		return false;
	edge_read(&q, e);
	sql_close(&q);
	return e->peer[0] != '\0';
}
