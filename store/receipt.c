#include "store/row.h"

/* A copy sent again after a crash is the same delivery: what is known of it stays. */
int
receipt_add(
    struct tx *tx, int64_t pos, int64_t follower, int chan, const char *foreign, int64_t now)
{
	return sql_run(tx,
	    "INSERT INTO paid VALUES (?1, ?8, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (pos, shard, follower)"
	    " DO UPDATE SET foreign_id = ?6, chan = ?3, expires = ?5,"
	    " state = CASE WHEN paid.state = ?7 THEN ?7 ELSE ?4 END",
	    N(pos), N(follower), N(chan), N(RECEIPT_SENT), N(now + KEEP_SECONDS), T(foreign),
	    N(RECEIPT_DELIVERED), N(follower % SHARDS));
}

int
receipt_move(struct tx *tx, int64_t pos, int64_t follower, enum receipt_state s, int64_t now)
{
	sql_run(tx,
	    "UPDATE paid SET state = ?3, expires = ?4 WHERE pos = ?1 AND shard = ?6 AND follower = ?2"
	    " AND state < ?3 AND state <> ?5",
	    N(pos), N(follower), N(s), N(now + KEEP_SECONDS), N(RECEIPT_DELIVERED),
	    N(follower % SHARDS));
	if (sql_changed(tx) > 0 && sql_result(tx) == STORE_OK)
		return 1;
	/* A failure that was taken back: it arrived after all. */
	sql_run(tx,
	    "UPDATE paid SET state = ?3 WHERE pos = ?1 AND shard = ?6 AND follower = ?2"
	    " AND state = ?4 AND ?3 = ?5",
	    N(pos), N(follower), N(s), N(RECEIPT_FAILED), N(RECEIPT_DELIVERED),
	    N(follower % SHARDS));
	return sql_result(tx) == STORE_OK ? (int)sql_changed(tx) : sql_result(tx);
}

int
receipt_report(
    struct tx *tx, int64_t pos, int64_t follower, int chan, enum receipt_state s, int64_t now)
{
	int r = receipt_move(tx, pos, follower, s, now);

	if (r != 0 || !is_plausible(tx, pos, follower, chan))
		return r != 0 ? r : sql_result(tx);
	sql_run(tx,
	    "INSERT INTO paid VALUES (?1, ?2, ?3, ?4, ?5, ?6, '')"
	    " ON CONFLICT (pos, shard, follower) DO NOTHING",
	    N(pos), N(follower % SHARDS), N(follower), N(chan), N(s), N(now + KEEP_SECONDS));
	return sql_result(tx) == STORE_OK ? (int)sql_changed(tx) : sql_result(tx);
}
