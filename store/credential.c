#include "base/mem.h"
#include "store/row.h"

int
password_set(struct tx *tx, int64_t user, const char *hash)
{
	return sql_run(tx, "UPDATE person SET password = ?2 WHERE id = ?1", N(user), T(hash));
}

bool
password_get(struct tx *tx, int64_t user, char *hash, size_t size)
{
	bool found = false;
	struct sql q;

	sql_open(&q, tx, "SELECT password FROM person WHERE id = ?1", N(user));
	while (sql_next(&q))
		found = mem_copy(hash, size, sql_text(&q, 0)) == 0 && hash[0] != '\0';
	return found;
}

int
code_add(struct tx *tx, const unsigned char hash[32], int64_t user, int64_t expires)
{
	return sql_run(tx,
	    "INSERT INTO code VALUES (?1, ?2, ?3) ON CONFLICT (id)"
	    " DO UPDATE SET user_id = ?2, expires = ?3",
	    B(hash, 32), N(user), N(expires));
}

bool
code_take(struct tx *tx, const unsigned char hash[32], int64_t now, int64_t *user)
{
	*user = sql_value(tx, 0,
	    "DELETE FROM code WHERE id = ?1 AND expires > ?2 RETURNING user_id", B(hash, 32),
	    N(now));
	return *user != 0;
}

int64_t
tally_add(struct tx *tx, const char *what, const char *who, int64_t now, int64_t window_seconds)
{
	int64_t window = window_seconds > 0 ? window_seconds : 1;
	int64_t start = now - now % window;

	return sql_value(tx, 0,
	    "INSERT INTO tally VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT (what, who) DO UPDATE SET"
	    " n = CASE WHEN tally.start = ?3 THEN tally.n + 1 ELSE 1 END, start = ?3, expires = ?4"
	    " RETURNING n",
	    T(what), T(who), N(start), N(start + window));
}
