#include "store/row.h"

struct edge_row {
	enum follow_state state;
	enum follow_wants wants;
	int64_t since;
};

static bool
edge_row(struct tx *tx, int64_t follower, int64_t followee, struct edge_row *e)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT state, wants, since_pos FROM follow WHERE follower = ?1 AND followee = ?2",
	    N(follower), N(followee));
	if (!sql_next(&q))
		return false;
	e->state = (enum follow_state)sql_int(&q, 0);
	e->wants = (enum follow_wants)sql_int(&q, 1);
	e->since = sql_number(&q, 2);
	sql_close(&q);
	return true;
}

enum follow_state
follow_get(struct tx *tx, int64_t follower, int64_t followee, enum follow_wants *wants)
{
	struct edge_row e = { FOLLOW_NONE, WANTS_ALL, 0 };

	edge_row(tx, follower, followee, &e);
	if (wants != NULL)
		*wants = e.wants;
	return e.state;
}

/*
 * A change of home writes how far all is settled into every edge: of those that have just that, nobody
 * knows how old they are.
 */
bool
follow_find(struct tx *tx, int64_t follower, int64_t followee, struct follow *out)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT f.state, f.wants, CASE WHEN f.since_pos = p.settled THEN 0"
	    " ELSE f.since_pos + 1 END FROM follow f JOIN person p ON p.id = f.follower"
	    " WHERE f.follower = ?1 AND f.followee = ?2",
	    N(follower), N(followee));
	if (!sql_next(&q))
		return false;
	out->state = (enum follow_state)sql_int(&q, 0);
	out->wants = (enum follow_wants)sql_int(&q, 1);
	out->from = sql_number(&q, 2);
	sql_close(&q);
	return true;
}

static void
count(struct tx *tx, int64_t follower, int64_t followee, int by)
{
	if (by == 0)
		return;
	sql_run(
	    tx, "UPDATE person SET following = following + ?2 WHERE id = ?1", N(follower), N(by));
	sql_run(
	    tx, "UPDATE person SET followers = followers + ?2 WHERE id = ?1", N(followee), N(by));
}

static int
insert(struct tx *tx, const struct user *follower, int64_t followee, const struct edge_row *e)
{
	return sql_run(tx, "INSERT INTO follow VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	    N(followee), N(follower->home), N(follower->id % SHARDS), N(follower->id), N(e->state),
	    N(e->wants), N(e->since), N(sql_count(tx, "follow")));
}

int
follow_set(
    struct tx *tx, int64_t follower, int64_t followee, enum follow_state s, enum follow_wants w)
{
	struct edge_row old = { FOLLOW_NONE, WANTS_ALL, 0 }, e = { s, w, log_head(tx) };
	bool had = edge_row(tx, follower, followee, &old);
	struct user u, other;

	if (s != FOLLOW_ACTIVE || w != WANTS_ALL)
		touch(tx, follower);
	change_made(tx, CHANGE_USER, follower);
	change_made(tx, CHANGE_USER, followee);
	if (s == FOLLOW_NONE) {
		sql_run(tx, "DELETE FROM follow WHERE follower = ?1 AND followee = ?2", N(follower),
		    N(followee));
		count(tx, follower, followee, -(old.state == FOLLOW_ACTIVE));
		return sql_result(tx);
	}
	if (follower == followee || !user_by_id(tx, follower, &u) ||
	    !user_by_id(tx, followee, &other))
		return STORE_FAILED;
	/* What is wanted all along is owed all along; anything else begins now. */
	if (had && old.state == s && old.wants == WANTS_ALL && w == WANTS_ALL)
		e.since = old.since;
	if (!had)
		insert(tx, &u, followee, &e);
	else
		sql_run(tx,
		    "UPDATE follow SET state = ?3, wants = ?4, since_pos = ?5"
		    " WHERE follower = ?1 AND followee = ?2",
		    N(follower), N(followee), N(s), N(w), N(e.since));
	count(tx, follower, followee, (s == FOLLOW_ACTIVE) - (old.state == FOLLOW_ACTIVE));
	return sql_result(tx);
}

/* Below which the next page begins: the place of the last one of the page before. */
static int64_t
below(struct tx *tx, int64_t user, bool of_followee, int64_t before)
{
	if (before == 0)
		return INT64_MAX;
	return sql_value(tx, 0, "SELECT seq FROM follow WHERE follower = ?1 AND followee = ?2",
	    N(of_followee ? before : user), N(of_followee ? user : before));
}

void
follow_each(struct tx *tx, int64_t user, bool of_followee, enum follow_state s, int64_t before,
    int limit, bool (*each)(void *cookie, const struct user *u), void *cookie)
{
	int64_t seq = below(tx, user, of_followee, before);
	struct user u;
	struct sql q;

	change_saw(tx, CHANGE_USER, user);
	if (of_followee)
		sql_open(&q, tx,
		    "SELECT " PERSON_COLUMNS " FROM follow f JOIN person p ON p.id = f.follower"
		    " WHERE f.followee = ?1 AND f.state = ?2 AND f.seq < ?3"
		    " ORDER BY f.seq DESC LIMIT ?4",
		    N(user), N(s), N(seq), N(limit));
	else
		sql_open(&q, tx,
		    "SELECT " PERSON_COLUMNS " FROM follow f JOIN person p ON p.id = f.followee"
		    " WHERE f.follower = ?1 AND f.state = ?2 AND f.seq < ?3"
		    " ORDER BY f.seq DESC LIMIT ?4",
		    N(user), N(s), N(seq), N(limit));
	while (sql_next(&q)) {
		person_read(&q, 0, &u);
		if (!each(cookie, &u))
			sql_close(&q);
	}
}

int
block_set(struct tx *tx, int64_t user, int64_t blocked, bool on)
{
	touch(tx, user);
	touch(tx, blocked);
	if (!on)
		return sql_run(tx, "DELETE FROM block WHERE user_id = ?1 AND blocked = ?2", N(user),
		    N(blocked));
	return sql_run(tx,
	    "INSERT INTO block VALUES (?1, ?2)"
	    " ON CONFLICT (user_id, blocked) DO UPDATE SET blocked = ?2",
	    N(user), N(blocked));
}

bool
block_is(struct tx *tx, int64_t user, int64_t blocked)
{
	return sql_value(tx, 0, "SELECT 1 FROM block WHERE user_id = ?1 AND blocked = ?2", N(user),
		   N(blocked)) != 0;
}

void
block_each(struct tx *tx, int64_t user, const char *after, int limit,
    bool (*each)(void *cookie, const struct user *u), void *cookie)
{
	struct user u;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " PERSON_COLUMNS " FROM block b JOIN person p ON p.id = b.blocked"
	    " WHERE b.user_id = ?1 AND p.name > ?2 AND p.suspended = 0 ORDER BY p.name LIMIT ?3",
	    N(user), T(after), N(limit));
	while (sql_next(&q)) {
		person_read(&q, 0, &u);
		if (!each(cookie, &u))
			sql_close(&q);
	}
}

bool
block_between(struct tx *tx, int64_t a, int64_t b)
{
	return sql_value(tx, 0,
		   "SELECT 1 FROM block WHERE (user_id = ?1 AND blocked = ?2)"
		   " OR (user_id = ?2 AND blocked = ?1)",
		   N(a), N(b)) != 0;
}
