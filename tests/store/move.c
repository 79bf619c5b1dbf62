#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/move.h"
#include "tests/store/dump.h"

/* A store moved to another of its kind, and between kinds: what comes along. */
#define ROWS 300

/* ---- the schema, as it was read */

static bool
is_column(sqlite3_stmt *q, const struct table_column *c)
{
	static const char *const types[] = { "INTEGER", "TEXT", "BLOB" };

	return strcmp((const char *)sqlite3_column_text(q, 1), c->name) == 0 &&
	       strcmp((const char *)sqlite3_column_text(q, 2), types[c->type]) == 0 &&
	       (sqlite3_column_int(q, 3) != 0 || sqlite3_column_int(q, 5) != 0) &&
	       (sqlite3_column_int(q, 5) != 0) == (sqlite3_column_int(q, 5) > 0);
}

static bool
is_table(sqlite3 *db, const struct table *t)
{
	char *sql = mem_printf("PRAGMA table_info(%s)", t->name);
	sqlite3_stmt *q;
	size_t n = 0;
	bool good = true;

	must(sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK);
	for (; sqlite3_step(q) == SQLITE_ROW; n++)
		good = good && n < t->n && is_column(q, &t->columns[n]);
	sqlite3_finalize(q);
	free(sql);
	return good && n == t->n;
}

/* What SQLite has is what a move copies: no table, no column is forgotten. */
static void
schema(struct room *room)
{
	static struct table tables[TABLES_MAX];
	size_t n = tables_of(schema_migrations, schema_version, tables), found = 0, i;
	char *path = mem_printf("%s/store.db", room->state);
	sqlite3 *db = NULL;
	sqlite3_stmt *q;
	bool all = true;

	must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
	/* the index of words is made anew */
	must(sqlite3_prepare_v2(db,
		 "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'search'"
		 " AND name NOT GLOB 'search[_]*'",
		 -1, &q, NULL) == SQLITE_OK);
	for (; sqlite3_step(q) == SQLITE_ROW; found++) {
		for (i = 0;
		     i < n && strcmp(tables[i].name, (const char *)sqlite3_column_text(q, 0)) != 0;
		     i++)
			;
		all = all && i < n && is_table(db, &tables[i]);
	}
	ok(all && found == n && n > 20, "every table and every column is known");
	sqlite3_finalize(q);
	sqlite3_close(db);
	free(path);
}

/* ---- there and back */

static void
round_trip(struct room *room)
{
	const char *other = suite_other(room, 0);
	struct open o;

	ok(moves(room, room->url, "sqlite:first.db"), "a store is moved into a file");
	ok(is_same(room, room->url, "sqlite:first.db"), "with every byte of every table");
	ok(moves(room, "sqlite:first.db", other) && is_same(room, room->url, other),
	    "from there to one of its own kind");
	ok(moves(room, other, "sqlite:second.db") && is_same(room, room->url, "sqlite:second.db"),
	    "and back");
	ok(dump_count(other, room->state, "node") == 0 &&
		dump_count(other, room->state, "endpoint") == 0,
	    "who worked on the old one is not known to the new one");
	open_store(&o, other, room->state, false);
	ok(sql_value(&o.tx, -1, "SELECT COUNT(*) FROM lane WHERE owner <> 0") == 0 &&
		sql_value(&o.tx, -1, "SELECT COUNT(*) FROM lane") >= ROWS,
	    "and owns nothing of it");
	open_end(&o, false);
	ok(opens(room, other), "the new one opens");
	ok(is_same(room, room->url, other), "and opening changes nothing");
}

static void
stop_at_person(void *cookie, const char *table, int64_t rows, bool all)
{
	(void)rows, (void)all;
	if (strcmp(table, "counter") == 0)
		atomic_store((atomic_bool *)cookie, true);
}

/* Told to stop amid rows, the target's connection is of no use, but the target is. */
static void
stopped(struct room *room)
{
	atomic_bool stop = false;
	struct move m = move_of(room, room->url, suite_other(room, 8));

	m.stop = &stop;
	m.progress = stop_at_person;
	m.cookie = &stop;
	ok(refuses(&m, "told to stop"), "a move can be given up amid its rows");
	ok(moves(room, m.from, m.to) && is_same(room, m.from, m.to), "and done once more");
}

