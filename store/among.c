#include "store/among.h"

#include "store/row.h"

_Static_assert(AMONG_MAX <= SOME, "one query has room for them");

size_t
among_followers(
    struct tx *tx, int64_t followee, const int64_t *users, size_t n, int64_t out[AMONG_MAX])
{
	size_t found = 0;
	struct sql q;

	some_open(&q, tx,
	    "SELECT f.follower FROM follow f WHERE f.followee = ?1 AND f.state = ?2 AND ?3 = 0"
	    " AND f.follower IN (" SQL_SOME ")",
	    followee, FOLLOW_ACTIVE, 0, users, n);
	while (sql_next(&q))
		if (found < AMONG_MAX)
			out[found++] = sql_number(&q, 0);
	return found;
}

size_t
among_addressed(struct tx *tx, int64_t pos, int64_t out[LOG_ADDRESSED_MAX])
{
	size_t found = 0;
	struct sql q;

	sql_open(&q, tx, "SELECT user_id FROM addressed WHERE pos = ?1 AND again = 0", N(pos));
	while (sql_next(&q))
		if (found < LOG_ADDRESSED_MAX)
			out[found++] = sql_number(&q, 0);
	return found;
}
