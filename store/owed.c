#include <string.h>

#include "store/row.h"

/*
 * The log is the queue of who is behind.  For each author followed, one step into the index by
 * author; what was addressed, one step into its own.
 */
#define STANDS(who)                                                                                \
	" AND s.deleted = 0 AND NOT EXISTS"                                                        \
	" (SELECT 1 FROM dead d WHERE d.pos = s.pos AND d.follower = " who ")" IS_NEWS(who)
/*
 * A repeat of what they said themselves, or have from who said it (see follow_find()), is none: the lanes
 * ask audience_may(), which knows the same.
 */
#define IS_NEWS(who)                                                                               \
	" AND (s.repeats = 0 OR NOT EXISTS (SELECT 1 FROM status o WHERE o.pos = s.repeats"        \
	" AND (o.author = " who " OR EXISTS (SELECT 1 FROM follow g JOIN person h"                 \
	" ON h.id = g.follower WHERE g.follower = " who " AND g.followee = o.author"               \
	" AND o.to_user = 0 AND g.state = 2 AND g.wants = 0"                                       \
	" AND (g.since_pos < o.pos OR g.since_pos = h.settled)))))"
_Static_assert(FOLLOW_ACTIVE == 2 && WANTS_ALL == 0, "as they stand in IS_NEWS");
#define MAY_SPEAK(who, other)                                                                      \
	" AND NOT EXISTS (SELECT 1 FROM block k WHERE k.user_id = " who " AND k.blocked = " other  \
	") AND NOT EXISTS (SELECT 1 FROM block k WHERE k.user_id = " other " AND k.blocked = " who \
	") AND NOT EXISTS (SELECT 1 FROM person w WHERE w.id = " other " AND w.suspended <> 0)"

#define OWED_FOLLOWED(who, from, active, all)                                                      \
	"SELECT MIN(o.pos) FROM (SELECT (SELECT s.pos FROM status s WHERE s.author = f.followee"   \
	" AND s.pos > CASE WHEN f.since_pos >= " from " THEN f.since_pos ELSE " from " - 1 END"    \
	" AND s.to_user = 0" STANDS(who) " ORDER BY s.pos LIMIT 1) AS pos FROM follow f"           \
					 " WHERE f.follower = " who " AND f.state = " active       \
					 " AND f.wants = " all                                     \
					 MAY_SPEAK(who, "f.followee") ") AS o"
#define OWED_ADDRESSED(who, from)                                                                  \
	"SELECT s.pos FROM addressed a JOIN status s ON s.pos = a.pos"                             \
	" WHERE a.user_id = " who " AND a.pos >= " from " AND s.author <> " who                    \
	" AND (s.to_user = 0 OR s.to_user = " who ")" STANDS(who)                                  \
	    MAY_SPEAK(who, "s.author") " ORDER BY a.pos LIMIT 1"

const char owed_followed_sql[] = OWED_FOLLOWED("?1", "?2", "?3", "?4");
const char owed_addressed_sql[] = OWED_ADDRESSED("?1", "?2");

/* The same for many rows; ?3 is of no use here. */
const char owed_some_sql[] = "SELECT b.follower, p.id, p.home, (" OWED_FOLLOWED(
    "b.follower", "b.next_pos", "?1", "?2") "), (" OWED_ADDRESSED("b.follower",
    "b.next_pos") ")"
		  " FROM behind b LEFT JOIN person p ON p.id = b.follower WHERE ?3 = 0 AND b.follower IN (" SQL_SOME
		  ")";

void
owed_some(struct tx *tx, const int64_t *followers, size_t n, struct owed *out)
{
	struct sql q;
	size_t i = 0;

	memset(out, 0, n * sizeof(*out));
	some_open(&q, tx, owed_some_sql, FOLLOW_ACTIVE, WANTS_ALL, 0, followers, n);
	while (sql_next(&q)) {
		int64_t follower = sql_number(&q, 0), followed, addressed;

		/* They may come in any order; mostly it is that of the numbers. */
		for (size_t k = 0; k < n && followers[i] != follower; k++)
			i = (i + 1) % n;
		followed = sql_number(&q, 3);
		addressed = sql_number(&q, 4);
		out[i].known = sql_number(&q, 1) != 0;
		out[i].home = sql_int(&q, 2);
		out[i].addressed = addressed != 0 && (followed == 0 || addressed < followed);
		out[i].pos = out[i].addressed ? addressed : followed;
	}
}

