#include "base/mem.h"
#include "store/row.h"

/* Nobody can make us say more than this to one peer. */
#define WAITING_MAX 100

int
answer_add(struct tx *tx, struct answer *a)
{
	if (sql_value(tx, 0, "SELECT COUNT(*) FROM answer WHERE kind = ?1 AND peer = ?2",
		T(a->kind), T(a->peer)) >= WAITING_MAX)
		return STORE_FAILED;
	a->id = sql_count(tx, "answer");
	return sql_run(tx, "INSERT INTO answer VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	    N(a->id), N(a->chan), T(a->kind), T(a->peer), T(a->lang),
	    T(a->text != NULL ? a->text : ""), T(a->foreign != NULL ? a->foreign : ""),
	    N(a->attempts), N(a->at), N(a->next_at));
}

bool
answer_was(struct tx *tx, int64_t id)
{
	return id <= sql_value(tx, 0, "SELECT value FROM counter WHERE name = ?1", T("answer"));
}

static void
answer_read(struct sql *q, struct answer *a)
{
	*a = (struct answer){ 0 };
	a->id = sql_number(q, 0);
	a->chan = sql_int(q, 1);
	sql_copy(q, 2, a->kind, sizeof(a->kind));
	sql_copy(q, 3, a->peer, sizeof(a->peer));
	sql_copy(q, 4, a->lang, sizeof(a->lang));
	a->text = mem_dup(sql_text(q, 5));
	a->foreign = mem_dup(sql_text(q, 6));
	a->attempts = sql_int(q, 7);
	a->at = sql_number(q, 8);
	a->next_at = sql_number(q, 9);
}

size_t
answer_due(struct tx *tx, int chan, unsigned shards, int64_t now, int64_t after_id,
    struct answer *out, size_t limit, int64_t *soonest)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT id, chan, kind, peer, lang, body, foreign_id, attempts, said_at, next_at"
	    " FROM answer WHERE chan = ?1 AND id > ?9 AND next_at <= ?2"
	    " AND id % ?4 IN (?5, ?6, ?7, ?8) ORDER BY id LIMIT ?3",
	    N(chan), N(now), N((int64_t)limit), SHARD_ARGS(shards), N(after_id));
	while (sql_next(&q))
		answer_read(&q, &out[n++]);
	*soonest = sql_value(tx, 0,
	    "SELECT next_at FROM answer WHERE chan = ?1 AND next_at > ?2"
	    " AND id % ?4 IN (?5, ?6, ?7, ?8) ORDER BY next_at LIMIT ?3",
	    N(chan), N(now), N(1), SHARD_ARGS(shards));
	return n;
}

bool
answer_waits(struct tx *tx, int64_t id)
{
	return sql_value(tx, 0, "SELECT 1 FROM answer WHERE id = ?1", N(id)) != 0;
}

int
answer_end(struct tx *tx, int64_t id)
{
	return sql_run(tx, "DELETE FROM answer WHERE id = ?1", N(id));
}

int64_t
answer_count(struct tx *tx, int chan, int64_t *oldest)
{
	*oldest = sql_value(
	    tx, 0, "SELECT said_at FROM answer WHERE chan = ?1 ORDER BY id LIMIT 1", N(chan));
	return sql_value(tx, 0, "SELECT COUNT(*) FROM answer WHERE chan = ?1", N(chan));
}

int
answer_defer(struct tx *tx, int64_t id, int attempts, int64_t next_at)
{
	return sql_run(tx, "UPDATE answer SET attempts = ?2, next_at = ?3 WHERE id = ?1", N(id),
	    N(attempts), N(next_at));
}
