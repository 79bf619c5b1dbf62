#include "store/row.h"

bool
lane_get(struct tx *tx, int chan, int shard, struct lane *out)
{
	struct sql q;

	sql_open(
	    &q, tx, "SELECT pos, sub FROM lane WHERE chan = ?1 AND shard = ?2", N(chan), N(shard));
	if (!sql_next(&q))
		return false;
	*out = (struct lane){
		.chan = chan, .shard = shard, .pos = sql_number(&q, 0), .sub = sql_number(&q, 1)
	};
	sql_close(&q);
	return true;
}

bool
job_get(struct tx *tx, int chan, int64_t pos, int shard, struct job *out)
{
	struct sql q;

	sql_open(&q, tx, "SELECT author, sub FROM job WHERE chan = ?1 AND pos = ?2 AND shard = ?3",
	    N(chan), N(pos), N(shard));
	if (!sql_next(&q))
		return false;
	*out = (struct job){ .pos = pos,
		.author = sql_number(&q, 0),
		.chan = chan,
		.shard = shard,
		.sub = sql_number(&q, 1) };
	sql_close(&q);
	return true;
}

int64_t
job_before(struct tx *tx, int chan, int64_t follower)
{
	return sql_value(tx, INT64_MAX,
	    "SELECT pos FROM job WHERE chan = ?1 AND shard = ?2 AND sub < ?3 ORDER BY pos LIMIT 1",
	    N(chan), N(follower % SHARDS), N(follower));
}

size_t
job_load(struct tx *tx, int chan, int64_t pos, int shard, struct job *out, size_t limit)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT pos, author, shard, sub FROM job WHERE chan = ?1 AND (pos, shard) > (?2, ?3)"
	    " ORDER BY pos, shard LIMIT ?4",
	    N(chan), N(pos), N(shard), N((int64_t)limit));
	for (; sql_next(&q); n++)
		out[n] = (struct job){ .pos = sql_number(&q, 0),
			.author = sql_number(&q, 1),
			.chan = chan,
			.shard = sql_int(&q, 2),
			.sub = sql_number(&q, 3) };
	return n;
}

bool
status_is_big(struct tx *tx, int64_t pos)
{
	return sql_value(tx, 0, "SELECT big FROM status WHERE pos = ?1", N(pos)) != 0;
}

bool
status_is_going(struct tx *tx, int64_t pos)
{
	return sql_value(tx, 0, "SELECT 1 FROM job WHERE pos = ?1 LIMIT 1", N(pos)) != 0;
}

/*
 * The same followers as edge_each() finds, without those a behind row speaks for.  Two bounds: of
 * positions looked at, and of copies counted.
 */
#define WAITS                                                                                      \
	" AND s.deleted = 0 AND f.chan = ?1 AND f.state = ?3 AND f.wants = ?4"                     \
	" AND f.since_pos < s.pos AND NOT EXISTS (SELECT 1 FROM person p WHERE p.id = f.follower"  \
	" AND p.suspended <> 0) AND NOT EXISTS (SELECT 1 FROM behind b"                            \
	" WHERE b.follower = f.follower AND b.next_pos <= s.pos)"                                  \
	" AND NOT EXISTS (SELECT 1 FROM block k WHERE k.user_id = f.follower"                      \
	" AND k.blocked = f.followee) AND NOT EXISTS (SELECT 1 FROM block k"                       \
	" WHERE k.user_id = f.followee AND k.blocked = f.follower) LIMIT ?5"

const char lane_waiting_sql[] =
    "SELECT s.said_at FROM lane l CROSS JOIN status s CROSS JOIN follow f"
    " WHERE l.chan = ?1 AND l.shard = ?2 AND s.pos >= l.pos AND s.pos < l.pos + 10000"
    " AND s.to_user = 0 AND s.big = 0 AND f.followee = s.author AND f.shard = l.shard"
    " AND (s.pos > l.pos OR f.follower > l.sub)" WAITS;

const char job_waiting_sql[] =
    "SELECT s.said_at FROM job j CROSS JOIN status s CROSS JOIN follow f"
    " WHERE j.chan = ?1 AND j.shard = ?2 AND s.pos = j.pos AND f.followee = j.author"
    " AND f.shard = j.shard AND f.follower > j.sub" WAITS;

int64_t
lane_waiting(struct tx *tx, int chan, int64_t limit, int64_t *oldest)
{
	static const char *const texts[] = { lane_waiting_sql, job_waiting_sql };
	int64_t n = 0, at;
	struct sql q;

	*oldest = 0;
	for (int i = 0; i < 2 * SHARDS; i++) {
		sql_open(&q, tx, texts[i / SHARDS], N(chan), N(i % SHARDS), N(FOLLOW_ACTIVE),
		    N(WANTS_ALL), N(limit / (2 * SHARDS)));
		for (; sql_next(&q); n++) {
			at = sql_number(&q, 0);
			if (*oldest == 0 || at < *oldest)
				*oldest = at;
		}
	}
	return n;
}

/* A cursor that went back would send everything again. */
int
lane_move(struct tx *tx, const struct lane *l)
{
	return sql_run(tx,
	    "UPDATE lane SET pos = ?3, sub = ?4 WHERE chan = ?1 AND shard = ?2"
	    " AND (pos, sub) < (?3, ?4)",
	    N(l->chan), N(l->shard), N(l->pos), N(l->sub));
}

int
job_move(struct tx *tx, const struct job *j)
{
	return sql_run(tx,
	    "UPDATE job SET sub = ?4 WHERE chan = ?1 AND pos = ?2 AND shard = ?3 AND sub < ?4",
	    N(j->chan), N(j->pos), N(j->shard), N(j->sub));
}

int
job_end(struct tx *tx, const struct job *j)
{
	return sql_run(tx, "DELETE FROM job WHERE chan = ?1 AND pos = ?2 AND shard = ?3",
	    N(j->chan), N(j->pos), N(j->shard));
}
