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

void
mute_each(struct tx *tx, int64_t user, int64_t now, const char *after, int limit,
    bool (*each)(void *cookie, const struct user *u, int64_t until), void *cookie)
{
	struct user u;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " PERSON_COLUMNS ", m.until FROM mute m JOIN person p ON p.id = m.muted"
	    " WHERE m.user_id = ?1 AND m.until > ?2 AND p.name > ?3 AND p.suspended = 0"
	    " ORDER BY p.name LIMIT ?4",
	    N(user), N(now), T(after), N(limit));
	while (sql_next(&q)) {
		person_read(&q, 0, &u);
		if (!each(cookie, &u, sql_number(&q, PERSON_COLUMNS_N)))
			sql_close(&q);
	}
}