static void
refusals(struct room *room)
{
	const char *other = suite_other(room, 0), *fresh = suite_other(room, 1);
	struct move m = move_of(room, room->url, other);
	struct open o;

	ok(refuses(&m, "something in the target already") && m.occupied,
	    "what is there is not written over");
	open_store(&o, fresh, room->state, true);
	sql_define(&o.tx, "CREATE TABLE person (x BIGINT NOT NULL)");
	sql_run(&o.tx, "INSERT INTO person VALUES (?1)", N(42));
	open_end(&o, true);
	m = move_of(room, room->url, fresh);
	m.over = true;
	ok(refuses(&m, "tables of another program (person)"),
	    "another program's tables are left alone");
	open_store(&o, fresh, room->state, true);
	ok(sql_value(&o.tx, 0, "SELECT x FROM person") == 42, "with what is in them");
	sql_define(&o.tx, "DROP TABLE person");
	open_end(&o, true);
	m = move_of(room, "sqlite:nowhere.db", fresh);
	ok(refuses(&m, "not there"), "a source that is not there is told");
	m = move_of(room, room->url, "carrier:pigeon");
	ok(refuses(&m, "no such kind of store"), "and a kind that there is not");
	m = move_of(room, room->url, room->url);
	ok(move_store(&m) == -1, "nothing is moved onto itself");
	ok(opens(room, fresh) && moves(room, room->url, fresh),
	    "one that was opened, and has nobody in it, is empty");
	open_store(&o, other, room->state, true);
	sql_run(&o.tx, "UPDATE meta SET number = ?1 WHERE name = 'schema'", N(99));
	open_end(&o, true);
	m = move_of(room, other, suite_other(room, 2));
	ok(refuses(&m, "newer"), "what is newer is not understood");
	m = move_of(room, room->url, other);
	m.over = true;
	ok(refuses(&m, "newer"), "and not written over");
	open_store(&o, other, room->state, true);
	sql_run(
	    &o.tx, "UPDATE meta SET number = ?1 WHERE name = 'schema'", N((int64_t)schema_version));
	open_end(&o, true);
}

static void
over(struct room *room)
{
	const char *other = suite_other(room, 0);
	struct move m = move_of(room, room->url, other);
	struct open o;

	open_store(&o, other, room->state, true);
	sql_run(&o.tx, "UPDATE person SET bio = 'changed' WHERE id = 1");
	open_end(&o, true);
	must(!is_same(room, room->url, other));
	m.over = true;
	ok(move_store(&m) == 0 && is_same(room, room->url, other), "unless it is said so");
	if (m.why[0] != '\0')
		printf("# %s\n", m.why);
}

/* A source of each earlier schema: it is moved as it is, and brought up to date when it is opened. */
static void
older(struct room *room)
{
	bool good = true;

	for (size_t v = 1; v < schema_version; v++) {
		char *url = mem_printf("sqlite:old%zu.db", v),
		     *to = mem_printf("sqlite:new%zu.db", v);
		const struct store_driver *d = suite_driver(url);
		struct conn *c = d->open(strchr(url, ':') + 1, room->state, true);
		char *before, *after;

		c->driver = d;
		must(schema_apply(c, schema_migrations, v) == STORE_OK);
		d->close(c);
		dump_fill(url, room->state, v, (unsigned)v, 20, false);
		good = good && moves(room, url, to);
		before = dump_store(url, room->state, v);
		after = dump_store(to, room->state, v);
		good = good && strcmp(before, after) == 0 && opens(room, to) &&
		       dump_count(to, room->state, "paid") ==
			   dump_count(url, room->state, v < 3 ? "receipt" : "paid");
		free(before);
		free(after);
		free(url);
		free(to);
	}
	ok(good, "a store of any age is moved");
}

/* What an engine cannot keep is mended as its driver would do it. */
static void
broken(struct room *room)
{
	const char *url = suite_other(room, 3);
	struct move m = move_of(room, "sqlite:broken.db", url);
	char *text;

	must(opens(room, m.from));
	dump_fill(m.from, room->state, schema_version, 9, 50, true);
	ok(move_store(&m) == 0, "texts that are no UTF-8 stop nothing");
	if (suite_is_file(room)) {
		ok(m.mended == 0 && is_same(room, m.from, url), "and stay as they are in a file");
		return;
	}
	text = dump_store(url, room->state, schema_version);
	ok(m.mended > 50 && strstr(text, "??") != NULL, "but say ? elsewhere, and that is counted");
	free(text);
}

/* ---- while somebody is at work */

static void *
beat(void *arg)
{
	struct room *room = arg;
	struct open o;

	for (int i = 0; i < 30; i++) {
		open_store(&o, room->url, room->state, true);
		sql_run(&o.tx, "UPDATE node SET beat = beat / 2 + ?1", N(i));
		open_end(&o, true);
		usleep(250000);
	}
	return NULL;
}

/* Where several may be at work, those that live are told from those that are dead. */
static void
at_work(struct room *room)
{
	struct move m = move_of(room, room->url, suite_other(room, 6));
	pthread_t thread;
	struct open o;

	must(pthread_create(&thread, NULL, beat, room) == 0);
	ok(refuses(&m, "at work on the source"), "a store is not moved away from who works on it");
	pthread_join(thread, NULL);
	ok(moves(room, room->url, m.to), "nodes that are dead do not matter");
	open_store(&o, room->url, room->state, true);
	sql_run(&o.tx, "DELETE FROM node");
	open_end(&o, true);
}

static int
say_more(struct tx *tx, void *arg)
{
	char name[16];

	snprintf(name, sizeof(name), "late%d", *(int *)arg);
	make_user(tx, name);
	return STORE_OK;
}

