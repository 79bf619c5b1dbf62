#include <string.h>

#include "store/row.h"

static void
add_lanes(struct tx *tx, int chan)
{
	int64_t head = log_head(tx);

	for (int shard = 0; shard < SHARDS; shard++)
		sql_run(tx, "INSERT INTO lane (chan, shard, pos, sub) VALUES (?1, ?2, ?3, ?4)",
		    N(chan), N(shard), N(head), N(INT64_MAX));
}

static int
number_of(struct tx *tx, const char *name, const char *kind)
{
	int id = (int)sql_value(tx, 0, "SELECT id FROM channel WHERE name = ?1", T(name));

	if (id != 0) {
		sql_run(tx, "UPDATE channel SET kind = ?2 WHERE id = ?1 AND kind <> ?2", N(id),
		    T(kind));
		return id;
	}
	id = (int)sql_count(tx, "channel");
	sql_run(tx, "INSERT INTO channel (id, name, kind) VALUES (?1, ?2, ?3)", N(id), T(name),
	    T(kind));
	add_lanes(tx, id);
	return id;
}

/* Who was on channel ${from} of ${kind}, which is configured no more (or was none), goes to ${to}. */
static void
move_addresses(struct tx *tx, const char *kind, int from, int to)
{
	sql_run(tx, "UPDATE address SET chan = ?3 WHERE kind = ?1 AND chan = ?2", T(kind), N(from),
	    N(to));
	if (sql_changed(tx) > 0)
		touch(tx, TOUCHED_ANYBODY);
	sql_run(tx, "UPDATE answer SET chan = ?3 WHERE chan = ?2 AND kind = ?1", T(kind), N(from),
	    N(to));
}

/*
 * Users whose home is ${gone} go to the first address that is left.  Without any they stay: what is
 * owed to them waits for the day when the channel is in the settings again.
 */
static void
move_users(struct tx *tx, int gone)
{
	int64_t user = 0;

	for (;;) {
		user = sql_value(tx, 0,
		    "SELECT p.id FROM person p WHERE p.home = ?1 AND p.id > ?2 AND EXISTS"
		    " (SELECT 1 FROM address a WHERE a.user_id = p.id AND a.state = ?3"
		    " AND a.chan <> 0) ORDER BY p.id LIMIT 1",
		    N(gone), N(user), N(ADDRESS_VERIFIED));
		if (user == 0)
			return;
		user_rehome(tx, user,
		    (int)sql_value(tx, 0,
			"SELECT chan FROM address WHERE user_id = ?1 AND state = ?2 AND chan <> 0"
			" ORDER BY place LIMIT 1",
			N(user), N(ADDRESS_VERIFIED)));
	}
}

static bool
is_configured(int64_t id, const int *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Another node has it in its settings: what waits there is for that one. */
static bool
is_served(struct tx *tx, int64_t id)
{
	return sql_value(tx, 0, "SELECT 1 FROM serves WHERE chan = ?1 LIMIT 1", N(id)) != 0;
}

/* Is ${kinds}[i] the first channel of its kind? */
static bool
is_first(const char *const *kinds, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(kinds[j], kinds[i]) == 0)
			return false;
	return true;
}

int
channels_register(
    struct tx *tx, const char *const *names, const char *const *kinds, size_t n, int *ids)
{
	int top;

	for (size_t i = 0; i < n; i++)
		ids[i] = number_of(tx, names[i], kinds[i]);
	top = (int)sql_value(tx, 0, "SELECT value FROM counter WHERE name = 'channel'");
	for (int id = 0; id <= top; id++) {
		if (is_configured(id, ids, n) || is_served(tx, id))
			continue;
		for (size_t i = 0; i < n; i++)
			if (is_first(kinds, i))
				move_addresses(tx, kinds[i], id, ids[i]);
		sql_run(tx, "UPDATE address SET chan = 0 WHERE chan = ?1 AND chan <> 0", N(id));
		if (sql_changed(tx) > 0)
			touch(tx, TOUCHED_ANYBODY);
		if (id == 0)
			continue;
		move_users(tx, id);
		/* What waited on another rung waits at home again. */
		sql_run(tx,
		    "UPDATE behind SET chan = (SELECT p.home FROM person p"
		    " WHERE p.id = behind.follower) WHERE chan = ?1",
		    N(id));
	}
	return sql_result(tx);
}

void
chan_kind(struct tx *tx, int chan, char out[12])
{
	struct sql q;

	out[0] = '\0';
	sql_open(&q, tx, "SELECT kind FROM channel WHERE id = ?1", N(chan));
	if (sql_next(&q)) {
		sql_copy(&q, 0, out, 12);
		sql_close(&q);
	}
}

int
channel_hold(struct tx *tx, int chan, bool held)
{
	return sql_run(tx, "UPDATE channel SET held = ?2 WHERE id = ?1", N(chan), N(held));
}

size_t
channels_held(struct tx *tx, int *out, size_t max)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx, "SELECT id FROM channel WHERE held <> ?1 ORDER BY id LIMIT ?2", N(0),
	    N((int64_t)max));
	while (sql_next(&q))
		out[n++] = sql_int(&q, 0);
	return n;
}
