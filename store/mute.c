#include "store/row.h"

int
mute_set(struct tx *tx, int64_t user, int64_t muted, int64_t until)
{
	touch(tx, user);
	if (until == 0)
		return sql_run(
		    tx, "DELETE FROM mute WHERE user_id = ?1 AND muted = ?2", N(user), N(muted));
	return sql_run(tx,
	    "INSERT INTO mute VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (user_id, muted) DO UPDATE SET until = ?3",
	    N(user), N(muted), N(until));
}

int64_t
mute_until(struct tx *tx, int64_t user, int64_t muted, int64_t now)
{
	return sql_value(tx, 0,
	    "SELECT until FROM mute WHERE user_id = ?1 AND muted = ?2 AND until > ?3", N(user),
	    N(muted), N(now));
}
