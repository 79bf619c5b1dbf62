#include <string.h>

#include "base/clock.h"
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

/* Not in the time for which they are muted. */
#define IS_LOUD(who, other, now)                                                                   \
	" AND NOT EXISTS (SELECT 1 FROM mute m WHERE m.user_id = " who " AND m.muted = " other     \
	" AND m.until > " now ")"

#define NEXT_FOLLOWED(who, from, active, all, loud)                                                \
	"SELECT MIN(o.pos) FROM (SELECT (SELECT s.pos FROM status s WHERE s.author = f.followee"   \
	" AND s.pos > CASE WHEN f.since_pos >= " from " THEN f.since_pos ELSE " from " - 1 END"    \
	" AND s.to_user = 0" STANDS(who) " ORDER BY s.pos LIMIT 1) AS pos FROM follow f"           \
					 " WHERE f.follower = " who " AND f.state = " active       \
					 " AND f.wants = " all                                     \
					 MAY_SPEAK(who, "f.followee") loud ") AS o"
#define NEXT_ADDRESSED(who, from, which)                                                           \
	"SELECT s.pos FROM addressed a JOIN status s ON s.pos = a.pos"                             \
	" WHERE a.user_id = " who " AND a.pos >= " from " AND s.author <> " who " AND " which      \
	STANDS(who) MAY_SPEAK(who, "s.author") " ORDER BY a.pos LIMIT 1"
#define PUBLIC(who, now) "s.to_user = 0" IS_LOUD(who, "s.author", now)

const char owed_followed_sql[] = NEXT_FOLLOWED(
    "?1", "?2", "?3", "?4", IS_LOUD("?1", "f.followee", "?5"));
/* ?3, ?4 and ?6: what names them, what is for them alone, and what they track or are to get once more. */
const char owed_addressed_sql[] = NEXT_ADDRESSED("?1", "?2",
    "((" PUBLIC("?1", "?5") " AND ((?3 = 1 AND a.again = 0) OR (?6 = 1 AND a.again <> 0)))"
			    " OR (?4 = 1 AND s.to_user = ?1" IS_LOUD("?1", "s.author", "?5") "))");

/*
 * The same for many rows; ?3 is of no use here.  Who has muted somebody is never asked for with others.
 */
const char owed_some_sql[] = "SELECT b.follower, p.id, p.home, (" NEXT_FOLLOWED(
    "b.follower", "b.next_pos", "?1", "?2", "") "), (" NEXT_ADDRESSED("b.follower", "b.next_pos",
    "(s.to_user = 0 OR s.to_user = b.follower)") ")"
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

static int64_t
next_followed(struct tx *tx, int64_t follower, int64_t from)
{
	return sql_value(tx, 0, owed_followed_sql, N(follower), N(from), N(FOLLOW_ACTIVE),
	    N(WANTS_ALL), N(clock_wall()));
}

static int64_t
next_addressed(struct tx *tx, int64_t follower, int64_t from, bool named, bool direct, bool tracked)
{
	return sql_value(tx, 0, owed_addressed_sql, N(follower), N(from), N(named), N(direct),
	    N(clock_wall()), N(tracked));
}

/* What they track is a status like others. */
static bool
is_addressed(struct tx *tx, int64_t follower, int64_t pos)
{
	return sql_value(tx, 0,
		   "SELECT 1 FROM addressed WHERE user_id = ?1 AND pos = ?2 AND again = 0",
		   N(follower), N(pos)) != 0;
}

enum owed_class
owed_class(struct tx *tx, int64_t follower, const struct status *s)
{
	if (s->to != 0)
		return OWED_DIRECT;
	return is_addressed(tx, follower, s->pos) ? OWED_ADDRESSED : OWED_STATUS;
}

bool
owed_of_class(
    struct tx *tx, int64_t follower, enum owed_class class, int64_t from, struct status *s)
{
	int64_t pos = next_addressed(tx, follower, from, class == OWED_ADDRESSED,
	    class == OWED_DIRECT, class == OWED_STATUS);
	int64_t followed = class == OWED_STATUS ? next_followed(tx, follower, from) : 0;

	/* Of those that are both, the other class has it. */
	while (followed != 0 && is_addressed(tx, follower, followed))
		followed = next_followed(tx, follower, followed + 1);
	if (pos == 0 || (followed != 0 && followed < pos))
		pos = followed;
	return pos != 0 && status_get(tx, pos, s);
}

