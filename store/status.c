#include <limits.h>

#include "base/mem.h"
#include "store/row.h"

#define HOUR 3600

void
status_read(struct sql *q, struct status *s)
{
	*s = (struct status){ 0 };
	s->pos = sql_number(q, 0);
	s->author = sql_number(q, 1);
	sql_copy(q, 2, s->author_name, sizeof(s->author_name));
	s->author_protected = sql_number(q, 3) != 0;
	s->to = sql_number(q, 4);
	s->reply_to = sql_number(q, 5);
	s->thread = sql_number(q, 6);
	s->at = sql_number(q, 7);
	s->deleted = sql_number(q, 8);
	s->chan = sql_int(q, 9);
	s->text = sql_text(q, 10);
	s->repeats = sql_number(q, 11);
	sql_copy(q, 12, s->author_picture, sizeof(s->author_picture));
	change_saw(q->tx, CHANGE_USER, s->author);
}

bool
status_read_one(struct sql *q, struct status *s)
{
	if (!sql_next(q))
		return false;
	status_read(q, s);
	s->text = mem_dup(s->text);
	sql_close(q);
	return true;
}

int64_t
log_head(struct tx *tx)
{
	return sql_value(tx, 0, "SELECT pos FROM log_head WHERE part = 0");
}

bool
status_get(struct tx *tx, int64_t pos, struct status *s)
{
	struct sql q;

	sql_open(
	    &q, tx, "SELECT " STATUS_COLUMNS " FROM " STATUS_TABLES " WHERE s.pos = ?1", N(pos));
	if (!status_read_one(&q, s))
		return false;
	change_saw(tx, CHANGE_THREAD, s->thread);
	return true;
}

void
status_some(struct tx *tx, const int64_t *pos, size_t n,
    void (*each)(void *cookie, const struct status *s, bool big), void *cookie)
{
	struct status s;
	struct sql q;

	some_open(&q, tx,
	    "SELECT " STATUS_COLUMNS ", s.big FROM " STATUS_TABLES
	    " WHERE ?1 = 0 AND ?2 = 0 AND ?3 = 0 AND s.pos IN (" SQL_SOME ")",
	    0, 0, 0, pos, n);
	while (sql_next(&q)) {
		status_read(&q, &s);
		each(cookie, &s, sql_number(&q, STATUS_COLUMNS_N) != 0);
	}
}

int64_t
status_after(struct tx *tx, int64_t pos)
{
	return sql_value(
	    tx, 0, "SELECT pos FROM status WHERE pos > ?1 ORDER BY pos LIMIT 1", N(pos));
}

int64_t
status_said_after(struct tx *tx, int64_t from, int64_t since, int64_t until, int64_t *at)
{
	int64_t pos = 0;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT pos, said_at FROM status WHERE pos >= ?1 AND said_at > ?2 AND said_at <= ?3"
	    " ORDER BY pos LIMIT 1",
	    N(from), N(since), N(until));
	if (sql_next(&q)) {
		pos = sql_number(&q, 0);
		*at = sql_number(&q, 1);
		sql_close(&q);
	}
	return pos;
}

int64_t
status_said_by(struct tx *tx, int64_t until)
{
	return sql_value(tx, 0,
	    "SELECT pos FROM status WHERE said_at <= ?1 ORDER BY pos DESC LIMIT 1", N(until));
}

bool
status_last(struct tx *tx, int64_t author, struct status *s)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM " STATUS_TABLES
	    " WHERE s.author = ?1 AND s.to_user = 0 AND s.deleted = 0 ORDER BY s.pos DESC LIMIT 1",
	    N(author));
	return status_read_one(&q, s);
}

bool
status_newest(struct tx *tx, int64_t author, struct status *s)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM " STATUS_TABLES
	    " WHERE s.author = ?1 AND s.deleted = 0 ORDER BY s.pos DESC LIMIT 1",
	    N(author));
	return status_read_one(&q, s);
}

/* Whoever holds it, or a repeat of it, in memory is to let go of it. */
static void
touch_said(struct tx *tx, int64_t pos)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT pos, author, thread FROM status WHERE pos = ?1 OR (repeats = ?1 AND repeats <> 0"
	    " AND deleted = 0)",
	    N(pos));
	while (sql_next(&q)) {
		touch(tx, TOUCHED_STATUS(sql_number(&q, 0)));
		change_made(tx, CHANGE_USER, sql_number(&q, 1));
		change_made(tx, CHANGE_THREAD, sql_number(&q, 2));
	}
	change_made(tx, CHANGE_PUBLIC, 0);
}

int
status_delete(struct tx *tx, int64_t pos, int64_t now)
{
	touch_said(tx, pos);
	sql_run(tx, "UPDATE status SET body = '', deleted = ?2 WHERE pos = ?1 AND deleted = 0",
	    N(pos), N(now));
	if (sql_changed(tx) == 0)
		return sql_result(tx) != STORE_OK ? sql_result(tx) : STORE_FAILED;
	search_forget(tx, pos);
	sql_run(tx,
	    "UPDATE person SET statuses = statuses - 1 WHERE id IN (SELECT author FROM status"
	    " WHERE (pos = ?1 AND to_user = 0)"
	    " OR (repeats = ?1 AND repeats <> 0 AND deleted = 0))",
	    N(pos));
	return sql_run(tx,
	    "UPDATE status SET body = '', deleted = ?2"
	    " WHERE repeats = ?1 AND repeats <> 0 AND deleted = 0",
	    N(pos), N(now));
}

