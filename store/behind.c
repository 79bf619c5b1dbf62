#include "store/row.h"

#define BEHIND_KEPT                                                                                \
	"follower, chan, next_pos, reason, attempts, next_at, first_at, code, version, moved"
#define BEHIND_REST "done_status, done_addressed, done_direct, tried, fell, fell_at"

/*
 * "moved" is the version at which a row last went back or changed channel.  Whoever writes with an
 * older version does not know of that: it may move the row further back, never forward.
 */

void
behind_read(struct sql *q, int at, struct behind *b)
{
	*b = (struct behind){ 0 };
	b->follower = sql_number(q, at);
	b->chan = sql_int(q, at + 1);
	b->next = sql_number(q, at + 2);
	b->reason = (enum behind_reason)sql_int(q, at + 3);
	b->attempts = sql_int(q, at + 4);
	b->next_at = sql_number(q, at + 5);
	b->first_at = sql_number(q, at + 6);
	sql_copy(q, at + 7, b->code, sizeof(b->code));
	b->version = sql_number(q, at + 8);
	for (int i = 0; i < OWED_CLASSES; i++)
		b->done[i] = sql_number(q, at + 9 + i);
	b->tried = sql_number(q, at + 12);
	b->fell = sql_int(q, at + 13);
	b->fell_at = sql_number(q, at + 14);
}

bool
behind_owes(const struct behind *b, enum owed_class class, int64_t pos)
{
	return b->next != 0 && pos >= b->next && pos >= b->done[class];
}

bool
behind_get(struct tx *tx, int64_t follower, struct behind *b)
{
	struct sql q;

	sql_open(
	    &q, tx, "SELECT " BEHIND_COLUMNS " FROM behind b WHERE b.follower = ?1", N(follower));
	if (!sql_next(&q))
		return false;
	behind_read(&q, 0, b);
	sql_close(&q);
	return true;
}

size_t
behind_due(struct tx *tx, int chan, unsigned shards, int64_t now, const struct behind *after,
    struct behind *out, size_t limit, int64_t *soonest)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " BEHIND_COLUMNS " FROM behind b WHERE b.chan = ?1 AND b.next_at <= ?2"
	    " AND b.follower % ?4 IN (?5, ?6, ?7, ?8) AND (b.next_at, b.follower) > (?9, ?10)"
	    " ORDER BY b.next_at, b.follower LIMIT ?3",
	    N(chan), N(now), N((int64_t)limit), SHARD_ARGS(shards),
	    N(after != NULL ? after->next_at : INT64_MIN), N(after != NULL ? after->follower : 0));
	while (sql_next(&q))
		behind_read(&q, 0, &out[n++]);
	*soonest = sql_value(tx, 0,
	    "SELECT next_at FROM behind WHERE chan = ?1 AND next_at > ?2"
	    " AND follower % ?4 IN (?5, ?6, ?7, ?8) ORDER BY next_at LIMIT ?3",
	    N(chan), N(now), N(1), SHARD_ARGS(shards));
	return n;
}

bool
behind_awaits(const struct behind *b)
{
	return b->reason == BEHIND_OFFLINE || (b->reason == BEHIND_REFUSED && b->attempts == 0);
}

int
behind_wake(struct tx *tx, int chan, int64_t now, int limit)
{
	sql_run(tx,
	    "UPDATE behind SET next_at = ?2 WHERE follower IN (SELECT b.follower FROM behind b"
	    " WHERE b.chan = ?1 AND b.next_at > ?2 AND (b.reason = ?3 OR (b.reason = ?5"
	    " AND b.attempts = 0)) ORDER BY b.next_at LIMIT ?4)",
	    N(chan), N(now), N(BEHIND_OFFLINE), N(limit), N(BEHIND_REFUSED));
	return sql_result(tx) == STORE_OK ? (int)sql_changed(tx) : sql_result(tx);
}

