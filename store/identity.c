#include "store/identity.h"

#include "base/mem.h"
#include "store/row.h"

int
pin_set(struct tx *tx, int64_t user, const char *sealed)
{
	return sql_run(tx, "UPDATE person SET pin = ?2 WHERE id = ?1", N(user), T(sealed));
}

bool
pin_get(struct tx *tx, int64_t user, char *sealed, size_t size)
{
	bool found = false;
	struct sql q;

	sql_open(&q, tx, "SELECT pin FROM person WHERE id = ?1", N(user));
	while (sql_next(&q))
		found = mem_copy(sealed, size, sql_text(&q, 0)) == 0 && sealed[0] != '\0';
	return found;
}

bool
code_get(struct tx *tx, const unsigned char hash[32], int64_t now, int64_t *user)
{
	*user = sql_value(
	    tx, 0, "SELECT user_id FROM code WHERE id = ?1 AND expires > ?2", B(hash, 32), N(now));
	return *user != 0;
}

int64_t
tally_get(struct tx *tx, const char *what, const char *who, int64_t now, int64_t window_seconds)
{
	int64_t window = window_seconds > 0 ? window_seconds : 1;

	return sql_value(tx, 0, "SELECT n FROM tally WHERE what = ?1 AND who = ?2 AND start = ?3",
	    T(what), T(who), N(now - now % window));
}

int
invite_add(
    struct tx *tx, const char *kind, const char *peer, int64_t user, int64_t now, int64_t expires)
{
	if (invite_is(tx, kind, peer, now))
		return STORE_FAILED;
	return sql_run(tx,
	    "INSERT INTO invite (kind, peer, user_id, expires) VALUES (?1, ?2, ?3, ?4)"
	    " ON CONFLICT (kind, peer) DO UPDATE SET user_id = ?3, expires = ?4",
	    T(kind), T(peer), N(user), N(expires));
}

bool
invite_is(struct tx *tx, const char *kind, const char *peer, int64_t now)
{
	return sql_value(tx, 0,
		   "SELECT 1 FROM invite WHERE kind = ?1 AND peer = ?2 AND expires > ?3", T(kind),
		   T(peer), N(now)) != 0;
}

int
invite_end(struct tx *tx, const char *kind, const char *peer)
{
	return sql_run(tx, "DELETE FROM invite WHERE kind = ?1 AND peer = ?2", T(kind), T(peer));
}

static size_t
read_all(struct sql *q, struct address *out, size_t max)
{
	size_t n = 0;

	while (sql_next(q)) {
		if (n < max)
			address_read(q, 0, &out[n++]);
		else
			sql_close(q);
	}
	return n;
}

/* The conditions are those of the index, word for word: "4" is ADDRESS_FAILING. */
size_t
numbers_silent(struct tx *tx, int64_t heard, struct address *out, size_t max)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " ADDRESS_COLUMNS " FROM address a WHERE a.kind = 'sms' AND a.asked = 0"
	    " AND a.state <> 4 AND a.heard < ?1 ORDER BY a.heard LIMIT ?2",
	    N(heard), N((int64_t)max));
	return read_all(&q, out, max);
}

size_t
numbers_unanswered(struct tx *tx, int64_t asked, struct address *out, size_t max)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " ADDRESS_COLUMNS " FROM address a WHERE a.asked <> 0 AND a.asked < ?1"
	    " ORDER BY a.asked LIMIT ?2",
	    N(asked), N((int64_t)max));
	return read_all(&q, out, max);
}

int
number_asked(struct tx *tx, const struct address *a, int64_t now)
{
	return sql_run(tx, "UPDATE address SET asked = ?3 WHERE kind = ?1 AND peer = ?2",
	    T(a->kind), T(a->peer), N(now));
}

int
number_hold(struct tx *tx, const struct address *a)
{
	touch(tx, a->user);
	return sql_run(tx, "UPDATE address SET asked = 0, state = ?3 WHERE kind = ?1 AND peer = ?2",
	    T(a->kind), T(a->peer), N(ADDRESS_FAILING));
}
