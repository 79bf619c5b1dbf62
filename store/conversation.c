/* What a status answers, and what answers it. */
#include "store/row.h"

void
status_before(struct tx *tx, int64_t pos, int limit, status_each *each, void *cookie)
{
	struct status s;
	struct sql q;

	sql_open(&q, tx,
	    "WITH RECURSIVE up (pos, reply_to, step) AS (SELECT o.pos, o.reply_to, CAST(0 AS BIGINT)"
	    " FROM status o WHERE o.pos = ?1 UNION ALL SELECT a.pos, a.reply_to, up.step + 1"
	    " FROM up JOIN status a ON a.pos = up.reply_to WHERE up.reply_to <> 0 AND up.step < ?2)"
	    " SELECT " STATUS_COLUMNS " FROM up JOIN status s ON s.pos = up.pos"
	    " LEFT JOIN person p ON p.id = s.author WHERE up.step > 0 AND s.to_user = 0"
	    " AND s.deleted = 0 ORDER BY s.pos",
	    N(pos), N(limit));
	while (sql_next(&q)) {
		status_read(&q, &s);
		if (!each(cookie, &s))
			sql_close(&q);
	}
}

/* Positions of one conversation that hang together, in order. */
struct branch {
	int64_t pos[CONVERSATION_MAX + 1];
	size_t n;
};

static bool
is_on(const struct branch *b, int64_t pos)
{
	size_t low = 0, high = b->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (b->pos[mid] < pos)
			low = mid + 1;
		else
			high = mid;
	}
	return low < b->n && b->pos[low] == pos;
}

void
status_answers(
    struct tx *tx, const struct status *to, int64_t after, status_each *each, void *cookie)
{
	struct branch b = { .pos = { to->pos }, .n = 1 };
	struct status s;
	struct sql q;

	change_saw(tx, CHANGE_THREAD, to->thread);
	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM " STATUS_TABLES
	    " WHERE s.thread = ?1 AND s.reply_to <> 0 AND s.pos > ?2 ORDER BY s.pos LIMIT ?3",
	    N(to->thread), N(to->pos), N(CONVERSATION_MAX));
	while (sql_next(&q)) {
		status_read(&q, &s);
		if (!is_on(&b, s.reply_to))
			continue;
		/* what was taken back has answers, too */
		b.pos[b.n++] = s.pos;
		if (s.pos > after && s.to == 0 && s.deleted == 0 && !each(cookie, &s))
			sql_close(&q);
	}
}
