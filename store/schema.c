#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "store/schema.h"
#include "store/sql.h"

static const char *const first[] = {
	/* people */
	"CREATE TABLE counter (name TEXT PRIMARY KEY, value BIGINT NOT NULL) KEYED",
	"INSERT INTO counter VALUES ('user', 0), ('channel', 0), ('follow', 0), ('behind', 0),"
	" ('dead', 0), ('answer', 0)",
	"CREATE TABLE channel (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL)",
	"CREATE TABLE person (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, lang TEXT NOT NULL,"
	" zone TEXT NOT NULL, is_protected BIGINT NOT NULL, suspended BIGINT NOT NULL,"
	" home BIGINT NOT NULL, followers BIGINT NOT NULL, following BIGINT NOT NULL,"
	" statuses BIGINT NOT NULL, created BIGINT NOT NULL, bio TEXT NOT NULL,"
	" password TEXT NOT NULL, settled BIGINT NOT NULL)",
	"CREATE TABLE address (kind TEXT NOT NULL, peer TEXT NOT NULL,"
	" user_id BIGINT NOT NULL REFERENCES person (id), chan BIGINT NOT NULL,"
	" state BIGINT NOT NULL, place BIGINT NOT NULL, bounces BIGINT NOT NULL,"
	" since BIGINT NOT NULL, PRIMARY KEY (kind, peer)) KEYED",
	"CREATE INDEX address_user ON address (user_id, place, chan, state)",
	"CREATE TABLE optout (kind TEXT NOT NULL, peer TEXT NOT NULL, PRIMARY KEY (kind, peer)) KEYED",
	"CREATE TABLE session (id BYTEA PRIMARY KEY,"
	" user_id BIGINT NOT NULL REFERENCES person (id), expires BIGINT NOT NULL) KEYED",
	"CREATE INDEX session_user ON session (user_id)",
	"CREATE INDEX session_expires ON session (expires)",
	"CREATE TABLE code (id BYTEA PRIMARY KEY,"
	" user_id BIGINT NOT NULL REFERENCES person (id), expires BIGINT NOT NULL) KEYED",
	"CREATE INDEX code_user ON code (user_id)",
	"CREATE INDEX code_expires ON code (expires)",
	"CREATE TABLE tally (what TEXT NOT NULL, who TEXT NOT NULL, start BIGINT NOT NULL,"
	" expires BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (what, who)) KEYED",
	"CREATE INDEX tally_expires ON tally (expires)",

	/* Who follows whom, in the order in which a lane scans; and the way back. */
	"CREATE TABLE follow (followee BIGINT NOT NULL, chan BIGINT NOT NULL, shard BIGINT NOT NULL,"
	" follower BIGINT NOT NULL, state BIGINT NOT NULL, wants BIGINT NOT NULL,"
	" since_pos BIGINT NOT NULL, seq BIGINT NOT NULL,"
	" PRIMARY KEY (followee, chan, shard, follower)) KEYED",
	"CREATE UNIQUE INDEX follow_rev ON follow (follower, followee)",
	"CREATE INDEX follow_new ON follow (followee, seq)",
	"CREATE TABLE block (user_id BIGINT NOT NULL, blocked BIGINT NOT NULL,"
	" PRIMARY KEY (user_id, blocked)) KEYED",
	"CREATE INDEX block_rev ON block (blocked)",

	/* What was said. */
	"CREATE TABLE log_head (part BIGINT PRIMARY KEY, pos BIGINT NOT NULL) KEYED",
	"INSERT INTO log_head VALUES (0, 0)",
	"CREATE TABLE status (pos BIGINT PRIMARY KEY, author BIGINT NOT NULL,"
	" to_user BIGINT NOT NULL, reply_to BIGINT NOT NULL, thread BIGINT NOT NULL,"
	" said_at BIGINT NOT NULL, deleted BIGINT NOT NULL, chan BIGINT NOT NULL,"
	" big BIGINT NOT NULL, body TEXT NOT NULL)",
	"CREATE INDEX status_author ON status (author, pos)",
	"CREATE INDEX status_sent ON status (author, pos) WHERE to_user <> 0",
	"CREATE INDEX status_got ON status (to_user, pos) WHERE to_user <> 0",
	"CREATE TABLE addressed (user_id BIGINT NOT NULL, pos BIGINT NOT NULL,"
	" again BIGINT NOT NULL, PRIMARY KEY (user_id, pos)) KEYED",
	"CREATE INDEX addressed_pos ON addressed (pos)",
	"CREATE TABLE inbound (chan BIGINT NOT NULL, peer TEXT NOT NULL, foreign_id TEXT NOT NULL,"
	" pos BIGINT NOT NULL, expires BIGINT NOT NULL,"
	" PRIMARY KEY (chan, peer, foreign_id)) KEYED",
	"CREATE INDEX inbound_expires ON inbound (expires)",

	/* How far it has gone. */
	"CREATE TABLE lane (chan BIGINT NOT NULL, shard BIGINT NOT NULL, pos BIGINT NOT NULL,"
	" sub BIGINT NOT NULL, PRIMARY KEY (chan, shard)) KEYED",
	"CREATE TABLE job (chan BIGINT NOT NULL, pos BIGINT NOT NULL, shard BIGINT NOT NULL,"
	" author BIGINT NOT NULL, sub BIGINT NOT NULL, PRIMARY KEY (chan, pos, shard)) KEYED",
	"CREATE INDEX job_author ON job (author)",
	"CREATE TABLE behind (follower BIGINT PRIMARY KEY, chan BIGINT NOT NULL,"
	" next_pos BIGINT NOT NULL, reason BIGINT NOT NULL, attempts BIGINT NOT NULL,"
	" next_at BIGINT NOT NULL, first_at BIGINT NOT NULL, code TEXT NOT NULL,"
	" version BIGINT NOT NULL, moved BIGINT NOT NULL) KEYED",
	"CREATE INDEX behind_next ON behind (chan, next_at)",
	"CREATE TABLE dead (id BIGINT PRIMARY KEY, pos BIGINT NOT NULL, follower BIGINT NOT NULL,"
	" chan BIGINT NOT NULL, code TEXT NOT NULL, died_at BIGINT NOT NULL,"
	" UNIQUE (pos, follower))",
	"CREATE INDEX dead_follower ON dead (follower)",
	"CREATE TABLE receipt (delivery TEXT PRIMARY KEY, foreign_id TEXT NOT NULL,"
	" pos BIGINT NOT NULL, follower BIGINT NOT NULL, chan BIGINT NOT NULL,"
	" state BIGINT NOT NULL, expires BIGINT NOT NULL) KEYED",
	"CREATE INDEX receipt_pos ON receipt (pos, follower)",
	"CREATE INDEX receipt_expires ON receipt (expires)",
	"CREATE TABLE answer (id BIGINT PRIMARY KEY, chan BIGINT NOT NULL, kind TEXT NOT NULL,"
	" peer TEXT NOT NULL, lang TEXT NOT NULL, body TEXT NOT NULL, foreign_id TEXT NOT NULL,"
	" attempts BIGINT NOT NULL, said_at BIGINT NOT NULL, next_at BIGINT NOT NULL)",
	"CREATE INDEX answer_chan ON answer (chan, id)",
	"CREATE INDEX answer_next ON answer (chan, next_at)",
	"CREATE INDEX answer_peer ON answer (kind, peer)",
	NULL,
};