bool
owed_next(struct tx *tx, int64_t follower, int64_t from, struct status *s)
{
	int64_t followed = sql_value(
	    tx, 0, owed_followed_sql, N(follower), N(from), N(FOLLOW_ACTIVE), N(WANTS_ALL));
	int64_t pos = sql_value(tx, 0, owed_addressed_sql, N(follower), N(from));

	if (pos == 0 || (followed != 0 && followed < pos))
		pos = followed;
	return pos != 0 && status_get(tx, pos, s);
}

size_t
owed_newest(struct tx *tx, int64_t follower, int chan, int64_t from, int64_t addressed,
    int64_t *out, size_t max)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT s.pos FROM follow f JOIN status s ON s.author = f.followee"
	    " WHERE f.follower = ?1 AND f.state = ?4 AND f.wants = ?5 AND s.pos > f.since_pos"
	    " AND s.to_user = 0 AND ((s.pos >= ?2 AND NOT (s.big = 1 AND s.pos < ?3))"
	    " OR EXISTS (SELECT 1 FROM job j"
	    " WHERE j.chan = ?7 AND j.pos = s.pos AND j.shard = ?1 % ?8 AND j.sub < ?1))" STANDS(
		"?1") MAY_SPEAK("?1",
		"f.followee") " UNION SELECT s.pos FROM addressed a JOIN status s ON s.pos = a.pos"
			      " WHERE a.user_id = ?1 AND a.pos >= ?3 AND s.author <> ?1"
			      " AND (s.to_user = 0 OR s.to_user = ?1)" STANDS("?1")
				  MAY_SPEAK("?1", "s.author") " ORDER BY 1 DESC LIMIT ?6",
	    N(follower), N(from), N(addressed), N(FOLLOW_ACTIVE), N(WANTS_ALL), N((int64_t)max),
	    N(chan), N(SHARDS));
	while (sql_next(&q))
		out[n++] = sql_number(&q, 0);
	return n;
}

/* Up to where all that is owed to ${user} has been delivered, or is known to be undeliverable. */
static int64_t
reached_limit(struct tx *tx, int64_t user)
{
	return sql_value(tx, 0,
	    "SELECT MIN(x.pos) FROM (SELECT CASE WHEN l.sub >= ?1 THEN l.pos ELSE l.pos - 1 END AS pos"
	    " FROM person p JOIN lane l ON l.chan = p.home AND l.shard = ?1 % ?2 WHERE p.id = ?1"
	    " UNION ALL SELECT b.next_pos - 1 FROM behind b WHERE b.follower = ?1"
	    " UNION ALL SELECT j.pos - 1 FROM person p JOIN job j ON j.chan = p.home"
	    " AND j.shard = ?1 % ?2 AND j.sub < ?1 WHERE p.id = ?1"
	    " UNION ALL SELECT h.pos FROM log_head h) AS x",
	    N(user), N(SHARDS));
}

int64_t
reached_last(struct tx *tx, int64_t user, int64_t author)
{
	int64_t limit = reached_limit(tx, user);
	int64_t followed = sql_value(tx, 0,
	    "SELECT MAX(o.pos) FROM (SELECT (SELECT s.pos FROM status s WHERE s.author = f.followee"
	    " AND s.pos > f.since_pos AND s.pos <= ?2 AND s.to_user = 0" STANDS(
		"?1") " ORDER BY s.pos DESC LIMIT 1) AS pos FROM follow f WHERE f.follower = ?1"
		      " AND f.state = ?3 AND f.wants = ?4 AND (?5 = 0 OR f.followee = ?5)" MAY_SPEAK(
			  "?1", "f.followee") ") AS o",
	    N(user), N(limit), N(FOLLOW_ACTIVE), N(WANTS_ALL), N(author));
	int64_t pos = sql_value(tx, 0,
	    "SELECT s.pos FROM addressed a JOIN status s ON s.pos = a.pos WHERE a.user_id = ?1"
	    " AND a.pos <= ?2 AND s.author <> ?1 AND (s.to_user = 0 OR s.to_user = ?1)"
	    " AND (?3 = 0 OR s.author = ?3)" STANDS("?1")
		MAY_SPEAK("?1", "s.author") " ORDER BY a.pos DESC LIMIT 1",
	    N(user), N(limit), N(author));

	return followed > pos ? followed : pos;
}