int
behind_loosen(struct tx *tx, int64_t follower, int64_t now)
{
	if (sql_value(tx, 0, "SELECT 1 FROM behind WHERE follower = ?1 AND reason IN (?2, ?3)",
		N(follower), N(BEHIND_HELD), N(BEHIND_QUIET)) == 0)
		return sql_result(tx);
	/* Whoever is about to write that it is held decided so before this. */
	return sql_run(tx, "UPDATE behind SET next_at = ?2, version = ?3 WHERE follower = ?1",
	    N(follower), N(now), N(sql_count(tx, "behind")));
}

int64_t
behind_count(struct tx *tx, int chan, int64_t *oldest)
{
	*oldest = sql_value(tx, 0, "SELECT MIN(first_at) FROM behind WHERE chan = ?1", N(chan));
	return sql_value(tx, 0, "SELECT COUNT(*) FROM behind WHERE chan = ?1", N(chan));
}

int
behind_owe(struct tx *tx, int64_t follower, int64_t next, enum behind_reason reason, bool moved,
    int64_t now)
{
	int64_t version = sql_count(tx, "behind");

	touch(tx, follower);
	/* What goes back owes all again; what is held waits on, unless the news may end that. */
	return sql_run(tx,
	    "INSERT INTO behind (" BEHIND_KEPT
	    ") SELECT p.id, p.home, ?2, ?3, 0, ?4, ?4, '', ?5, ?5"
	    " FROM person p WHERE p.id = ?1 AND p.home <> 0 ON CONFLICT (follower) DO UPDATE SET"
	    " done_status = CASE WHEN ?2 < behind.next_pos THEN 0 ELSE behind.done_status END,"
	    " done_addressed = CASE WHEN ?2 < behind.next_pos THEN 0 ELSE behind.done_addressed END,"
	    " done_direct = CASE WHEN ?2 < behind.next_pos THEN 0 ELSE behind.done_direct END,"
	    " next_pos = CASE WHEN ?2 < behind.next_pos THEN ?2 ELSE behind.next_pos END,"
	    " moved = CASE WHEN ?6 = 1 OR ?2 < behind.next_pos THEN ?5 ELSE behind.moved END,"
	    " chan = CASE WHEN ?6 = 1 THEN excluded.chan ELSE behind.chan END,"
	    " reason = CASE WHEN ?6 = 1 AND behind.reason NOT IN (?7, ?8) THEN ?3"
	    " ELSE behind.reason END,"
	    " attempts = CASE WHEN ?6 = 1 THEN 0 ELSE behind.attempts END,"
	    " next_at = CASE WHEN ?6 = 1 OR behind.reason = ?7 THEN ?4 ELSE behind.next_at END,"
	    " version = ?5",
	    N(follower), N(next), N(reason), N(now), N(version), N(moved), N(BEHIND_HELD),
	    N(BEHIND_QUIET));
}

/* Nobody else has moved the row since it was read; then it is ours to write, else it goes back only. */
#define KNOWN "behind.moved <= ?8"
#define MINE(value, column) "CASE WHEN " KNOWN " THEN " value " ELSE behind." column " END"
#define MINE_TOO(column, value) " " column " = " MINE(value, column) ","
#define MINE_BACK(column, value)                                                                   \
	" " column " = CASE WHEN " KNOWN " THEN " value                                            \
	" WHEN behind.next_pos > ?2 THEN 0 ELSE behind." column " END,"