/* Several processes on one store: who is alive, who owns what; and caches that hear of changes. */
static const char *const second[] = {
	/* "beat" grows while it lives, "grp" is the last group of jobs that it committed. */
	"CREATE TABLE node (id BIGINT PRIMARY KEY, name TEXT NOT NULL, beat BIGINT NOT NULL,"
	" grp BIGINT NOT NULL, started BIGINT NOT NULL, seen BIGINT NOT NULL) KEYED",
	/* Which channels are in its settings, and whether they are up there. */
	"CREATE TABLE serves (node BIGINT NOT NULL, chan BIGINT NOT NULL, up BIGINT NOT NULL,"
	" PRIMARY KEY (node, chan)) KEYED",
	/* Who walks a lane, its jobs, its followers' behind rows and its answers; 0: nobody. */
	"ALTER TABLE lane ADD COLUMN owner BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE lane ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0",
	/* Who holds the one connection of a channel that can have only one. */
	"CREATE TABLE endpoint (chan BIGINT PRIMARY KEY, owner BIGINT NOT NULL,"
	" epoch BIGINT NOT NULL) KEYED",
	/* Users of whom something changed that an edge shows, in the order of the commits. */
	"CREATE TABLE touched (seq BIGINT PRIMARY KEY, user_id BIGINT NOT NULL,"
	" expires BIGINT NOT NULL) KEYED",
	"INSERT INTO counter VALUES ('touched', 0)",
	/* How many statuses since when: what is written for each status should be one row here. */
	"ALTER TABLE person ADD COLUMN said_since BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE person ADD COLUMN said_n BIGINT NOT NULL DEFAULT 0",
	NULL,
};

