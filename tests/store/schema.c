#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

#include "store/schema.h"
#include "store/session.h"
#include "store/sql.h"
#include "tests/store/suite.h"

/* ---- migrations */

static const char *const more[] = {
	"CREATE TABLE extra (id BIGINT PRIMARY KEY, body BYTEA NOT NULL)",
	"INSERT INTO extra SELECT id, '' FROM person WHERE id < 0",
	"ALTER TABLE person ADD COLUMN extra BIGINT NOT NULL DEFAULT 7",
	NULL,
};
static const char *const broken[] = {
	"CREATE TABLE half (id BIGINT PRIMARY KEY)",
	"CREATE TABLE half (id BIGINT PRIMARY KEY)",
	NULL,
};

static int
fill(struct tx *tx, void *arg)
{
	int ids[2];
	int64_t alice;

	(void)arg;
	make_channels(tx, ids);
	alice = make_reader(tx, "alice", "xmpp", ids[0]);
	make_status(tx, alice, "kept", 0);
	return STORE_OK;
}

/* Open the store's driver by itself, take ${last} as the step after those there are. */
static int
apply(struct room *room, const char *const *last)
{
	const struct store_driver *d = suite_driver(room->url);
	struct migration steps[16];
	struct conn *c;
	int r;

	must(schema_version < 15);
	memcpy(steps, schema_migrations, schema_version * sizeof(steps[0]));
	steps[schema_version].statements = last;
	c = d->open(strchr(room->url, ':') + 1, room->state, true);
	must(c != NULL);
	c->driver = d;
	r = schema_apply(c, steps, schema_version + (last != NULL));
	d->close(c);
	return r;
}

static void
migrations(struct room *room)
{
	store_close(room->store);
	ok(apply(room, NULL) == STORE_OK, "a store that is up to date stays as it is");
	ok(apply(room, broken) == STORE_FAILED, "a step that fails");
	room->store = store_open(room->url, room->state);
	ok(room->store != NULL, "leaves the store as it was");
	store_close(room->store);
	ok(apply(room, more) == STORE_OK, "an older store is brought up");
	ok(apply(room, more) == STORE_OK, "once");
	room->store = store_open(room->url, room->state);
	ok(room->store == NULL, "a newer one is refused");
	ok(apply(room, more) == STORE_OK, "and not touched");
}

/* ---- what an operator may find instead of a store */

static void
put_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	must(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0 && chmod(path, mode) == 0);
}

static void
odd_places(struct room *room)
{
	char path[160];
	struct store *second;

	snprintf(path, sizeof(path), "%s/notes.db", room->state);
	put_file(path,
	    "This is not a store, it is a letter, and it is long enough to be looked at; "
	    "a hundred bytes must there be, or else SQLite takes it for a new file.\n",
	    0600);
	ok(store_open("sqlite:notes.db", room->state) == NULL, "a file of another kind is refused");
	ok(store_open("sqlite:none/store.db", room->state) == NULL,
	    "so is a folder that is not there");
	ok(store_open("paper:store.db", room->state) == NULL, "and a driver that is not there");
	second = store_open("sqlite:one.db", room->state);
	ok(second != NULL && store_open("sqlite:one.db", room->state) == NULL,
	    "nobody opens what is open already");
	store_close(second);
	snprintf(path, sizeof(path), "sqlite:%s/abs.db", room->state);
	second = store_open(path, "/nowhere");
	ok(second != NULL, "an absolute path is one");
	store_close(second);
}

static void
modes(struct room *room)
{
	static const char *const names[] = { "store.db", "store.db-wal", "store.db-shm" };
	char path[128];
	struct stat st;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", room->state, names[i]);
		ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
		    "files are for their owner only");
	}
}

/* ---- backup */

static void
backup(struct room *room)
{
	struct room copy = { .url = "sqlite:copy.db" };
	char path[128];
	struct user u;
	struct stat st;
	struct tx *tx;

	snprintf(path, sizeof(path), "%s/copy.db", room->state);
	memcpy(copy.state, room->state, sizeof(copy.state));
	ok(store_backup(room->store, path, NULL) == 0, "a backup is made while the store is open");
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "for its owner only");
	ok(store_backup(room->store, path, NULL) == -1, "over nothing that is there already");
	ok(store_backup(room->store, "/nowhere/copy.db", NULL) == -1,
	    "nor where there is no place");
	copy.store = store_open(copy.url, copy.state);
	must(copy.store != NULL);
	tx = store_read(copy.store);
	ok(user_by_name(tx, "alice", &u) && log_head(tx) == 1, "all is in it");
	store_read_end(tx);
	store_close(copy.store);
}

/* ---- the plans of what is asked for every delivery */

extern const char edge_ids_sql[], member_range_sql[], owed_followed_sql[], owed_addressed_sql[];
extern const char lane_waiting_sql[], job_waiting_sql[];
extern const char span_people_sql[], span_addresses_sql[], span_bounced_sql[], span_behind_sql[];
extern const char span_blocks_sql[], span_wishes_sql[], span_mutes_sql[];

/* The plan, one step after the other. */
static void
plan_of(sqlite3 *db, const char *sql, char *out, size_t size)
{
	char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *q = NULL;

	out[0] = '\0';
	must(sqlite3_prepare_v2(db, explain, -1, &q, NULL) == SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW)
		snprintf(out + strlen(out), size - strlen(out), "%s\n",
		    (const char *)sqlite3_column_text(q, 3));
	sqlite3_finalize(q);
	sqlite3_free(explain);
}