static void
meanwhile(void *cookie, const char *table, int64_t rows, bool all)
{
	static int n;
	struct room *room = cookie;

	(void)table, (void)rows, (void)all;
	if (n++ < 20)
		suite_do(room, say_more, &n);
}

static void
given_up(struct room *room)
{
	char *path = mem_printf("%s/never.db", room->state);
	struct move m = move_of(room, room->url, "sqlite:never.db");
	atomic_bool stop = true;

	m.in_use = true;
	m.stop = &stop;
	ok(refuses(&m, "told to stop"), "a copy that takes long can be given up");
	must(unlink(path) == 0);
	if (!suite_is_file(room))
		ok(store_backup(room->store, path, &stop) == -1 && access(path, F_OK) == -1,
		    "and a backup leaves nothing then");
	free(path);
}

static void
in_use(struct room *room)
{
	char path[128];
	struct move m = move_of(room, room->url, "sqlite:moment.db");
	struct stat st;
	char *before = dump_store(room->url, room->state, schema_version), *after;

	m.in_use = true;
	m.progress = meanwhile;
	m.cookie = room;
	ok(move_store(&m) == 0, "a copy is made while the store is written");
	after = dump_store("sqlite:moment.db", room->state, schema_version);
	ok(strcmp(before, after) == 0, "and shows one moment");
	free(before);
	free(after);
	snprintf(path, sizeof(path), "%s/backup.db", room->state);
	ok(store_backup(room->store, path, NULL) == 0 && stat(path, &st) == 0 &&
		(st.st_mode & 0777) == 0600,
	    "a backup is a file of the service's own");
	given_up(room);
	ok(is_same(room, room->url, "sqlite:backup.db"), "with all that is in the store");
	for (int i = 0; i < 4; i++) {
		static const char *const more[] = { "-wal", "-shm", "-lock", "-journal" };

		snprintf(path, sizeof(path), "%s/backup.db%s", room->state, more[i]);
		must(access(path, F_OK) == -1);
	}
	ok(true, "and one file");
	snprintf(path, sizeof(path), "%s/backup.db", room->state);
	if (suite_is_file(room)) {
		m = move_of(room, room->url, "sqlite:never.db");
		ok(refuses(&m, "in use"), "a store is not moved away from who works on it");
	}
}

/* ---- from the past */

static int
say_something(struct tx *tx, void *arg)
{
	int ids[2];
	int64_t ann;

	(void)arg;
	make_channels(tx, ids);
	ann = make_reader(tx, "annabel", "xmpp", ids[0]);
	for (int i = 0; i < 7; i++)
		make_status(tx, ann, "said", 0);
	return STORE_OK;
}

static void
restore(struct room *room)
{
	struct move m = move_of(room, "sqlite:then.db", suite_other(room, 4));
	struct room then = { .url = "sqlite:then.db" };
	struct status_new n = { .text = "after", .author = 1, .at = 1 };
	struct open o;
	int64_t pos = 0;

	memcpy(then.state, room->state, sizeof(then.state));
	then.store = store_open(then.url, then.state);
	must(then.store != NULL);
	suite_do(&then, say_something, NULL);
	store_close(then.store);
	open_store(&o, then.url, then.state, true);
	sql_run(&o.tx, "INSERT INTO session (id, user_id, expires) VALUES (?1, 1, 99)", B("x", 1));
	sql_run(&o.tx, "UPDATE lane SET pos = 7, sub = ?1 WHERE shard > 0", N(INT64_MAX));
	open_end(&o, true);
	m.in_use = m.old = true;
	ok(move_store(&m) == 0 && m.head == 7 && m.next >= 200000 && m.next % 100000 == 0,
	    "a copy from the past tells where it goes on");
	open_store(&o, m.to, room->state, true);
	ok(status_add(&o.tx, &n, &pos) == STORE_OK && pos == m.next + 1,
	    "no position is given again");
	ok(sql_value(&o.tx, 0, "SELECT value FROM counter WHERE name = 'answer'") >= 100000,
	    "no answer's id either");
	ok(sql_value(&o.tx, -1, "SELECT COUNT(*) FROM session") == 0,
	    "nobody is logged in any more");
	ok(sql_value(&o.tx, 0, "SELECT COUNT(*) FROM lane WHERE pos = ?1", N(m.next)) ==
		    2 * (SHARDS - 1) &&
		sql_value(&o.tx, 0, "SELECT COUNT(*) FROM lane WHERE pos < ?1", N(m.next)) == 2,
	    "lanes that were at the end are at the end, others are where they were");
	open_end(&o, false);
}

static void
test(struct room *room)
{
	if (suite_is_file(room))
		schema(room);
	store_close(room->store);
	dump_fill(room->url, room->state, schema_version, 1, ROWS, false);
	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
	in_use(room);
	store_close(room->store);
	if (!suite_is_file(room))
		at_work(room);
	round_trip(room);
	stopped(room);
	refusals(room);
	over(room);
	older(room);
	broken(room);
	restore(room);
	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
