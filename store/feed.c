#include "store/feed.h"

#include "store/row.h"

#define LOOKS 4 /* at so many times what is wanted: an erased account may leave much */

int
feed_key_set(struct tx *tx, int64_t user, const unsigned char hash[32], const struct feed_key *key)
{
	return sql_run(tx,
	    "INSERT INTO feed_key VALUES (?1, ?2, ?3, ?4) ON CONFLICT (user_id)"
	    " DO UPDATE SET id = ?2, made = ?3, sealed = ?4",
	    N(user), B(hash, 32), N(key->made), T(key->sealed));
}

bool
feed_key_get(struct tx *tx, int64_t user, struct feed_key *out)
{
	struct sql q;

	sql_open(&q, tx, "SELECT made, sealed FROM feed_key WHERE user_id = ?1", N(user));
	if (!sql_next(&q))
		return false;
	out->made = sql_number(&q, 0);
	sql_copy(&q, 1, out->sealed, sizeof(out->sealed));
	sql_close(&q);
	return true;
}

int64_t
feed_key_user(struct tx *tx, const unsigned char hash[32])
{
	return sql_value(tx, 0, "SELECT user_id FROM feed_key WHERE id = ?1", B(hash, 32));
}

int
feed_key_end(struct tx *tx, int64_t user)
{
	return sql_run(tx, "DELETE FROM feed_key WHERE user_id = ?1", N(user));
}

/* ---- what was taken back */

static void
read_all(struct sql *q, status_each *each, void *cookie)
{
	struct status s;

	while (sql_next(q)) {
		status_read(q, &s);
		if (!each(cookie, &s))
			sql_close(q);
	}
}

void
status_gone_public(struct tx *tx, int64_t since, int limit, status_each *each, void *cookie)
{
	struct sql q;

	change_saw(tx, CHANGE_PUBLIC, 0);
	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM (SELECT pos FROM status WHERE deleted <> 0"
	    " AND deleted >= ?1 ORDER BY deleted DESC LIMIT ?2) AS g"
	    " JOIN status s ON s.pos = g.pos JOIN person p ON p.id = s.author"
	    " WHERE s.to_user = 0 ORDER BY s.deleted DESC, s.pos DESC LIMIT ?3",
	    N(since), N(LOOKS * (int64_t)limit), N(limit));
	read_all(&q, each, cookie);
}

void
status_gone_by(
    struct tx *tx, int64_t author, int64_t since, int limit, status_each *each, void *cookie)
{
	struct sql q;

	change_saw(tx, CHANGE_USER, author);
	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM " STATUS_TABLES " WHERE s.author = ?1"
	    " AND s.deleted <> 0 AND s.deleted >= ?2 AND s.to_user = 0"
	    " ORDER BY s.deleted DESC, s.pos DESC LIMIT ?3",
	    N(author), N(since), N(limit));
	read_all(&q, each, cookie);
}

void
status_gone_home(
    struct tx *tx, int64_t user, int64_t since, int limit, status_each *each, void *cookie)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM (SELECT followee AS author FROM follow"
	    " WHERE follower = ?1 AND state = ?4 UNION ALL SELECT ?1) AS a"
	    " CROSS JOIN status s LEFT JOIN person p ON p.id = s.author"
	    " WHERE s.author = a.author AND s.deleted <> 0 AND s.deleted >= ?2 AND s.to_user = 0"
	    " ORDER BY s.deleted DESC, s.pos DESC LIMIT ?3",
	    N(user), N(since), N(limit), N(FOLLOW_ACTIVE));
	read_all(&q, each, cookie);
}
