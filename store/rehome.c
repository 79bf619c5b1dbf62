#include "base/clock.h"
#include "store/row.h"

#define BURY_MAX 1000 /* the newest; nobody asks for more */

/* The first position that the lane of ${chan} has not settled for ${user}. */
static int64_t
lane_owes(struct tx *tx, int64_t user, int chan)
{
	int64_t lane = sql_value(tx, INT64_MAX,
	    "SELECT CASE WHEN sub < ?3 THEN pos ELSE pos + 1 END FROM lane"
	    " WHERE chan = ?1 AND shard = ?2",
	    N(chan), N(user % SHARDS), N(user));

	/* No lane at all: it never carried anything. */
	return lane == INT64_MAX ? log_head(tx) + 1 : lane;
}

/*
 * The first position that the lanes of ${chan} may still owe ${user}: they have settled all before
 * their durable cursor, and a big status as far as its job has come.
 */
static int64_t
first_owed(struct tx *tx, int64_t user, int chan)
{
	int64_t lane = lane_owes(tx, user, chan);
	int64_t job = job_before(tx, chan, user);

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

/* Did the addresses on ${home} (0: any) fail, and nobody switched one off? */
static bool
has_failed(struct tx *tx, int64_t user, int home)
{
	return sql_value(tx, 0,
		   "SELECT 1 FROM address WHERE user_id = ?1 AND state = ?3"
		   " AND (chan = ?2 OR ?2 = 0) LIMIT 1",
		   N(user), N(home), N(ADDRESS_FAILING)) != 0 &&
	       sql_value(tx, 0,
		   "SELECT 1 FROM address WHERE user_id = ?1 AND state IN (?3, ?4)"
		   " AND chan = ?2 LIMIT 1",
		   N(user), N(home), N(ADDRESS_PAUSED), N(ADDRESS_OPTED_OUT)) == 0;
}

/* The person wants nothing here any more: say of each thing owed why it will not come. */
static int
bury(struct tx *tx, int64_t user, int from)
{
	int64_t pos[BURY_MAX], now = clock_wall();
	struct behind b;
	int64_t behind = behind_get(tx, user, &b) ? b.next : INT64_MAX;
	int64_t lane = from != 0 ? lane_owes(tx, user, from) : INT64_MAX;
	size_t n = owed_newest(
	    tx, user, from, behind < lane ? behind : lane, behind, pos, BURY_MAX);

	while (n > 0)
		dead_add(tx, pos[--n], user, 0, "switched off", now);
	return sql_run(tx, "DELETE FROM behind WHERE follower = ?1", N(user));
}

/* Back from where nothing could reach them: what waited has a new chance. */
static int
come_back(struct tx *tx, int64_t user)
{
	struct behind b;
	int64_t now = clock_wall();

	if (!behind_get(tx, user, &b)) {
		settle(tx, user, log_head(tx));
		return sql_result(tx);
	}
	behind_owe(tx, user, b.next, BEHIND_SWITCHED, true, now);
	return sql_run(
	    tx, "UPDATE behind SET first_at = ?2, code = '' WHERE follower = ?1", N(user), N(now));
}

/* The edges leave the channel; what it owed waits for another, or is given up. */
static int
leave(struct tx *tx, int64_t user, int from)
{
	if (!has_failed(tx, user, from))
		return bury(tx, user, from);
	if (from == 0)
		return STORE_OK;
	carry_over(tx, user, from);
	return sql_run(tx,
	    "UPDATE behind SET chan = 0, reason = ?2, code = 'no address is left that works'"
	    " WHERE follower = ?1",
	    N(user), N(BEHIND_FAILED));
}

int
user_set_near(struct tx *tx, int64_t user, int chan)
{
	return sql_run(
	    tx, "UPDATE person SET near = ?2 WHERE id = ?1 AND near <> ?2", N(user), N(chan));
}

int
user_rehome(struct tx *tx, int64_t user, int chan)
{
	struct user u;

	if (!user_by_id(tx, user, &u))
		return STORE_FAILED;
	if (u.home == chan && chan != 0)
		return STORE_OK;
	touch(tx, user);
	/* While it still has the home that what is owed comes from. */
	if (chan == 0)
		leave(tx, user, u.home);
	sql_run(tx, "UPDATE person SET home = ?2 WHERE id = ?1", N(user), N(chan));
	sql_run(tx, "UPDATE follow SET chan = ?2 WHERE follower = ?1", N(user), N(chan));
	if (chan != 0 && u.home == 0)
		come_back(tx, user);
	else if (chan != 0)
		carry_over(tx, user, u.home);
	return sql_result(tx);
}
