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

/*
 * All up to ${pos} is settled, whatever the lanes of the new home say: one that is further back must
 * not bring it again, neither now nor after the next change.
 */
static void
settle(struct tx *tx, int64_t user, int64_t pos)
{
	sql_run(
	    tx, "UPDATE person SET settled = ?2 WHERE id = ?1 AND settled < ?2", N(user), N(pos));
	sql_run(tx, "UPDATE follow SET since_pos = ?2 WHERE follower = ?1 AND since_pos < ?2",
	    N(user), N(pos));
}

static void
carry_over(struct tx *tx, int64_t user, int from)
{
	int64_t settled = sql_value(tx, 0, "SELECT settled FROM person WHERE id = ?1", N(user));
	int64_t next = first_owed(tx, user, from);
	struct behind b;

	if (next <= settled)
		next = settled + 1;
	behind_owe(tx, user, next, BEHIND_SWITCHED, true, clock_wall());
	if (behind_get(tx, user, &b))
		settle(tx, user, b.next - 1);
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
		settle(tx, user, log_head(tx));
	else
		carry_over(tx, user, u.home);
	return sql_result(tx);
}
