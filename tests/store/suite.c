#include <ftw.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/driver.h"
#include "tests/store/suite.h"

void
suite_must(bool good, const char *what, const char *file, int line)
{
	if (good)
		return;
	printf("Bail out! %s:%d: %s\n", file, line, what);
	fflush(stdout);
	_exit(1);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

bool
suite_is_file(const struct room *room)
{
	return strncmp(room->url, "sqlite:", 7) == 0;
}

const struct store_driver *
suite_driver(const char *url)
{
	for (size_t i = 0; store_drivers[i] != NULL; i++)
		if (strncmp(store_drivers[i]->name, url, strlen(store_drivers[i]->name)) == 0)
			return store_drivers[i];
	must(false);
	return NULL;
}

/* A database is shared by the tests that run at once: each has a schema of its own. */
static void
schema(const char *base, const char *what, const char *name, const char *how)
{
	char sql[128];
	struct conn *c;
	const struct store_driver *d = suite_driver(base);

	c = d->open(strchr(base, ':') + 1, "", true);
	must(c != NULL);
	snprintf(sql, sizeof(sql), "%s SCHEMA \"%s\" %s", what, name, how);
	must(d->begin(c) == DRIVER_OK && d->define(c, sql) == DRIVER_OK &&
	     d->commit(c) == DRIVER_OK);
	d->close(c);
}

static void
url_of(char *out, size_t size, const char *base, const char *name)
{
	snprintf(out, size, "%s%coptions=-csearch_path%%3D%%22%s%%22", base,
	    strchr(base, '?') != NULL ? '&' : '?', name);
}

const char *
suite_other(struct room *room, int i)
{
	const char *base = getenv("HUDHUD_TEST_STORE");
	char name[16];

	must(i >= 0 && i < ROOM_OTHERS);
	if (room->others[i][0] != '\0')
		return room->others[i];
	if (suite_is_file(room)) {
		snprintf(room->others[i], sizeof(room->others[i]), "sqlite:other%d.db", i);
		return room->others[i];
	}
	snprintf(name, sizeof(name), "%s.%d", strrchr(room->state, '-') + 1, i);
	schema(base, "CREATE", name, "");
	url_of(room->others[i], sizeof(room->others[i]), base, name);
	return room->others[i];
}

static void
drop(struct room *room, const char *base, const char *name)
{
	char other[16];

	schema(base, "DROP", name, "CASCADE");
	for (int i = 0; i < ROOM_OTHERS; i++) {
		snprintf(other, sizeof(other), "%s.%d", name, i);
		if (room->others[i][0] != '\0')
			schema(base, "DROP", other, "CASCADE");
	}
}

static void
run_on(const char *base, void (*test)(struct room *room))
{
	struct room room = { .state = "/tmp/hudhud-store-XXXXXX" };
	const char *name;

	must(mkdtemp(room.state) != NULL);
	name = strrchr(room.state, '-') + 1;
	if (base == NULL) {
		snprintf(room.url, sizeof(room.url), "sqlite:store.db");
	} else {
		schema(base, "CREATE", name, "");
		url_of(room.url, sizeof(room.url), base, name);
	}
	room.store = store_open(room.url, room.state);
	must(room.store != NULL);
	test(&room);
	store_close(room.store);
	if (base != NULL)
		drop(&room, base, name);
	nftw(room.state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void
suite_run(void (*test)(struct room *room))
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	run_on(getenv("HUDHUD_TEST_STORE"), test);
}

void
suite_reopen(struct room *room)
{
	store_close(room->store);
	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
}

void
suite_do(struct room *room, store_fn *fn, void *arg)
{
	must(store_write(room->store, fn, arg) >= STORE_OK);
}

bool
suite_is_sound(struct room *room)
{
	char path[128];
	sqlite3_stmt *q = NULL;
	sqlite3 *db = NULL;
	bool good;

	if (!suite_is_file(room))
		return true;
	snprintf(path, sizeof(path), "%s/store.db", room->state);
	good = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	       sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL) == SQLITE_OK &&
	       sqlite3_step(q) == SQLITE_ROW &&
	       strcmp((const char *)sqlite3_column_text(q, 0), "ok") == 0;
	sqlite3_finalize(q);
	sqlite3_close(db);
	return good;
}

size_t
lane_load(struct tx *tx, int chan, struct lane *out)
{
	size_t n = 0;

	while (n < SHARDS && lane_get(tx, chan, (int)n, &out[n]))
		n++;
	return n;
}

struct roster *
suite_roster(void)
{
	static struct roster *roster;

	roster_free(roster);
	return roster = roster_new(100);
}

int64_t
make_user(struct tx *tx, const char *name)
{
	struct user u = { .lang = "en", .zone = "UTC" };

	snprintf(u.name, sizeof(u.name), "%s", name);
	must(user_add(tx, &u) == STORE_OK);
	return u.id;
}

int64_t
make_reader(struct tx *tx, const char *name, const char *kind, int chan)
{
	struct address a = { .user = make_user(tx, name), .chan = chan, .state = ADDRESS_VERIFIED };

	snprintf(a.kind, sizeof(a.kind), "%s", kind);
	snprintf(a.peer, sizeof(a.peer), "%s@%s", name, kind);
	must(address_add(tx, &a) == STORE_OK);
	must(user_rehome(tx, a.user, chan) == STORE_OK);
	return a.user;
}

void
make_follow(struct tx *tx, int64_t follower, int64_t followee)
{
	must(follow_set(tx, follower, followee, FOLLOW_ACTIVE, WANTS_ALL) == STORE_OK);
}

int64_t
make_status(struct tx *tx, int64_t author, const char *text, int64_t to)
{
	struct status_new s = {
		.author = author, .to = to, .text = text, .at = 1001 + log_head(tx), .big = 1000
	};
	int64_t pos;

	must(status_add(tx, &s, &pos) == STORE_OK);
	return pos;
}

void
make_channels(struct tx *tx, int ids[2])
{
	static const char *const names[] = { "jabber", "phone" };
	static const char *const kinds[] = { "xmpp", "sms" };

	must(channels_register(tx, names, kinds, 2, ids) == STORE_OK);
}

int64_t
owed(struct tx *tx, int64_t user, int64_t from)
{
	struct status s;

	if (!owed_next(tx, user, from, &s))
		return 0;
	free((char *)s.text);
	return s.pos;
}

int64_t
behind_of(struct tx *tx, int64_t user)
{
	struct behind b;

	return behind_get(tx, user, &b) ? b.next : 0;
}
