#include "store/row.h"

/* A copy sent again after a crash is the same delivery: what is known of it stays. */
int
receipt_add(struct tx *tx, const char *key, const char *foreign, int64_t pos, int64_t follower,
    int chan, int64_t now)
{
	return sql_run(tx,
	    "INSERT INTO receipt VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (delivery)"
	    " DO UPDATE SET foreign_id = ?2, chan = ?5, expires = ?7,"
	    " state = CASE WHEN receipt.state = ?8 THEN ?8 ELSE ?6 END",
	    T(key), T(foreign), N(pos), N(follower), N(chan), N(RECEIPT_SENT),
	    N(now + KEEP_SECONDS), N(RECEIPT_DELIVERED));
}

int
receipt_move(struct tx *tx, const char *key, enum receipt_state s, int64_t now)
{
	sql_run(tx,
	    "UPDATE receipt SET state = ?2, expires = ?3 WHERE delivery = ?1 AND state < ?2"
	    " AND state <> ?4",
	    T(key), N(s), N(now + KEEP_SECONDS), N(RECEIPT_DELIVERED));
	if (sql_changed(tx) > 0 && sql_result(tx) == STORE_OK)
		return 1;
	/* A failure that was taken back: it arrived after all. */
	sql_run(tx, "UPDATE receipt SET state = ?2 WHERE delivery = ?1 AND state = ?3 AND ?2 = ?4",
	    T(key), N(s), N(RECEIPT_FAILED), N(RECEIPT_DELIVERED));
	return sql_result(tx) == STORE_OK ? (int)sql_changed(tx) : sql_result(tx);
}