/* What the operator holds; and what is read or written for many at once. */
static const char *const third[] = {
	/* on all nodes */
	"ALTER TABLE channel ADD COLUMN held BIGINT NOT NULL DEFAULT 0",
	/* Few addresses have bounced: who reads many at once need not look at each for that. */
	"CREATE INDEX address_bounced ON address (user_id) WHERE bounces > 0",
	/* What is known of single texts that cost money: in one tree, in the order in which they are sent. */
	"CREATE TABLE paid (pos BIGINT NOT NULL, shard BIGINT NOT NULL, follower BIGINT NOT NULL,"
	" chan BIGINT NOT NULL, state BIGINT NOT NULL, expires BIGINT NOT NULL,"
	" foreign_id TEXT NOT NULL, PRIMARY KEY (pos, shard, follower)) KEYED",
	"INSERT INTO paid SELECT pos, follower % 4, follower, MAX(chan), MAX(state), MAX(expires),"
	" MAX(foreign_id) FROM receipt GROUP BY pos, follower",
	"DROP TABLE receipt",
	NULL,
};

/* What people wish, keep and are asked. */
static const char *const fourth[] = {
	/* Quiet hours in minutes after midnight where they live; equal: none.  quiet_until: by hand. */
	"ALTER TABLE person ADD COLUMN quiet_from BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE person ADD COLUMN quiet_to BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE person ADD COLUMN quiet_until BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE person ADD COLUMN wishes BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE person ADD COLUMN silenced BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE person ADD COLUMN budget BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE person ADD COLUMN pin TEXT NOT NULL DEFAULT ''",
	/* The channel for what is addressed to them, where it is another than home. */
	"ALTER TABLE person ADD COLUMN near BIGINT NOT NULL DEFAULT 0",
	/* When a rung takes something: enum rung_when; at most so many a day (0: any number). */
	"ALTER TABLE address ADD COLUMN takes BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE address ADD COLUMN daily BIGINT NOT NULL DEFAULT 0",
	"CREATE INDEX address_wishes ON address (user_id) WHERE takes <> 0 OR daily <> 0",
	/* When something came from it last, to the day. */
	"ALTER TABLE address ADD COLUMN heard BIGINT NOT NULL DEFAULT 0",
	/* Nobody was silent before somebody listened. */
	"UPDATE address SET heard ="
	" COALESCE((SELECT said_at FROM status ORDER BY pos DESC LIMIT 1), 0)",
	"UPDATE address SET heard = since WHERE heard < since",
	/* When a number that was silent for long was asked whose it is, and has not answered. */
	"ALTER TABLE address ADD COLUMN asked BIGINT NOT NULL DEFAULT 0",
	"CREATE INDEX address_silent ON address (heard)"
	" WHERE kind = 'sms' AND asked = 0 AND state <> 4",
	"CREATE INDEX address_asked ON address (asked) WHERE asked <> 0",
	/*
	 * What of each sort before this was done, though other things since next_pos are still owed: they
	 * take different ways.  "tried" is when the first of "attempts" was; from "fell" it fell at "fell_at".
	 */
	"ALTER TABLE behind ADD COLUMN done_status BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE behind ADD COLUMN done_addressed BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE behind ADD COLUMN done_direct BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE behind ADD COLUMN tried BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE behind ADD COLUMN fell BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE behind ADD COLUMN fell_at BIGINT NOT NULL DEFAULT 0",
	/* The status that it repeats. */
	"ALTER TABLE status ADD COLUMN repeats BIGINT NOT NULL DEFAULT 0",
	"CREATE INDEX status_repeats ON status (repeats, author) WHERE repeats <> 0",
	"CREATE TABLE favourite (user_id BIGINT NOT NULL, pos BIGINT NOT NULL, at BIGINT NOT NULL,"
	" PRIMARY KEY (user_id, pos)) KEYED",
	"CREATE INDEX favourite_pos ON favourite (pos)",
	/* Statuses with what goes to whom, by its first word, and the way back. */
	"CREATE TABLE track (word TEXT NOT NULL, user_id BIGINT NOT NULL, what TEXT NOT NULL,"
	" PRIMARY KEY (word, user_id, what)) KEYED",
	"CREATE INDEX track_user ON track (user_id)",
	"CREATE TABLE mute (user_id BIGINT NOT NULL, muted BIGINT NOT NULL, until BIGINT NOT NULL,"
	" PRIMARY KEY (user_id, muted)) KEYED",
	"CREATE INDEX mute_until ON mute (until)",
	"CREATE INDEX mute_muted ON mute (muted)",
	/* One text for each sender: the rest of an answer ("more"), or what was held back ("post"). */
	"CREATE TABLE pending (what TEXT NOT NULL, kind TEXT NOT NULL, peer TEXT NOT NULL,"
	" body TEXT NOT NULL, reply_to TEXT NOT NULL, expires BIGINT NOT NULL,"
	" PRIMARY KEY (what, kind, peer)) KEYED",
	"CREATE INDEX pending_expires ON pending (expires)",
	"CREATE TABLE report (id BIGINT PRIMARY KEY, reporter BIGINT NOT NULL, about BIGINT NOT NULL,"
	" pos BIGINT NOT NULL, body TEXT NOT NULL, at BIGINT NOT NULL, closed BIGINT NOT NULL)",
	"CREATE INDEX report_closed ON report (closed, id)",
	"CREATE INDEX report_reporter ON report (reporter, about)",
	"CREATE INDEX report_about ON report (about)",
	"INSERT INTO counter VALUES ('report', 0)",
	"CREATE TABLE invite (kind TEXT NOT NULL, peer TEXT NOT NULL, user_id BIGINT NOT NULL,"
	" expires BIGINT NOT NULL, PRIMARY KEY (kind, peer)) KEYED",
	"CREATE INDEX invite_expires ON invite (expires)",
	/* Texts that cost money, and what they cost, by day. */
	"CREATE TABLE spend (user_id BIGINT NOT NULL, chan BIGINT NOT NULL, day BIGINT NOT NULL,"
	" n BIGINT NOT NULL, cost BIGINT NOT NULL, PRIMARY KEY (user_id, chan, day)) KEYED",
	"CREATE INDEX spend_day ON spend (day)",
	NULL,
};

