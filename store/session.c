#include "store/session.h"

#include <string.h>

#include "base/mem.h"
#include "store/row.h"

#define COLUMNS "id, user_id, made, seen, expires, agent"

int
session_begin(struct tx *tx, const struct session *s)
{
	sql_run(tx,
	    "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE user_id = ?1"
	    " ORDER BY seen DESC, made DESC, id LIMIT 1000 OFFSET ?2)",
	    N(s->user), N(SESSIONS_MAX - 1));
	return sql_run(tx,
	    "INSERT INTO session (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id)"
	    " DO UPDATE SET user_id = ?2, made = ?3, seen = ?4, expires = ?5, agent = ?6",
	    B(s->id, 32), N(s->user), N(s->made), N(s->made - s->made % SESSION_STEP),
	    N(s->made + SESSION_IDLE), T(s->agent));
}

static void
read_one(struct sql *q, struct session *s)
{
	const void *id;
	size_t n;

	*s = (struct session){ .user = sql_number(q, 1),
		.made = sql_number(q, 2),
		.seen = sql_number(q, 3),
		.expires = sql_number(q, 4) };
	id = sql_bytes(q, 0, &n);
	if (n == sizeof(s->id))
		memcpy(s->id, id, n);
	mem_copy(s->agent, sizeof(s->agent), sql_text(q, 5));
}

bool
session_find(struct tx *tx, const unsigned char id[32], int64_t now, struct session *s)
{
	bool found = false;
	struct sql q;

	sql_open(&q, tx, "SELECT " COLUMNS " FROM session WHERE id = ?1 AND expires > ?2",
	    B(id, 32), N(now));
	while (sql_next(&q)) {
		read_one(&q, s);
		found = true;
	}
	return found;
}

bool
session_is_stale(const struct session *s, int64_t now)
{
	return now - s->seen >= SESSION_STEP;
}

int
session_seen(struct tx *tx, const unsigned char id[32], int64_t now)
{
	return sql_run(tx,
	    "UPDATE session SET seen = ?2, expires ="
	    " CASE WHEN made + ?4 < ?3 THEN made + ?4 ELSE ?3 END"
	    " WHERE id = ?1 AND seen < ?2 AND expires > ?5",
	    B(id, 32), N(now - now % SESSION_STEP), N(now + SESSION_IDLE), N(SESSION_WHOLE),
	    N(now));
}

size_t
session_list(struct tx *tx, int64_t user, int64_t now, struct session *out, size_t max)
{
	struct sql q;
	size_t n = 0;

	sql_open(&q, tx,
	    "SELECT " COLUMNS " FROM session WHERE user_id = ?1 AND expires > ?2"
	    " ORDER BY seen DESC, made DESC, id LIMIT ?3",
	    N(user), N(now), N((int64_t)max));
	while (sql_next(&q))
		read_one(&q, &out[n++]);
	return n;
}

int
session_drop(struct tx *tx, const unsigned char id[32])
{
	return sql_run(tx, "DELETE FROM session WHERE id = ?1", B(id, 32));
}

int
sessions_end(struct tx *tx, int64_t user, const unsigned char but[32])
{
	return sql_run(
	    tx, "DELETE FROM session WHERE user_id = ?1 AND id <> ?2", N(user), B(but, 32));
}
