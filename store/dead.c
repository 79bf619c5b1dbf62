#include "store/dead.h"
#include "store/row.h"

int
dead_add(struct tx *tx, int64_t pos, int64_t follower, int chan, const char *code, int64_t now)
{
	return sql_run(tx,
	    "INSERT INTO dead VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (pos, follower)"
	    " DO UPDATE SET chan = ?4, code = ?5, died_at = ?6",
	    N(sql_count(tx, "dead")), N(pos), N(follower), N(chan), T(code), N(now));
}

/* Sent by it to an address there: by its receipt, or to who was to have it, but for what arrived. */
static const char plausible_sql[] =
    "SELECT 1 FROM status s JOIN person p ON p.id = ?2 WHERE s.pos = ?1 AND s.author <> p.id"
    " AND s.deleted = 0 AND NOT EXISTS (SELECT 1 FROM paid r WHERE r.pos = s.pos"
    " AND r.shard = p.id % ?6 AND r.follower = p.id AND r.state = ?5) AND (EXISTS (SELECT 1 FROM paid r"
    " WHERE r.pos = s.pos AND r.shard = p.id % ?6 AND r.follower = p.id AND r.chan = ?3)"
    " OR (EXISTS (SELECT 1 FROM address a WHERE a.user_id = p.id AND a.chan = ?3)"
    " AND (EXISTS (SELECT 1 FROM addressed o WHERE o.user_id = p.id AND o.pos = s.pos)"
    " OR (s.to_user = 0 AND EXISTS (SELECT 1 FROM follow f WHERE f.follower = p.id"
    " AND f.followee = s.author AND f.state = ?4)))))";

bool
is_plausible(struct tx *tx, int64_t pos, int64_t follower, int chan)
{
	return sql_value(tx, 0, plausible_sql, N(pos), N(follower), N(chan), N(FOLLOW_ACTIVE),
		   N(RECEIPT_DELIVERED), N(SHARDS)) != 0;
}

int
dead_report(struct tx *tx, int64_t pos, int64_t follower, int chan, const char *code, int64_t now)
{
	if (!is_plausible(tx, pos, follower, chan))
		return sql_result(tx);
	dead_add(tx, pos, follower, chan, code, now);
	return sql_result(tx) == STORE_OK ? 1 : sql_result(tx);
}

static void
dead_read(struct sql *q, struct dead *d)
{
	*d = (struct dead){ 0 };
	d->id = sql_number(q, 0);
	d->pos = sql_number(q, 1);
	d->follower = sql_number(q, 2);
	d->chan = sql_int(q, 3);
	sql_copy(q, 4, d->code, sizeof(d->code));
	d->at = sql_number(q, 5);
}

void
dead_each(
    struct tx *tx, int64_t after, bool (*each)(void *cookie, const struct dead *d), void *cookie)
{
	struct dead d;
	struct sql q;

	sql_scan(&q, tx,
	    "SELECT id, pos, follower, chan, code, died_at FROM dead WHERE id > ?1 ORDER BY id",
	    N(after));
	while (sql_next(&q)) {
		dead_read(&q, &d);
		if (!each(cookie, &d))
			sql_close(&q);
	}
}

bool
dead_get(struct tx *tx, int64_t id, struct dead *d)
{
	struct sql q;

	sql_open(
	    &q, tx, "SELECT id, pos, follower, chan, code, died_at FROM dead WHERE id = ?1", N(id));
	if (!sql_next(&q))
		return false;
	dead_read(&q, d);
	sql_close(&q);
	return true;
}

int64_t
dead_count(struct tx *tx)
{
	return sql_value(tx, 0, "SELECT COUNT(*) FROM dead");
}

#define MATCHES " (chan = ?1 OR ?1 = -1) AND (code = ?2 OR ?3 = 0)"
#define FILTER(f) N((f)->chan), T((f)->code != NULL ? (f)->code : ""), N((f)->code != NULL ? 1 : 0)

size_t
dead_page(
    struct tx *tx, const struct dead_filter *f, int64_t before, struct dead *out, size_t limit)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT id, pos, follower, chan, code, died_at FROM dead WHERE" MATCHES
	    " AND (id < ?4 OR ?4 = 0) ORDER BY id DESC LIMIT ?5",
	    FILTER(f), N(before), N((int64_t)limit));
	while (sql_next(&q))
		dead_read(&q, &out[n++]);
	return n;
}

size_t
dead_ids(struct tx *tx, const struct dead_filter *f, int64_t after, int64_t *ids, size_t limit)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx, "SELECT id FROM dead WHERE" MATCHES " AND id > ?4 ORDER BY id LIMIT ?5",
	    FILTER(f), N(after), N((int64_t)limit));
	while (sql_next(&q))
		ids[n++] = sql_number(&q, 0);
	return n;
}

size_t
dead_sorts(struct tx *tx, struct dead_sort *out, size_t limit)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT chan, code, COUNT(*) FROM (SELECT chan, code FROM dead ORDER BY id DESC LIMIT ?1) d"
	    " GROUP BY chan, code ORDER BY COUNT(*) DESC, chan, code LIMIT ?2",
	    N(DEAD_LOOK), N((int64_t)limit));
	while (sql_next(&q)) {
		out[n] = (struct dead_sort){ .chan = sql_int(&q, 0), .n = sql_number(&q, 2) };
		sql_copy(&q, 1, out[n].code, sizeof(out[n].code));
		n++;
	}
	return n;
}

/* An edge may begin later by now (see user_rehome): so it is owed by name. */
static void
owe_again(struct tx *tx, const struct dead *d, int64_t now)
{
	sql_run(tx,
	    "INSERT INTO addressed SELECT ?1, s.pos, 1 FROM status s JOIN follow f"
	    " ON f.follower = ?1 AND f.followee = s.author WHERE s.pos = ?2 AND f.state = ?3"
	    " ON CONFLICT (user_id, pos) DO UPDATE SET again = addressed.again",
	    N(d->follower), N(d->pos), N(FOLLOW_ACTIVE));
	behind_owe(tx, d->follower, d->pos, BEHIND_FAILED, false, now);
	sql_run(tx,
	    "UPDATE behind SET next_at = ?2, first_at = ?2, attempts = 0 WHERE follower = ?1",
	    N(d->follower), N(now));
}

int
dead_retry(struct tx *tx, int64_t id, int64_t now)
{
	struct dead d;
	struct user u;

	if (!dead_get(tx, id, &d) || !user_by_id(tx, d.follower, &u) || u.home == 0)
		return STORE_FAILED;
	sql_run(tx, "DELETE FROM dead WHERE id = ?1", N(id));
	owe_again(tx, &d, now);
	return sql_result(tx);
}

int
dead_forget(struct tx *tx, int64_t pos, int64_t follower)
{
	return sql_run(
	    tx, "DELETE FROM dead WHERE pos = ?1 AND follower = ?2", N(pos), N(follower));
}

int
dead_drop(struct tx *tx, int64_t id)
{
	sql_run(tx, "DELETE FROM dead WHERE id = ?1", N(id));
	return sql_changed(tx) > 0 ? sql_result(tx) : STORE_FAILED;
}
