#include "store/pending.h"

#include "base/mem.h"
#include "store/sql.h"

int
pending_put(struct tx *tx, const char *what, const char *kind, const char *peer, const char *body,
    const char *reply_to, int64_t expires)
{
	return sql_run(tx,
	    "INSERT INTO pending VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (what, kind, peer)"
	    " DO UPDATE SET body = ?4, reply_to = ?5, expires = ?6",
	    T(what), T(kind), T(peer), T(body), T(reply_to), N(expires));
}

bool
pending_take(struct tx *tx, const char *what, const char *kind, const char *peer, int64_t now,
    char **body, char **reply_to)
{
	bool found = false;
	struct sql q;

	sql_open(&q, tx,
	    "DELETE FROM pending WHERE what = ?1 AND kind = ?2 AND peer = ?3 AND expires > ?4"
	    " RETURNING body, reply_to",
	    T(what), T(kind), T(peer), N(now));
	while (sql_next(&q)) {
		found = true;
		*body = mem_dup(sql_text(&q, 0));
		if (reply_to)
			*reply_to = mem_dup(sql_text(&q, 1));
	}
	return found;
}

bool
pending_is(struct tx *tx, const char *what, const char *kind, const char *peer, int64_t now)
{
	return sql_value(tx, 0,
		   "SELECT 1 FROM pending WHERE what = ?1 AND kind = ?2 AND peer = ?3"
		   " AND expires > ?4",
		   T(what), T(kind), T(peer), N(now)) != 0;
}
