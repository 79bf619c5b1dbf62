#include "store/row.h"

#define DAY 86400

void
address_read(struct sql *q, int at, struct address *a)
{
	*a = (struct address){ 0 };
	a->user = sql_number(q, at);
	sql_copy(q, at + 1, a->kind, sizeof(a->kind));
	sql_copy(q, at + 2, a->peer, sizeof(a->peer));
	a->chan = sql_int(q, at + 3);
	a->state = (enum address_state)sql_int(q, at + 4);
	a->rank = sql_int(q, at + 5);
	a->bounces = sql_int(q, at + 6);
	a->since = sql_number(q, at + 7);
	a->takes = (unsigned)sql_int(q, at + 8);
	a->daily = sql_int(q, at + 9);
	a->heard = sql_number(q, at + 10);
}

int
address_add(struct tx *tx, const struct address *a)
{
	int64_t owner = sql_value(tx, 0,
	    "SELECT user_id FROM address WHERE kind = ?1 AND peer = ?2", T(a->kind), T(a->peer));

	if (owner != 0)
		return STORE_FAILED;
	touch(tx, a->user);
	change_made(tx, CHANGE_ADDRESSES, a->user);
	return sql_run(tx,
	    "INSERT INTO address (kind, peer, user_id, chan, state, place, bounces, since, takes,"
	    " daily, heard) SELECT ?1, ?2, ?3, ?4, ?5, COUNT(*), 0, ?6, ?7, ?8, ?9 FROM address"
	    " WHERE user_id = ?3",
	    T(a->kind), T(a->peer), N(a->user), N(a->chan), N(a->state), N(a->since), N(a->takes),
	    N(a->daily), N(a->heard != 0 ? a->heard : a->since));
}

static int
place_of(struct tx *tx, int64_t user, const char *kind, const char *peer)
{
	return (int)sql_value(tx, -1,
	    "SELECT place FROM address WHERE kind = ?1 AND peer = ?2 AND user_id = ?3", T(kind),
	    T(peer), N(user));
}

/* Places stay 0, 1, 2 ... without holes. */
static void
close_up(struct tx *tx, int64_t user, int place)
{
	sql_run(tx, "UPDATE address SET place = place - 1 WHERE user_id = ?1 AND place > ?2",
	    N(user), N(place));
}

int
address_remove(struct tx *tx, int64_t user, const char *kind, const char *peer)
{
	int place = place_of(tx, user, kind, peer);

	if (place == -1)
		return STORE_FAILED;
	touch(tx, user);
	change_made(tx, CHANGE_ADDRESSES, user);
	sql_run(tx, "DELETE FROM address WHERE kind = ?1 AND peer = ?2", T(kind), T(peer));
	/* Whoever has it from now on neither reads nor publishes what waited for who had it. */
	sql_run(tx, "DELETE FROM pending WHERE kind = ?1 AND peer = ?2", T(kind), T(peer));
	sql_run(tx, "DELETE FROM answer WHERE kind = ?1 AND peer = ?2", T(kind), T(peer));
	close_up(tx, user, place);
	return sql_result(tx);
}

int
address_set_state(struct tx *tx, const char *kind, const char *peer, enum address_state s)
{
	int64_t user = sql_value(tx, 0,
	    "UPDATE address SET state = ?3 WHERE kind = ?1 AND peer = ?2 RETURNING user_id",
	    T(kind), T(peer), N(s));

	if (user == 0)
		return sql_result(tx) != STORE_OK ? sql_result(tx) : STORE_FAILED;
	touch(tx, user);
	change_made(tx, CHANGE_ADDRESSES, user);
	return sql_result(tx);
}

int
address_set_rung(struct tx *tx, const struct address *a)
{
	touch(tx, a->user);
	return sql_run(tx,
	    "UPDATE address SET takes = ?3, daily = ?4 WHERE kind = ?1 AND peer = ?2", T(a->kind),
	    T(a->peer), N(a->takes), N(a->daily));
}

int
address_heard(struct tx *tx, const struct address *a, int64_t now)
{
	if (now - now % DAY == a->heard - a->heard % DAY)
		return STORE_OK;
	return sql_run(tx, "UPDATE address SET heard = ?3, asked = 0 WHERE kind = ?1 AND peer = ?2",
	    T(a->kind), T(a->peer), N(now));
}

size_t
address_list(struct tx *tx, int64_t user, struct address *out, size_t max)
{
	struct sql q;
	size_t n = 0;

	sql_open(&q, tx,
	    "SELECT " ADDRESS_COLUMNS " FROM address a WHERE a.user_id = ?1 ORDER BY a.place",
	    N(user));
	while (sql_next(&q)) {
		if (n < max)
			address_read(&q, 0, &out[n]);
		n++;
	}
	return n;
}

int
address_rank(struct tx *tx, int64_t user, const char *kind, const char *peer, int rank)
{
	int place = place_of(tx, user, kind, peer);
	int n = (int)sql_value(tx, 0, "SELECT COUNT(*) FROM address WHERE user_id = ?1", N(user));

	if (place == -1)
		return STORE_FAILED;
	if (rank < 0)
		rank = 0;
	if (rank >= n)
		rank = n - 1;
	touch(tx, user);
	close_up(tx, user, place);
	sql_run(tx, "UPDATE address SET place = place + 1 WHERE user_id = ?1 AND place >= ?2",
	    N(user), N(rank));
	return sql_run(tx, "UPDATE address SET place = ?3 WHERE kind = ?1 AND peer = ?2", T(kind),
	    T(peer), N(rank));
}

/* Called for every delivery: it writes only when there is something to say. */
int
address_outcome(struct tx *tx, const char *kind, const char *peer, bool ok)
{
	int64_t n = sql_value(
	    tx, 0, "SELECT bounces FROM address WHERE kind = ?1 AND peer = ?2", T(kind), T(peer));

	if (ok && n == 0)
		return 0;
	touch(tx, sql_value(tx, 0, "SELECT user_id FROM address WHERE kind = ?1 AND peer = ?2",
		      T(kind), T(peer)));
	return (int)sql_value(tx, 0,
	    "UPDATE address SET bounces = ?3 WHERE kind = ?1 AND peer = ?2 RETURNING bounces",
	    T(kind), T(peer), N(ok ? 0 : n + 1));
}

int
optout_set(struct tx *tx, const char *kind, const char *peer, bool out)
{
	if (!out)
		return sql_run(
		    tx, "DELETE FROM optout WHERE kind = ?1 AND peer = ?2", T(kind), T(peer));
	sql_run(tx, "DELETE FROM answer WHERE kind = ?1 AND peer = ?2", T(kind), T(peer));
	touch(tx, TOUCHED_ANSWERS);
	return sql_run(tx,
	    "INSERT INTO optout VALUES (?1, ?2) ON CONFLICT (kind, peer) DO UPDATE SET peer = ?2",
	    T(kind), T(peer));
}

bool
optout_is(struct tx *tx, const char *kind, const char *peer)
{
	return sql_value(tx, 0, "SELECT 1 FROM optout WHERE kind = ?1 AND peer = ?2", T(kind),
		   T(peer)) != 0;
}
