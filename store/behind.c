#include "store/row.h"

/*
 * "moved" is the version at which a row last went back or changed channel.  Whoever writes with an
 * older version does not know of that: it may move the row further back, never forward.
 */

void
behind_read(struct sql *q, int at, struct behind *b)
{
	*b = (struct behind){ 0 };
	b->follower = sql_number(q, at);
	b->chan = sql_int(q, at + 1);
	b->next = sql_number(q, at + 2);
	b->reason = (enum behind_reason)sql_int(q, at + 3);
	b->attempts = sql_int(q, at + 4);
	b->next_at = sql_number(q, at + 5);
	b->first_at = sql_number(q, at + 6);
	sql_copy(q, at + 7, b->code, sizeof(b->code));
	b->version = sql_number(q, at + 8);
}

bool
behind_get(struct tx *tx, int64_t follower, struct behind *b)
{
	struct sql q;

	sql_open(
	    &q, tx, "SELECT " BEHIND_COLUMNS " FROM behind b WHERE b.follower = ?1", N(follower));
	if (!sql_next(&q))
		return false;
	behind_read(&q, 0, b);
	sql_close(&q);
	return true;
}

size_t
behind_due(struct tx *tx, int chan, unsigned shards, int64_t now, const struct behind *after,
    struct behind *out, size_t limit, int64_t *soonest)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " BEHIND_COLUMNS " FROM behind b WHERE b.chan = ?1 AND b.next_at <= ?2"
	    " AND b.follower % ?4 IN (?5, ?6, ?7, ?8) AND (b.next_at, b.follower) > (?9, ?10)"
	    " ORDER BY b.next_at, b.follower LIMIT ?3",
	    N(chan), N(now), N((int64_t)limit), SHARD_ARGS(shards),
	    N(after != NULL ? after->next_at : INT64_MIN), N(after != NULL ? after->follower : 0));
	while (sql_next(&q))
		behind_read(&q, 0, &out[n++]);
	*soonest = sql_value(tx, 0,
	    "SELECT next_at FROM behind WHERE chan = ?1 AND next_at > ?2"
	    " AND follower % ?4 IN (?5, ?6, ?7, ?8) ORDER BY next_at LIMIT ?3",
	    N(chan), N(now), N(1), SHARD_ARGS(shards));
	return n;
}

int
behind_wake(struct tx *tx, int chan, int64_t now, int limit)
{
	sql_run(tx,
	    "UPDATE behind SET next_at = ?2 WHERE follower IN (SELECT b.follower FROM behind b"
	    " WHERE b.chan = ?1 AND b.next_at > ?2 AND b.reason = ?3 ORDER BY b.next_at LIMIT ?4)",
	    N(chan), N(now), N(BEHIND_OFFLINE), N(limit));
	return sql_result(tx) == STORE_OK ? (int)sql_changed(tx) : sql_result(tx);
}

int64_t
behind_count(struct tx *tx, int chan, int64_t *oldest)
{
	*oldest = sql_value(tx, 0, "SELECT MIN(first_at) FROM behind WHERE chan = ?1", N(chan));
	return sql_value(tx, 0, "SELECT COUNT(*) FROM behind WHERE chan = ?1", N(chan));
}

int
behind_owe(struct tx *tx, int64_t follower, int64_t next, enum behind_reason reason, bool moved,
    int64_t now)
{
	int64_t version = sql_count(tx, "behind");

	touch(tx, follower);
	return sql_run(tx,
	    "INSERT INTO behind SELECT p.id, p.home, ?2, ?3, 0, ?4, ?4, '', ?5, ?5 FROM person p"
	    " WHERE p.id = ?1 AND p.home <> 0 ON CONFLICT (follower) DO UPDATE SET"
	    " next_pos = CASE WHEN ?2 < behind.next_pos THEN ?2 ELSE behind.next_pos END,"
	    " moved = CASE WHEN ?6 = 1 OR ?2 < behind.next_pos THEN ?5 ELSE behind.moved END,"
	    " chan = CASE WHEN ?6 = 1 THEN excluded.chan ELSE behind.chan END,"
	    " reason = CASE WHEN ?6 = 1 THEN ?3 ELSE behind.reason END,"
	    " attempts = CASE WHEN ?6 = 1 THEN 0 ELSE behind.attempts END,"
	    " next_at = CASE WHEN ?6 = 1 THEN ?4 ELSE behind.next_at END,"
	    " version = ?5",
	    N(follower), N(next), N(reason), N(now), N(version), N(moved));
}

/* A user without a home is owed nothing: a row of the past must not come back. */
int
behind_put(struct tx *tx, const struct behind *b)
{
	int64_t moved = sql_value(
	    tx, 0, "SELECT moved FROM behind WHERE follower = ?1", N(b->follower));

	touch(tx, b->follower);
	if (b->version < moved)
		return sql_run(tx,
		    "UPDATE behind SET next_pos = ?2 WHERE follower = ?1 AND next_pos > ?2",
		    N(b->follower), N(b->next));
	return sql_run(tx,
	    "INSERT INTO behind SELECT p.id, CASE WHEN ?9 <> 0 THEN ?9 ELSE p.home END, ?2, ?3, ?4,"
	    " ?5, ?6, ?7, ?8, 0 FROM person p WHERE p.id = ?1 AND p.home <> 0"
	    " ON CONFLICT (follower) DO UPDATE SET next_pos = ?2,"
	    " chan = CASE WHEN ?9 <> 0 THEN ?9 ELSE behind.chan END,"
	    " reason = ?3, attempts = ?4, next_at = ?5, first_at = ?6, code = ?7",
	    N(b->follower), N(b->next), N(b->reason), N(b->attempts), N(b->next_at), N(b->first_at),
	    T(b->code), N(b->version), N(b->chan));
}

int
behind_end(struct tx *tx, const struct behind *b)
{
	touch(tx, b->follower);
	sql_run(tx, "DELETE FROM behind WHERE follower = ?1 AND version = ?2", N(b->follower),
	    N(b->version));
	if (sql_changed(tx) > 0 ||
	    sql_value(tx, 0, "SELECT 1 FROM behind WHERE follower = ?1", N(b->follower)) == 0)
		return sql_result(tx);
	sql_run(tx,
	    "UPDATE behind SET attempts = 0, next_pos = CASE WHEN moved <= ?3 OR next_pos > ?2"
	    " THEN ?2 ELSE next_pos END WHERE follower = ?1",
	    N(b->follower), N(b->next), N(b->version));
	return sql_result(tx) == STORE_OK ? 1 : sql_result(tx);
}