/* ---- to write one */

/*
 * One more of its author's, unless it is one too many: then how many that are.  *${big}: too many
 * followers for the lanes; or the one before is still on its way, and order must be kept.
 */
static int
count_it(struct tx *tx, const struct status_new *s, bool *big)
{
	int64_t most = s->most > 0 ? s->most : INT64_MAX, n = 0;
	struct sql q;

	*big = false;
	sql_open(&q, tx,
	    "UPDATE person SET said_n = CASE WHEN said_since = ?2 THEN said_n + 1 ELSE 1 END,"
	    " statuses = statuses + CASE WHEN said_since = ?2 AND said_n >= ?3 THEN 0 ELSE 1 END,"
	    " said_since = ?2 WHERE id = ?1 RETURNING said_n, followers,"
	    " CASE WHEN EXISTS (SELECT 1 FROM job j WHERE j.author = ?1) THEN 1 ELSE 0 END",
	    N(s->author), N(s->at - s->at % HOUR), N(most));
	while (sql_next(&q)) {
		n = sql_number(&q, 0);
		*big = s->big > 0 && (sql_number(&q, 1) >= s->big || sql_number(&q, 2) != 0);
	}
	return n <= most ? 0 : n < INT_MAX ? (int)n : INT_MAX;
}

/* Only where there is a follower: who comes later was not there when it was said. */
static void
add_jobs(struct tx *tx, const struct status_new *s, int64_t pos)
{
	sql_run(tx,
	    "INSERT INTO job SELECT l.chan, ?1, l.shard, ?2, 0 FROM lane l WHERE EXISTS"
	    " (SELECT 1 FROM follow f WHERE f.followee = ?2 AND f.chan = l.chan"
	    " AND f.shard = l.shard)",
	    N(pos), N(s->author));
}

/* Does the lane of its home bring ${user} what ${author} says? */
static bool
by_lane(struct tx *tx, int64_t user, int64_t author)
{
	enum follow_wants wants;

	return follow_get(tx, user, author, &wants) == FOLLOW_ACTIVE && wants == WANTS_ALL;
}

/* Has addresses, and none that may be used; one that failed may come back, and its row waits. */
static bool
is_switched_off(struct tx *tx, int64_t user)
{
	return sql_value(tx, 0,
		   "SELECT 1 FROM person p WHERE p.id = ?1 AND p.home = 0"
		   " AND EXISTS (SELECT 1 FROM address a WHERE a.user_id = p.id)"
		   " AND NOT EXISTS (SELECT 1 FROM behind b WHERE b.follower = p.id)",
		   N(user)) != 0;
}

static void
address_to(struct tx *tx, const struct status_new *s, int64_t pos, int64_t user)
{
	if (user == 0 || user == s->author)
		return;
	sql_run(tx,
	    "INSERT INTO addressed VALUES (?1, ?2, 0)"
	    " ON CONFLICT (user_id, pos) DO UPDATE SET again = 0",
	    N(user), N(pos));
	if ((s->to == 0 && by_lane(tx, user, s->author)) || block_between(tx, user, s->author))
		return;
	if (is_switched_off(tx, user))
		dead_add(tx, pos, user, 0, "switched off", s->at);
	else
		behind_owe(tx, user, pos, BEHIND_ADDRESSED, false, s->at);
}

/* The first of the conversation; 0 for an answer to nothing. */
static int64_t
thread_of(struct tx *tx, int64_t reply_to)
{
	return reply_to == 0
		   ? 0
		   : sql_value(tx, 0, "SELECT thread FROM status WHERE pos = ?1", N(reply_to));
}

/* What is said to one shows on nobody else's page. */
static void
tell_change(struct tx *tx, const struct status_new *s, int64_t thread)
{
	if (s->to != 0) {
		change_made(tx, CHANGE_DIRECT, s->to);
		return;
	}
	change_made(tx, CHANGE_USER, s->author);
	change_made(tx, CHANGE_PUBLIC, 0);
	change_made(tx, CHANGE_THREAD, thread);
}

int
status_add(struct tx *tx, const struct status_new *s, int64_t *pos)
{
	bool big = false;
	int too_many = s->to == 0 ? count_it(tx, s, &big) : 0;
	int64_t thread;

	*pos = 0;
	if (too_many > 0)
		return too_many;
	thread = thread_of(tx, s->reply_to);
	*pos = sql_value(tx, 0, "UPDATE log_head SET pos = pos + 1 WHERE part = 0 RETURNING pos");
	sql_run(tx, "INSERT INTO status VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?9, ?10)",
	    N(*pos), N(s->author), N(s->to), N(thread != 0 ? s->reply_to : 0),
	    N(thread != 0 ? thread : *pos), N(s->at), N(s->chan), N(big), T(s->text),
	    N(s->repeats));
	tell_change(tx, s, thread != 0 ? thread : *pos);
	if (big)
		add_jobs(tx, s, *pos);
	/* A direct message is for one, whoever is named in it. */
	if (s->to != 0)
		address_to(tx, s, *pos, s->to);
	for (size_t i = 0; s->to == 0 && i < s->addressed_n && i < LOG_ADDRESSED_MAX; i++)
		address_to(tx, s, *pos, s->addressed[i]);
	return sql_result(tx);
}