static void
plan_has(sqlite3 *db, const char *sql, const char *what, const char *const *steps)
{
	char plan[4096];
	bool good;

	plan_of(db, sql, plan, sizeof(plan));
	good = strstr(plan, "TEMP B-TREE") == NULL;
	for (size_t i = 0; steps[i] != NULL; i++)
		good &= strstr(plan, steps[i]) != NULL;
	/* "SCAN x" reads all of x; only the list of authors that was just made may be. */
	for (const char *s = plan; (s = strstr(s, "SCAN ")) != NULL; s++)
		good &= strncmp(s, "SCAN o\n", 7) == 0;
	ok(good, what);
	for (char *s = plan, *end; !good && *s != '\0'; s = end + 1) {
		end = strchr(s, '\n');
		printf("# %.*s\n", (int)(end - s), s);
	}
}

/* Many followers at once are read along their ids, addresses from an index alone. */
static void
plans_of_spans(sqlite3 *db)
{
	static const char *const people[] = {
		"SEARCH p USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", NULL
	};
	static const char *const addresses[] = {
		"SEARCH a USING COVERING INDEX address_user (user_id>? AND user_id<?)", NULL
	};
	static const char *const wishes[] = {
		"SEARCH a USING INDEX address_wishes (user_id>? AND user_id<?)", NULL
	};
	static const char *const bounced[] = {
		"SEARCH a USING INDEX address_bounced (user_id>? AND user_id<?)", NULL
	};
	static const char *const behind[] = { "SEARCH b USING PRIMARY KEY (follower>?", NULL };
	static const char *const blocks[] = { "SEARCH k USING PRIMARY KEY (user_id>?",
		"SEARCH k USING COVERING INDEX block_rev (blocked>?", NULL };
	static const char *const mutes[] = { "SEARCH m USING PRIMARY KEY (user_id>?", NULL };

	plan_has(db, span_people_sql, "people in a row are one range", people);
	plan_has(db, span_addresses_sql, "their addresses, too", addresses);
	plan_has(db, span_wishes_sql, "of them those that take not everything", wishes);
	plan_has(db, span_mutes_sql, "who mutes somebody", mutes);
	plan_has(db, span_bounced_sql, "of them those that bounced", bounced);
	plan_has(db, span_behind_sql, "who is behind", behind);
	plan_has(db, span_blocks_sql, "and who blocks", blocks);
}

static void
plans(struct room *room)
{
	static const char *const ids[] = {
		"SEARCH f USING PRIMARY KEY (followee=? AND chan=? AND shard=? AND follower>?)",
		NULL
	};
	static const char *const members[] = {
		"SEARCH f USING PRIMARY KEY (followee=? AND chan=? AND shard=? AND follower>?",
		"SEARCH p USING INTEGER PRIMARY KEY (rowid=?)",
		"INDEX address_user (user_id=? AND place=?)",
		"SEARCH b USING PRIMARY KEY (follower=?)", NULL
	};
	static const char *const followed[] = { "SEARCH f USING INDEX follow_rev (follower=?)",
		"SEARCH s USING INDEX status_author (author=? AND pos>?)",
		"SEARCH d USING COVERING INDEX sqlite_autoindex_dead_1 (pos=? AND follower=?)",
		NULL };
	static const char *const addressed[] = { "SEARCH a USING PRIMARY KEY (user_id=? AND pos>?)",
		"SEARCH s USING INTEGER PRIMARY KEY (rowid=?)", NULL };
	static const char *const waiting[] = { "SEARCH s USING INTEGER PRIMARY KEY (rowid",
		"SEARCH f USING PRIMARY KEY (followee=? AND chan=? AND shard=?", NULL };
	char path[128];
	sqlite3 *db = NULL;

	snprintf(path, sizeof(path), "%s/store.db", room->state);
	must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
	plan_has(db, edge_ids_sql, "the scan of a lane is one range, in order", ids);
	plan_has(db, member_range_sql, "so is what is read of its followers", members);
	plans_of_spans(db);
	plan_has(db, owed_followed_sql, "what is owed takes one step for each author", followed);
	plan_has(db, lane_waiting_sql, "what waits is counted along the lanes", waiting);
	plan_has(db, job_waiting_sql, "and the jobs", waiting);
	plan_has(db, owed_addressed_sql, "and one for what was addressed", addressed);
	sqlite3_close(db);
}

/* ---- what the schema forbids is undone, and the store goes on */

static int
forbidden(struct tx *tx, void *arg)
{
	const struct session s = { .id = { 1 }, .user = 4711, .made = 99 };

	(void)arg;
	make_user(tx, "undone");
	return session_begin(tx, &s);
}

static int
lookup(struct tx *tx, void *arg)
{
	struct user u;

	(void)arg;
	ok(!user_by_name(tx, "undone", &u) && user_by_name(tx, "alice", &u),
	    "and the rest goes on");
	return STORE_OK;
}

static void
test(struct room *room)
{
	suite_do(room, fill, NULL);
	if (suite_is_file(room)) {
		modes(room);
		backup(room);
		plans(room);
	}
	ok(store_write(room->store, forbidden, NULL) == STORE_FAILED,
	    "what the schema forbids is undone");
	suite_do(room, lookup, NULL);
	if (suite_is_file(room))
		odd_places(room);
	migrations(room); /* the last: it ends with a store that is too new */
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
