#include "store/track.h"

#include "store/row.h"

/* In table "addressed": not by name, but for a word. */
#define AGAIN_TRACKED 2

int
track_set(struct tx *tx, int64_t user, const char *word, const char *what, bool on)
{
	bool is = sql_value(tx, 0,
		      "SELECT 1 FROM track WHERE word = ?1 AND user_id = ?2 AND what = ?3", T(word),
		      N(user), T(what)) != 0;

	if (is == on)
		return sql_result(tx) == STORE_OK ? 1 : sql_result(tx);
	if (!on)
		return sql_run(tx,
		    "DELETE FROM track WHERE word = ?1 AND user_id = ?2 AND what = ?3", T(word),
		    N(user), T(what));
	/* What was said before anybody tracked anything has not been looked at, and never is. */
	if (!track_any(tx))
		track_see(tx, log_head(tx));
	return sql_run(tx, "INSERT INTO track VALUES (?1, ?2, ?3)", T(word), N(user), T(what));
}

int
track_clear(struct tx *tx, int64_t user)
{
	return sql_run(tx, "DELETE FROM track WHERE user_id = ?1", N(user));
}

size_t
track_count(struct tx *tx, int64_t user)
{
	return (size_t)sql_value(tx, 0, "SELECT COUNT(*) FROM track WHERE user_id = ?1", N(user));
}

void
track_list(struct tx *tx, int64_t user, bool (*each)(void *cookie, const char *what), void *cookie)
{
	struct sql q;

	sql_open(&q, tx, "SELECT what FROM track WHERE user_id = ?1 ORDER BY what", N(user));
	while (sql_next(&q))
		if (!each(cookie, sql_text(&q, 0)))
			sql_close(&q);
}

bool
track_any(struct tx *tx)
{
	return sql_value(tx, 0, "SELECT 1 FROM track LIMIT ?1", N(1)) != 0;
}

void
track_find(struct tx *tx, const char *word,
    bool (*each)(void *cookie, int64_t user, const char *what), void *cookie)
{
	struct sql q;

	sql_open(
	    &q, tx, "SELECT user_id, what FROM track WHERE word = ?1 ORDER BY user_id", T(word));
	while (sql_next(&q))
		if (!each(cookie, sql_number(&q, 0), sql_text(&q, 1)))
			sql_close(&q);
}

int64_t
track_seen(struct tx *tx)
{
	return sql_value(tx, 0, "SELECT value FROM counter WHERE name = 'tracked'");
}

int
track_see(struct tx *tx, int64_t pos)
{
	return sql_run(tx, "UPDATE counter SET value = ?1 WHERE name = 'tracked'", N(pos));
}

int
track_owe(struct tx *tx, int64_t user, const struct status *s)
{
	enum follow_wants wants;

	if (user == s->author)
		return STORE_OK;
	if (follow_get(tx, user, s->author, &wants) == FOLLOW_ACTIVE && wants == WANTS_ALL)
		return STORE_OK;
	sql_run(tx,
	    "INSERT INTO addressed VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (user_id, pos) DO UPDATE SET again = addressed.again",
	    N(user), N(s->pos), N(AGAIN_TRACKED));
	return behind_owe(tx, user, s->pos, BEHIND_ADDRESSED, false, s->at);
}