static void
put(struct tx *tx, const struct behind *b)
{
	/* What was owed since it was read may have another way than what is held. */
	sql_run(tx,
	    "INSERT INTO behind (" BEHIND_KEPT ", " BEHIND_REST ") SELECT p.id,"
	    " CASE WHEN ?9 <> 0 THEN ?9 ELSE p.home END, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0,"
	    " ?10, ?11, ?12, ?13, ?14, ?15 FROM person p WHERE p.id = ?1 AND p.home <> 0"
	    " ON CONFLICT (follower) DO UPDATE SET"
	    " next_pos = CASE WHEN " KNOWN
	    " OR behind.next_pos > ?2 THEN ?2 ELSE behind.next_pos END,"
	    " chan = CASE WHEN " KNOWN " AND ?9 <> 0 THEN ?9 ELSE behind.chan END,"
	    " reason = " MINE("?3", "reason") "," MINE_TOO("attempts",
		"?4") " next_at = CASE WHEN NOT " KNOWN " THEN behind.next_at"
		      " WHEN ?3 IN (?16, ?17) AND behind.version > ?8 THEN 0 ELSE ?5 END," MINE_TOO(
			  "first_at", "?6") MINE_TOO("code", "?7") MINE_BACK("done_status", "?10")
			  MINE_BACK("done_addressed", "?11") MINE_BACK("done_direct", "?12")
			      MINE_TOO("tried", "?13")
				  MINE_TOO("fell", "?14") " fell_at = " MINE("?15", "fell_at"),
	    N(b->follower), N(b->next), N(b->reason), N(b->attempts), N(b->next_at), N(b->first_at),
	    T(b->code), N(b->version), N(b->chan), N(b->done[OWED_STATUS]),
	    N(b->done[OWED_ADDRESSED]), N(b->done[OWED_DIRECT]), N(b->tried), N(b->fell),
	    N(b->fell_at), N(BEHIND_HELD), N(BEHIND_QUIET));
}

/* Those of ${notes}[0..n), SOME at most, that have a row, as bits. */
static uint64_t
find_rows(struct tx *tx, const struct behind_note *notes, size_t n)
{
	int64_t ids[SOME], follower;
	uint64_t found = 0;
	struct sql q;
	size_t i = 0;

	for (size_t k = 0; k < n; k++)
		ids[k] = notes[k].behind.follower;
	some_open(&q, tx,
	    "SELECT b.follower FROM behind b WHERE ?1 = 0 AND ?2 = 0 AND ?3 = 0 AND b.follower IN (" SQL_SOME
	    ")",
	    0, 0, 0, ids, n);
	while (sql_next(&q)) {
		follower = sql_number(&q, 0);
		for (size_t k = 0; k < n && ids[i] != follower; k++)
			i = (i + 1) % n;
		found |= 1ULL << i;
	}
	return found;
}

static void
keep(struct tx *tx, struct behind_note *note)
{
	const struct behind *b = &note->behind;

	note->kept = true;
	sql_run(tx,
	    "UPDATE behind SET attempts = 0, next_pos = CASE WHEN moved <= ?3 OR next_pos > ?2"
	    " THEN ?2 ELSE next_pos END WHERE follower = ?1",
	    N(b->follower), N(b->next), N(b->version));
}

/*
 * A user without a home is owed nothing: a row of the past must not come back.  A roster knows who has a row, not
 * what is in it.
 */
static void
save_some(struct tx *tx, struct behind_note *notes, size_t n)
{
	uint64_t found = find_rows(tx, notes, n);
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const struct behind *b = &notes[i].behind;

		if (notes[i].leaving || !(found >> i & 1))
			touch(tx, b->follower);
		if (notes[i].leaving)
			sql_run(tx, "DELETE FROM behind WHERE follower = ?1 AND version = ?2",
			    N(b->follower), N(b->version));
		else
			put(tx, b);
		any |= notes[i].leaving;
		notes[i].kept = false;
	}
	if (!any)
		return;
	found = find_rows(tx, notes, n);
	for (size_t i = 0; i < n; i++)
		if (notes[i].leaving && (found >> i & 1))
			keep(tx, &notes[i]);
}

int
behind_save(struct tx *tx, struct behind_note *notes, size_t n)
{
	for (size_t i = 0; i < n; i += SOME)
		save_some(tx, notes + i, n - i < SOME ? n - i : SOME);
	return sql_result(tx);
}

int
behind_put(struct tx *tx, const struct behind *b)
{
	struct behind_note note = { .behind = *b };

	return behind_save(tx, &note, 1);
}

int
behind_end(struct tx *tx, const struct behind *b)
{
	struct behind_note note = { .behind = *b, .leaving = true };
	int r = behind_save(tx, &note, 1);

	return r == STORE_OK ? note.kept : r;
}
