#include "store/row.h"

#define DAY 86400
#define SPEND_DAYS 400 /* a year can be looked back on */

/*
 * What expires, in this order: ?1 is the time that is over, in ${unit}s (0: seconds), ${back} of them ago; ?2 how
 * many rows.  Texts that were paid for have no index by time: the oldest statuses' are the first to expire, or
 * nearly so.
 */
static const struct {
	const char *sql;
	int64_t unit, back;
} expiring[] = {
	{ .sql =
		"DELETE FROM inbound WHERE (chan, peer, foreign_id) IN (SELECT chan, peer, foreign_id"
		" FROM inbound WHERE expires < ?1 ORDER BY expires LIMIT ?2)" },
	{ .sql =
		"DELETE FROM paid WHERE (pos, shard, follower) IN (SELECT o.pos, o.shard, o.follower"
		" FROM (SELECT pos, shard, follower, expires FROM paid"
		" ORDER BY pos, shard, follower LIMIT 4 * ?2) AS o"
		" WHERE o.expires < ?1 LIMIT ?2)" },
	{ .sql = "DELETE FROM code WHERE id IN (SELECT id FROM code WHERE expires < ?1"
		 " ORDER BY expires LIMIT ?2)" },
	{ .sql =
		"DELETE FROM pending WHERE (what, kind, peer) IN (SELECT what, kind, peer FROM pending"
		" WHERE expires < ?1 ORDER BY expires LIMIT ?2)" },
	{ .sql = "DELETE FROM invite WHERE (kind, peer) IN (SELECT kind, peer FROM invite"
		 " WHERE expires < ?1 ORDER BY expires LIMIT ?2)" },
	{ .sql = "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires < ?1"
		 " ORDER BY expires LIMIT ?2)" },
	{ .sql = "DELETE FROM tally WHERE (what, who) IN (SELECT what, who FROM tally"
		 " WHERE expires < ?1 ORDER BY expires LIMIT ?2)" },
	{ .sql = "DELETE FROM touched WHERE seq IN (SELECT seq FROM touched WHERE expires < ?1"
		 " ORDER BY seq LIMIT ?2)" },
	{ .sql = "DELETE FROM changed WHERE seq IN (SELECT seq FROM changed WHERE expires < ?1"
		 " ORDER BY seq LIMIT ?2)" },
	{ .sql = "DELETE FROM mute WHERE (user_id, muted) IN (SELECT user_id, muted FROM mute"
		 " WHERE until < ?1 ORDER BY until LIMIT ?2)" },
	{ .sql = "DELETE FROM report WHERE id IN (SELECT id FROM report WHERE closed <> 0"
		 " AND closed < ?1 ORDER BY closed LIMIT ?2)",
	    .back = KEEP_SECONDS },
	{ .sql =
		"DELETE FROM spend WHERE (user_id, chan, day) IN (SELECT user_id, chan, day FROM spend"
		" WHERE day < ?1 ORDER BY day LIMIT ?2)",
	    .unit = DAY,
	    .back = SPEND_DAYS },
};

/* Each takes what the ones before left of the limit. */
int
store_trim(struct tx *tx, int64_t wall, int limit)
{
	int64_t left = limit, unit;

	for (size_t i = 0; i < sizeof(expiring) / sizeof(expiring[0]); i++) {
		unit = expiring[i].unit != 0 ? expiring[i].unit : 1;
		sql_run(tx, expiring[i].sql, N(wall / unit - expiring[i].back), N(left));
		left -= sql_changed(tx);
	}
	return sql_result(tx) == STORE_OK ? (int)(limit - left) : sql_result(tx);
}
