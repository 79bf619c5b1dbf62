#include "base/clock.h"
#include "store/row.h"

/*
 * Nothing is written for a delivery that goes well.  Whom it was for is known from those who follow
 * and those it was addressed to; how far it has come, from the cursors; the rest, from what rows say.
 */
#define FOLLOWS                                                                                    \
	" AND f.state = ?3 AND f.wants = ?4 AND f.since_pos < ?1 AND ?5 = 0 AND (f.chan <> 0"      \
	" OR EXISTS (SELECT 1 FROM behind z WHERE z.follower = f.follower AND z.next_pos <= ?1))"  \
	" AND NOT EXISTS (SELECT 1 FROM mute m WHERE m.user_id = f.follower AND m.muted = ?2"      \
	" AND m.until > ?8)"

static const char trace_sql[] =
    "SELECT p.name, p.home, p.id, d.id, d.chan, d.code, b.chan, b.next_pos, b.attempts, b.code,"
    " r.chan, r.state, CASE WHEN j.sub IS NULL THEN ?7 ELSE j.sub END, l.pos, l.sub, w.direct"
    " FROM (SELECT f.follower AS id, 0 AS direct FROM follow f WHERE f.followee = ?2" FOLLOWS
    " AND NOT EXISTS (SELECT 1 FROM block k WHERE k.user_id = f.follower AND k.blocked = ?2)"
    " AND NOT EXISTS (SELECT 1 FROM block k WHERE k.user_id = ?2 AND k.blocked = f.follower)"
    " UNION SELECT e.id, 1 FROM (SELECT a.user_id AS id FROM addressed a WHERE a.pos = ?1"
    " UNION SELECT x.follower FROM dead x WHERE x.pos = ?1"
    " UNION SELECT x.follower FROM paid x WHERE x.pos = ?1) AS e WHERE NOT EXISTS"
    " (SELECT 1 FROM follow f WHERE f.followee = ?2 AND f.follower = e.id" FOLLOWS ")) AS w"
    " JOIN person p ON p.id = w.id"
    " LEFT JOIN dead d ON d.pos = ?1 AND d.follower = p.id"
    " LEFT JOIN behind b ON b.follower = p.id AND b.next_pos <= ?1 AND ?1 >="
    " CASE WHEN ?5 <> 0 THEN b.done_direct WHEN EXISTS (SELECT 1 FROM addressed c"
    " WHERE c.user_id = p.id AND c.pos = ?1 AND c.again = 0) THEN b.done_addressed"
    " ELSE b.done_status END"
    " LEFT JOIN paid r ON r.pos = ?1 AND r.shard = p.id % ?6 AND r.follower = p.id"
    " LEFT JOIN job j ON j.chan = p.home AND j.pos = ?1 AND j.shard = p.id % ?6"
    " LEFT JOIN lane l ON l.chan = p.home AND l.shard = p.id % ?6"
    " ORDER BY p.id";

enum column {
	COL_NAME,
	COL_HOME,
	COL_ID,
	COL_DEAD,
	COL_DEAD_CHAN,
	COL_DEAD_CODE,
	COL_BEHIND_CHAN,
	COL_BEHIND_NEXT,
	COL_BEHIND_ATTEMPTS,
	COL_BEHIND_CODE,
	COL_RECEIPT_CHAN,
	COL_RECEIPT_STATE,
	COL_JOB_SUB,
	COL_LANE_POS,
	COL_LANE_SUB,
	COL_DIRECT,
};

/* Is the cursor of its job, or of its lane, still before it? */
static bool
is_waiting(struct sql *q, int64_t pos, bool big)
{
	int64_t id = sql_number(q, COL_ID), at = sql_number(q, COL_LANE_POS);

	if (sql_number(q, COL_DIRECT) != 0)
		return false;
	if (big)
		return sql_number(q, COL_JOB_SUB) < id;
	return at < pos || (at == pos && sql_number(q, COL_LANE_SUB) < id);
}

static void
trace_read(struct sql *q, int64_t pos, bool big, struct trace *t)
{
	*t = (struct trace){ .user = sql_number(q, COL_ID) };
	sql_copy(q, COL_NAME, t->follower, sizeof(t->follower));
	t->receipt = (enum receipt_state)sql_int(q, COL_RECEIPT_STATE);
	t->chan = t->receipt != 0 ? sql_int(q, COL_RECEIPT_CHAN) : sql_int(q, COL_HOME);
	if (sql_number(q, COL_DEAD) != 0) {
		t->what = TRACE_DEAD;
		t->chan = sql_int(q, COL_DEAD_CHAN);
		/* By no channel: it was not tried.  Else once at least. */
		t->attempts = t->chan != 0;
		sql_copy(q, COL_DEAD_CODE, t->code, sizeof(t->code));
	} else if (sql_number(q, COL_BEHIND_NEXT) != 0) {
		t->what = TRACE_BEHIND;
		t->chan = sql_int(q, COL_BEHIND_CHAN);
		t->attempts = sql_int(q, COL_BEHIND_ATTEMPTS);
		sql_copy(q, COL_BEHIND_CODE, t->code, sizeof(t->code));
	} else {
		t->what = is_waiting(q, pos, big) ? TRACE_WAITING : TRACE_SETTLED;
		t->attempts = t->what == TRACE_SETTLED && t->chan != 0;
	}
}

int
trace_each(
    struct tx *tx, int64_t pos, bool (*each)(void *cookie, const struct trace *t), void *cookie)
{
	int64_t author = sql_value(tx, 0, "SELECT author FROM status WHERE pos = ?1", N(pos));
	int64_t to = sql_value(tx, 0, "SELECT to_user FROM status WHERE pos = ?1", N(pos));
	bool big = status_is_big(tx, pos);
	struct trace t;
	struct sql q;

	if (author == 0)
		return STORE_FAILED;
	sql_scan(&q, tx, trace_sql, N(pos), N(author), N(FOLLOW_ACTIVE), N(WANTS_ALL), N(to),
	    N(SHARDS), N(INT64_MAX), N(clock_wall()));
	while (sql_next(&q)) {
		trace_read(&q, pos, big, &t);
		if (!each(cookie, &t))
			sql_close(&q);
	}
	return sql_result(tx);
}
