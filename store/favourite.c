#include "store/favourite.h"

#include "store/row.h"

int
favourite_set(struct tx *tx, int64_t user, int64_t pos, bool on, int64_t now)
{
	bool is = sql_value(tx, 0, "SELECT 1 FROM favourite WHERE user_id = ?1 AND pos = ?2",
		      N(user), N(pos)) != 0;

	if (is == on)
		return sql_result(tx) == STORE_OK ? 1 : sql_result(tx);
	change_made(tx, CHANGE_LIKED, pos);
	if (on)
		return sql_run(
		    tx, "INSERT INTO favourite VALUES (?1, ?2, ?3)", N(user), N(pos), N(now));
	return sql_run(
	    tx, "DELETE FROM favourite WHERE user_id = ?1 AND pos = ?2", N(user), N(pos));
}

int64_t
favourite_count(struct tx *tx, int64_t pos)
{
	change_saw(tx, CHANGE_LIKED, pos);
	return sql_value(tx, 0, "SELECT COUNT(*) FROM favourite WHERE pos = ?1", N(pos));
}

void
favourite_some(struct tx *tx, int64_t user, const int64_t *pos, size_t n, bool *likes)
{
	struct sql q;

	if (n == 0)
		return;
	some_open(&q, tx,
	    "SELECT pos FROM favourite WHERE user_id = ?1 AND ?2 = 0 AND ?3 = 0"
	    " AND pos IN (" SQL_SOME ")",
	    user, 0, 0, pos, n);
	while (sql_next(&q)) {
		int64_t found = sql_number(&q, 0);

		for (size_t i = 0; i < n; i++)
			likes[i] = likes[i] || pos[i] == found;
	}
}

void
status_favourites(
    struct tx *tx, int64_t user, int64_t before, int limit, status_each *each, void *cookie)
{
	struct status s;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM favourite v JOIN status s ON s.pos = v.pos"
	    " LEFT JOIN person p ON p.id = s.author WHERE v.user_id = ?1 AND v.pos < ?2"
	    " AND s.deleted = 0 ORDER BY v.pos DESC LIMIT ?3",
	    N(user), N(before > 0 ? before : INT64_MAX), N(limit));
	while (sql_next(&q)) {
		status_read(&q, &s);
		if (!each(cookie, &s))
			sql_close(&q);
	}
}

int64_t
repeat_of(struct tx *tx, int64_t author, int64_t pos)
{
	return sql_value(tx, 0,
	    "SELECT s.pos FROM status s WHERE s.repeats = ?2 AND s.repeats <> 0 AND s.author = ?1"
	    " AND s.deleted = 0",
	    N(author), N(pos));
}
