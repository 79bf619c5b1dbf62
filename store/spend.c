#include "store/spend.h"
#include "base/zone.h"
#include "store/row.h"

#define DAY 86400

/* The day where ${user} lives. */
static int64_t
day_of(struct tx *tx, int64_t user, int64_t now)
{
	const struct zone *z = NULL;
	char name[ZONE_NAME_SIZE];
	int64_t day;
	struct sql q;

	sql_open(&q, tx, "SELECT zone FROM person WHERE id = ?1", N(user));
	if (sql_next(&q)) {
		sql_copy(&q, 0, name, sizeof(name));
		sql_close(&q);
		z = zone_get(name);
	}
	day = zone_day(z, now);
	zone_put(z);
	return day;
}

static int
add(struct tx *tx, int64_t user, int chan, int64_t day, int64_t cost)
{
	return sql_run(tx,
	    "INSERT INTO spend VALUES (?1, ?2, ?3, 1, ?4) ON CONFLICT (user_id, chan, day)"
	    " DO UPDATE SET n = spend.n + 1, cost = spend.cost + ?4",
	    N(user), N(chan), N(day), N(cost));
}

int
spend_add(struct tx *tx, int64_t user, int chan, int64_t cost, int64_t now)
{
	if (user != 0)
		add(tx, user, chan, day_of(tx, user, now), cost);
	if (cost != 0)
		add(tx, 0, chan, now / DAY, cost);
	return sql_result(tx);
}

int64_t
spend_count(struct tx *tx, int64_t user, int chan, int64_t day)
{
	return sql_value(tx, 0, "SELECT n FROM spend WHERE user_id = ?1 AND chan = ?2 AND day = ?3",
	    N(user), N(chan), N(day));
}

int64_t
spend_sum(struct tx *tx, int64_t user, int chan, int64_t first, int64_t end)
{
	return sql_value(tx, 0,
	    "SELECT CAST(COALESCE(SUM(cost), 0) AS BIGINT) FROM spend WHERE user_id = ?1 AND (chan = ?2 OR ?2 = 0)"
	    " AND day >= ?3 AND day < ?4",
	    N(user), N(chan), N(first), N(end));
}
