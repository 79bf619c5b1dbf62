#include <ftw.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/store/suite.h"

static const char *const urls[] = { "sqlite:store.db", NULL };

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

void
suite_run(void (*test)(struct room *room))
{
	struct room room;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; urls[i] != NULL; i++) {
		room = (struct room){ .url = urls[i], .state = "/tmp/hudhud-store-XXXXXX" };
		must(mkdtemp(room.state) != NULL);
		room.store = store_open(room.url, room.state);
		must(room.store != NULL);
		test(&room);
		store_close(room.store);
		nftw(room.state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	}
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

	snprintf(path, sizeof(path), "%s/store.db", room->state);
	good = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	       sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL) == SQLITE_OK &&
	       sqlite3_step(q) == SQLITE_ROW &&
	       strcmp((const char *)sqlite3_column_text(q, 0), "ok") == 0;
	sqlite3_finalize(q);
	sqlite3_close(db);
	return good;
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
