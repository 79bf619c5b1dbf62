#include "store/row.h"

size_t
lane_load(struct tx *tx, int chan, struct lane *out)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx, "SELECT shard, pos, sub FROM lane WHERE chan = ?1 ORDER BY shard LIMIT ?2",
	    N(chan), N(SHARDS));
	for (; sql_next(&q); n++)
		out[n] = (struct lane){ .chan = chan,
			.shard = sql_int(&q, 0),
			.pos = sql_number(&q, 1),
			.sub = sql_number(&q, 2) };
	return n;
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
