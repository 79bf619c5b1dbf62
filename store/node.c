#include "store/node.h"

#include "store/row.h"

int64_t
node_moved_away(struct tx *tx)
{
	return sql_value(tx, 0, "SELECT number FROM meta WHERE name = 'moved'");
}

int
node_add(struct tx *tx, const struct node *n)
{
	sql_run(tx,
	    "DELETE FROM serves WHERE node IN (SELECT id FROM node WHERE name = ?1 AND id <> ?2)",
	    T(n->name), N(n->id));
	return sql_run(tx,
	    "INSERT INTO node (id, name, beat, grp, started, seen) VALUES (?1, ?2, 1, 0, ?3, ?3)",
	    N(n->id), T(n->name), N(n->started));
}

int
node_serve(struct tx *tx, int64_t id, int chan)
{
	return sql_run(
	    tx, "INSERT INTO serves (node, chan, up) VALUES (?1, ?2, 0)", N(id), N(chan));
}

int
node_serve_up(struct tx *tx, int64_t id, int chan, bool up)
{
	return sql_run(
	    tx, "UPDATE serves SET up = ?3 WHERE node = ?1 AND chan = ?2", N(id), N(chan), N(up));
}

int
node_beat(struct tx *tx, int64_t id, int64_t now)
{
	sql_run(tx, "UPDATE node SET beat = beat + 1, seen = ?2 WHERE id = ?1", N(id), N(now));
	if (sql_result(tx) == STORE_OK && sql_changed(tx) == 0)
		return STORE_FENCED;
	return sql_result(tx);
}

/* A new epoch at once: nothing that it has under way may stand. */
int
node_remove(struct tx *tx, int64_t id)
{
	sql_run(tx, "UPDATE lane SET owner = 0, epoch = epoch + 1 WHERE owner = ?1", N(id));
	sql_run(tx, "UPDATE endpoint SET owner = 0, epoch = epoch + 1 WHERE owner = ?1", N(id));
	sql_run(tx, "DELETE FROM serves WHERE node = ?1", N(id));
	return sql_run(tx, "DELETE FROM node WHERE id = ?1", N(id));
}

int
node_forget(struct tx *tx, int64_t id, int64_t beat)
{
	if (sql_value(tx, 0, "SELECT 1 FROM node WHERE id = ?1 AND beat = ?2", N(id), N(beat)) == 0)
		return sql_result(tx) == STORE_OK ? STORE_FAILED : sql_result(tx);
	return node_remove(tx, id);
}

int
node_alone(struct tx *tx, int64_t id)
{
	sql_run(tx, "DELETE FROM serves WHERE node <> ?1", N(id));
	return sql_run(tx, "DELETE FROM node WHERE id <> ?1", N(id));
}

int
lease_take_all(struct tx *tx, int64_t id)
{
	sql_run(tx, "UPDATE endpoint SET owner = ?1, epoch = epoch + 1 WHERE owner <> ?1", N(id));
	return sql_run(
	    tx, "UPDATE lane SET owner = ?1, epoch = epoch + 1 WHERE owner <> ?1", N(id));
}

size_t
node_list(struct tx *tx, struct node *out, size_t max)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx, "SELECT id, name, beat, started, seen FROM node ORDER BY id LIMIT ?1",
	    N((int64_t)max));
	for (; sql_next(&q); n++) {
		out[n] = (struct node){ .id = sql_number(&q, 0),
			.beat = sql_number(&q, 2),
			.started = sql_number(&q, 3),
			.seen = sql_number(&q, 4) };
		sql_copy(&q, 1, out[n].name, sizeof(out[n].name));
	}
	return n;
}

size_t
serves_list(struct tx *tx, struct serves *out, size_t max)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx, "SELECT node, chan, up FROM serves ORDER BY node, chan LIMIT ?1",
	    N((int64_t)max));
	for (; sql_next(&q); n++)
		out[n] = (struct serves){ .node = sql_number(&q, 0),
			.chan = sql_int(&q, 1),
			.up = sql_number(&q, 2) != 0 };
	return n;
}

size_t
lease_list(struct tx *tx, struct lease *out, size_t max)
{
	size_t n = 0;
	struct sql q;

	sql_open(&q, tx,
	    "SELECT chan, shard, owner, epoch FROM lane WHERE chan IN (SELECT chan FROM serves)"
	    " UNION ALL SELECT chan, -1, owner, epoch FROM endpoint"
	    " WHERE chan IN (SELECT chan FROM serves) ORDER BY 1, 2 LIMIT ?1",
	    N((int64_t)max));
	for (; sql_next(&q); n++)
		out[n] = (struct lease){ .chan = sql_int(&q, 0),
			.shard = sql_int(&q, 1),
			.owner = sql_number(&q, 2),
			.epoch = sql_number(&q, 3) };
	return n;
}

