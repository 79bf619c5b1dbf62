#include "base/clock.h"
#include "store/row.h"

/*
 * The first position that the lanes of ${chan} may still owe ${user}: they have settled all before
 * their durable cursor, and a big status as far as its job has come.
 */
static int64_t
first_owed(struct tx *tx, int64_t user, int chan)
{
	int64_t lane = sql_value(tx, INT64_MAX,
	    "SELECT CASE WHEN sub < ?3 THEN pos ELSE pos + 1 END FROM lane"
	    " WHERE chan = ?1 AND shard = ?2",
	    N(chan), N(user % SHARDS), N(user));
	int64_t job = sql_value(tx, INT64_MAX,
	    "SELECT pos FROM job WHERE chan = ?1 AND shard = ?2 AND sub < ?3 ORDER BY pos LIMIT 1",
	    N(chan), N(user % SHARDS), N(user));

	/* No lane at all: it never carried anything. */
	if (lane == INT64_MAX)
		lane = log_head(tx) + 1;
	return job < lane ? job : lane;
}

static void
begin_edges(struct tx *tx, int64_t user, int64_t since)
{
	sql_run(tx, "UPDATE follow SET since_pos = ?2 WHERE follower = ?1 AND since_pos < ?2",
	    N(user), N(since));
}

/*
 * What was said before the place where the old lane stood is settled, so the edges begin there:
 * else the new lane, where it is further back, would bring it again.
 */
static void
carry_over(struct tx *tx, int64_t user, int from)
{
	struct behind b;

	behind_owe(tx, user, first_owed(tx, user, from), BEHIND_SWITCHED, true, clock_wall());
	if (behind_get(tx, user, &b))
		begin_edges(tx, user, b.next - 1);
}

int
user_rehome(struct tx *tx, int64_t user, int chan)
{
	struct user u;

	if (!user_by_id(tx, user, &u))
		return STORE_FAILED;
	if (u.home == chan)
		return STORE_OK;
	sql_run(tx, "UPDATE person SET home = ?2 WHERE id = ?1", N(user), N(chan));
	sql_run(tx, "UPDATE follow SET chan = ?2 WHERE follower = ?1", N(user), N(chan));
	if (chan == 0)
		sql_run(tx, "DELETE FROM behind WHERE follower = ?1", N(user));
	else if (u.home == 0)
		begin_edges(tx, user, log_head(tx));
	else
		carry_over(tx, user, u.home);
	return sql_result(tx);
}