/* The pages, and what programs read of them. */
static const char *const fifth[] = {
	/* A session's beginning, and its last use to the hour, so that a look at a page writes nothing. */
	"ALTER TABLE session ADD COLUMN made BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE session ADD COLUMN seen BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT ''",
	/* When one of before was begun is not known: they are begun anew. */
	"DELETE FROM session",
	/* A person's picture; its hash is the person's, too, for whoever only names it. */
	"CREATE TABLE picture (user_id BIGINT PRIMARY KEY REFERENCES person (id), type TEXT NOT NULL,"
	" hash TEXT NOT NULL, bytes BYTEA NOT NULL)",
	"ALTER TABLE person ADD COLUMN picture TEXT NOT NULL DEFAULT ''",
	/* Who shows the key reads what its owner reads; "sealed" is opened by one session at most. */
	"CREATE TABLE feed_key (user_id BIGINT PRIMARY KEY REFERENCES person (id),"
	" id BYTEA NOT NULL UNIQUE, made BIGINT NOT NULL, sealed TEXT NOT NULL) KEYED",
	/* What was taken back lately. */
	"CREATE INDEX status_gone ON status (deleted) WHERE deleted <> 0",
	"CREATE INDEX status_gone_by ON status (author, deleted) WHERE deleted <> 0",
	/* What each commit changes of what pages show, for the other nodes: keys of four bytes; none: anything. */
	"ALTER TABLE log_head ADD COLUMN changed BIGINT NOT NULL DEFAULT 0",
	"CREATE TABLE changed (seq BIGINT PRIMARY KEY, keys BYTEA NOT NULL, expires BIGINT NOT NULL) KEYED",
	/* How far what search.c has made of statuses (0) and people (1) goes, and which version of it that was. */
	"CREATE TABLE searched (part BIGINT PRIMARY KEY, pos BIGINT NOT NULL,"
	" version BIGINT NOT NULL) KEYED",
	/* Conversations: most statuses are no answers. */
	"CREATE INDEX status_thread ON status (thread, pos) WHERE reply_to <> 0",
	NULL,
};

const struct migration schema_migrations[] = {
	{ first },
	{ second },
	{ third },
	{ fourth },
	{ fifth },
};
const size_t schema_version = sizeof(schema_migrations) / sizeof(schema_migrations[0]);