const struct lease *
lease_find(const struct lease *l, size_t n, int chan, int shard)
{
	for (size_t i = 0; i < n; i++)
		if (l[i].chan == chan && l[i].shard == shard)
			return &l[i];
	return NULL;
}

int
endpoint_set(struct tx *tx, int chan, bool once)
{
	if (!once)
		return sql_run(tx, "DELETE FROM endpoint WHERE chan = ?1", N(chan));
	return sql_run(tx,
	    "INSERT INTO endpoint (chan, owner, epoch) VALUES (?1, 0, 0)"
	    " ON CONFLICT (chan) DO UPDATE SET epoch = endpoint.epoch",
	    N(chan));
}

/* Nothing of what was seen has changed, and ${me} is a node whose own end somebody would see. */
static bool
may_claim(struct tx *tx, const struct lease *seen, int64_t beat, int64_t me)
{
	if (seen->owner != 0 && sql_value(tx, 0, "SELECT 1 FROM node WHERE id = ?1 AND beat <> ?2",
				    N(seen->owner), N(beat)) != 0)
		return false;
	return sql_value(tx, 0, "SELECT 1 FROM node WHERE id = ?1", N(me)) != 0;
}

int
lease_claim(struct tx *tx, const struct lease *seen, int64_t beat, int64_t me)
{
	if (!may_claim(tx, seen, beat, me))
		return sql_result(tx) == STORE_OK ? STORE_FAILED : sql_result(tx);
	if (seen->shard == SHARD_ENDPOINT)
		sql_run(tx,
		    "UPDATE endpoint SET owner = ?4, epoch = epoch + 1"
		    " WHERE chan = ?1 AND owner = ?2 AND epoch = ?3",
		    N(seen->chan), N(seen->owner), N(seen->epoch), N(me));
	else
		sql_run(tx,
		    "UPDATE lane SET owner = ?5, epoch = epoch + 1"
		    " WHERE chan = ?1 AND shard = ?2 AND owner = ?3 AND epoch = ?4",
		    N(seen->chan), N(seen->shard), N(seen->owner), N(seen->epoch), N(me));
	if (sql_result(tx) == STORE_OK && sql_changed(tx) == 0)
		return STORE_FAILED;
	if (seen->shard == SHARD_ENDPOINT)
		sql_run(tx, "UPDATE lane SET owner = ?2, epoch = epoch + 1 WHERE chan = ?1",
		    N(seen->chan), N(me));
	return sql_result(tx);
}

int
lease_release(struct tx *tx, const struct lease *l)
{
	if (l->shard == SHARD_ENDPOINT) {
		sql_run(tx, "UPDATE lane SET owner = 0 WHERE chan = ?1 AND owner = ?2", N(l->chan),
		    N(l->owner));
		sql_run(tx,
		    "UPDATE endpoint SET owner = 0 WHERE chan = ?1 AND owner = ?2 AND epoch = ?3",
		    N(l->chan), N(l->owner), N(l->epoch));
	} else
		sql_run(tx,
		    "UPDATE lane SET owner = 0"
		    " WHERE chan = ?1 AND shard = ?2 AND owner = ?3 AND epoch = ?4",
		    N(l->chan), N(l->shard), N(l->owner), N(l->epoch));
	if (sql_result(tx) == STORE_OK && sql_changed(tx) == 0)
		return STORE_FENCED;
	return sql_result(tx);
}

/* One query for all of them: it costs a trip to the database. */
int
leases_held(struct tx *tx, int64_t owner, const struct lease *l, size_t n)
{
	size_t held = 0;
	struct sql q;

	sql_open(&q, tx, "SELECT chan, shard, epoch FROM lane WHERE owner = ?1", N(owner));
	while (sql_next(&q))
		for (size_t i = 0; i < n; i++)
			held += l[i].chan == sql_int(&q, 0) && l[i].shard == sql_int(&q, 1) &&
				l[i].epoch == sql_number(&q, 2);
	if (sql_result(tx) != STORE_OK)
		return sql_result(tx);
	return held == n ? STORE_OK : STORE_FENCED;
}