bool
owed_next(struct tx *tx, int64_t follower, int64_t from, struct status *s)
{
	int64_t followed = next_followed(tx, follower, from);
	int64_t pos = next_addressed(tx, follower, from, true, true, true);

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

size_t
owed_sums(struct tx *tx, int64_t follower, int64_t from, int64_t to, struct owed_sum *out,
    size_t max, int64_t *all)
{
	size_t n = 0;
	struct sql q;

	*all = 0;
	sql_open(&q, tx,
	    "SELECT w.name, COUNT(*) AS n FROM (SELECT s.pos, s.author FROM follow f JOIN status s"
	    " ON s.author = f.followee WHERE f.follower = ?1 AND f.state = ?3 AND f.wants = ?4"
	    " AND s.pos > f.since_pos AND s.pos >= ?2 AND s.pos <= ?6 AND s.to_user = 0"
	    " AND NOT EXISTS (SELECT 1 FROM addressed a WHERE a.user_id = ?1 AND a.pos = s.pos"
	    " AND a.again = 0)" STANDS(
		"?1") " UNION SELECT s.pos, s.author FROM addressed a"
		      " JOIN status s ON s.pos = a.pos WHERE a.user_id = ?1 AND a.pos >= ?2 AND a.pos <= ?6"
		      " AND a.again <> 0 AND s.to_user = 0 AND s.author <> ?1" STANDS(
			  "?1") ") AS o"
				" JOIN person w ON w.id = o.author WHERE 1 = 1" MAY_SPEAK(
				    "?1", "o.author") IS_LOUD("?1", "o.author",
				    "?5") " GROUP BY w.id, w.name ORDER BY n DESC, w.name",
	    N(follower), N(from), N(FOLLOW_ACTIVE), N(WANTS_ALL), N(clock_wall()), N(to));
	while (sql_next(&q)) {
		*all += sql_number(&q, 1);
		if (n < max) {
			sql_copy(&q, 0, out[n].author, sizeof(out[n].author));
			out[n].n = sql_number(&q, 1);
		}
		n++;
	}
	return n;
}

/* Up to where all that is owed to ${user} has been delivered, or is known to be undeliverable. */
static int64_t
reached_limit(struct tx *tx, int64_t user, enum owed_class class)
{
	return sql_value(tx, 0,
	    "SELECT MIN(x.pos) FROM (SELECT CASE WHEN l.sub >= ?1 THEN l.pos ELSE l.pos - 1 END AS pos"
	    " FROM person p JOIN lane l ON l.chan = p.home AND l.shard = ?1 % ?2 WHERE p.id = ?1"
	    " UNION ALL SELECT CASE WHEN ?3 = 0 AND b.done_status > b.next_pos THEN b.done_status"
	    " WHEN ?3 = 1 AND b.done_addressed > b.next_pos THEN b.done_addressed"
	    " WHEN ?3 = 2 AND b.done_direct > b.next_pos THEN b.done_direct"
	    " ELSE b.next_pos END - 1 FROM behind b WHERE b.follower = ?1"
	    " UNION ALL SELECT j.pos - 1 FROM person p JOIN job j ON j.chan = p.home"
	    " AND j.shard = ?1 % ?2 AND j.sub < ?1 WHERE p.id = ?1"
	    " UNION ALL SELECT h.pos FROM log_head h) AS x",
	    N(user), N(SHARDS), N(class));
}

/* Of what was addressed: named (0), or tracked (1). */
static int64_t
reached_addressed(struct tx *tx, int64_t user, int64_t author, enum owed_class class, bool tracked)
{
	return sql_value(tx, 0,
	    "SELECT s.pos FROM addressed a JOIN status s ON s.pos = a.pos WHERE a.user_id = ?1"
	    " AND a.pos <= ?2 AND s.author <> ?1 AND s.to_user = ?4 AND (?3 = 0 OR s.author = ?3)"
	    " AND (?4 <> 0 OR (?5 = 1 AND a.again <> 0) OR (?5 = 0 AND a.again = 0))" STANDS("?1")
		MAY_SPEAK("?1", "s.author")
		    IS_LOUD("?1", "s.author", "?6") " ORDER BY a.pos DESC LIMIT 1",
	    N(user), N(reached_limit(tx, user, class)), N(author),
	    N(class == OWED_DIRECT ? user : 0), N(tracked), N(clock_wall()));
}

/* Is ${chan} one of two that bring ${user} different things? */
static bool
goes_elsewhere(struct tx *tx, int64_t user, int chan)
{
	return sql_value(tx, 0,
		   "SELECT 1 FROM person p WHERE p.id = ?1 AND p.near <> 0 AND p.near <> p.home"
		   " AND (p.near = ?2 OR p.home = ?2)",
		   N(user), N(chan)) != 0;
}

static bool
is_home(struct tx *tx, int64_t user, int chan)
{
	return sql_value(tx, 0, "SELECT home FROM person WHERE id = ?1", N(user)) == chan;
}

int64_t
reached_last(struct tx *tx, int64_t user, int64_t author, int chan)
{
	bool split = goes_elsewhere(tx, user, chan), home = !split || is_home(tx, user, chan);
	int64_t pos[] = { 0, reached_addressed(tx, user, author, OWED_STATUS, true),
		reached_addressed(tx, user, author, OWED_ADDRESSED, false),
		reached_addressed(tx, user, author, OWED_DIRECT, false) };
	int64_t last = 0;

	pos[0] = sql_value(tx, 0,
	    "SELECT MAX(o.pos) FROM (SELECT (SELECT s.pos FROM status s WHERE s.author = f.followee"
	    " AND s.pos > f.since_pos AND s.pos <= ?2 AND s.to_user = 0 AND (?7 = 0 OR NOT EXISTS"
	    " (SELECT 1 FROM addressed a WHERE a.user_id = ?1 AND a.pos = s.pos AND a.again = 0))" STANDS(
		"?1") " ORDER BY s.pos DESC LIMIT 1) AS pos FROM follow f WHERE f.follower = ?1"
		      " AND f.state = ?3 AND f.wants = ?4 AND (?5 = 0 OR f.followee = ?5)" MAY_SPEAK(
			  "?1", "f.followee") IS_LOUD("?1", "f.followee", "?6") ") AS o",
	    N(user), N(reached_limit(tx, user, OWED_STATUS)), N(FOLLOW_ACTIVE), N(WANTS_ALL),
	    N(author), N(clock_wall()), N(split));
	if (split && home)
		pos[2] = 0;
	else if (split)
		pos[0] = pos[1] = 0;
	for (size_t i = 0; i < sizeof(pos) / sizeof(pos[0]); i++)
		if (pos[i] > last)
			last = pos[i];
	return last;
}
