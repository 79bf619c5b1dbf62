#include "store/report.h"

#include "store/row.h"

int
report_put(struct tx *tx, struct report *r)
{
	r->id = sql_value(tx, 0,
	    "UPDATE report SET pos = ?3, body = ?4, at = ?5"
	    " WHERE reporter = ?1 AND about = ?2 AND closed = 0 RETURNING id",
	    N(r->reporter), N(r->about), N(r->pos), T(r->text), N(r->at));
	if (r->id != 0)
		return sql_result(tx) == STORE_OK ? 1 : sql_result(tx);
	r->id = sql_count(tx, "report");
	return sql_run(tx, "INSERT INTO report VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)", N(r->id),
	    N(r->reporter), N(r->about), N(r->pos), T(r->text), N(r->at));
}

void
report_each(
    struct tx *tx, int64_t after, bool (*each)(void *cookie, const struct report *r), void *cookie)
{
	struct report r;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT id, reporter, about, pos, at, body FROM report WHERE id > ?1 AND closed = 0"
	    " ORDER BY id",
	    N(after));
	while (sql_next(&q)) {
		r = (struct report){ .id = sql_number(&q, 0),
			.reporter = sql_number(&q, 1),
			.about = sql_number(&q, 2),
			.pos = sql_number(&q, 3),
			.at = sql_number(&q, 4),
			.text = sql_text(&q, 5) };
		if (!each(cookie, &r))
			sql_close(&q);
	}
}

int64_t
report_count(struct tx *tx, int64_t *oldest)
{
	*oldest = sql_value(tx, 0, "SELECT MIN(at) FROM report WHERE closed = 0");
	return sql_value(tx, 0, "SELECT COUNT(*) FROM report WHERE closed = 0");
}

int
report_close(struct tx *tx, int64_t id, int64_t now)
{
	sql_run(tx, "UPDATE report SET closed = ?2 WHERE id = ?1 AND closed = 0", N(id), N(now));
	if (sql_changed(tx) == 0)
		return sql_result(tx) != STORE_OK ? sql_result(tx) : STORE_FAILED;
	return sql_result(tx);
}