/* Before there is a version, there must be a place for one. */
const char schema_meta[] = "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY,"
			   " number BIGINT NOT NULL, bytes BYTEA NOT NULL) KEYED";

static int
read_version(struct tx *tx, int64_t *version)
{
	sql_define(tx, schema_meta);
	/* Where several processes may do this at once, the row keeps the others waiting. */
	*version = sql_value(tx, 0,
	    "INSERT INTO meta VALUES ('schema', 0, ?1) ON CONFLICT (name)"
	    " DO UPDATE SET number = meta.number RETURNING number",
	    B("", 0));
	return sql_result(tx);
}

static int
make_secret(struct tx *tx)
{
	unsigned char key[32];

	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key)) {
		log_warn("store: no random numbers: %s", strerror(errno));
		return STORE_FAILED;
	}
	return sql_run(tx,
	    "INSERT INTO meta VALUES ('secret', 0, ?1)"
	    " ON CONFLICT (name) DO UPDATE SET number = meta.number",
	    B(key, sizeof(key)));
}

static int
apply_one(struct tx *tx, const struct migration *m, int64_t version)
{
	for (const char *const *s = m->statements; *s != NULL; s++)
		if (sql_define(tx, *s) != STORE_OK)
			return sql_result(tx);
	return sql_run(tx,
	    "INSERT INTO meta VALUES ('schema', ?1, ?2)"
	    " ON CONFLICT (name) DO UPDATE SET number = excluded.number",
	    N(version), B("", 0));
}

static enum driver_result
begin(struct tx *tx)
{
	const struct store_driver *d = tx->conn->driver;
	enum driver_result r;

	while ((r = d->begin(tx->conn)) == DRIVER_RETRY)
		log_warn("store: waiting for another process to let go of it");
	return r;
}

/* The next step that is missing, or the secret.  1: there may be more.  *${made}: there was nothing before. */
static int
step(struct tx *tx, const struct migration *steps, size_t n, bool *made)
{
	int64_t version;
	int r = read_version(tx, &version);

	if (r != STORE_OK)
		return r;
	if (sql_value(tx, 0, "SELECT number FROM meta WHERE name = 'moving'") ==
	    MOVING_INTO_NOTHING) {
		log_error(
		    "store: another one was to be copied into it, and that did not come to its end: "
		    "do it again, see hudhudctl(1)");
		return STORE_FAILED;
	}
	if (version > (int64_t)n) {
		log_error(
		    "store: it was written by a newer hudhudd (schema %lld, this one knows %zu): "
		    "start that version again, or restore a backup from before the change",
		    (long long)version, n);
		return STORE_FAILED;
	}
	if (version == (int64_t)n) {
		if (steps == schema_migrations && n == schema_version &&
		    search_define(tx) != STORE_OK)
			return sql_result(tx);
		return make_secret(tx);
	}
	*made |= version == 0;
	if (!*made)
		log_info("store: bringing it from schema %lld to %lld", (long long)version,
		    (long long)version + 1);
	r = apply_one(tx, &steps[version], version + 1);
	return r == STORE_OK ? 1 : r;
}

/* One step in a transaction of its own.  1: there may be more. */
static int
step_whole(struct tx *tx, const struct migration *steps, size_t n, bool *made)
{
	const struct store_driver *d = tx->conn->driver;
	int r;

	tx->trouble = DRIVER_OK;
	if (begin(tx) != DRIVER_OK) {
		log_error("store: cannot begin: %s", d->error(tx->conn));
		return STORE_FAILED;
	}
	r = step(tx, steps, n, made);
	if (r >= STORE_OK)
		tx->trouble = d->commit(tx->conn);
	if (r >= STORE_OK && tx->trouble == DRIVER_OK)
		return r;
	d->rollback(tx->conn);
	/* Two that make the same store: the other was there first. */
	if (tx->trouble == DRIVER_RETRY)
		return 1;
	if (tx->trouble != DRIVER_OK)
		log_error("store: cannot write: %s",
		    tx->trouble == DRIVER_FULL ? "no room on the disk" : d->error(tx->conn));
	return STORE_FAILED;
}

int
schema_apply(struct conn *c, const struct migration *steps, size_t n)
{
	/* Nothing is put off: the statement that fails is the one that is told of. */
	struct tx tx = { .conn = c, .careful = true };
	bool made = false;
	int r;

	do
		r = step_whole(&tx, steps, n, &made);
	while (r > STORE_OK);
	return r;
}
