#ifndef HUDHUD_TESTS_STORE_SUITE_H
#define HUDHUD_TESTS_STORE_SUITE_H

#include "store/fanout.h"
#include "tests/tap.h"

/*
 * What every program of the store suite needs: a store of its own in a folder of its own, on SQLite or,
 * if $HUDHUD_TEST_STORE is a URL, in that database.
 */

#define ROOM_OTHERS 9

/** A store in a fresh folder. */
struct room {
	char url[512];
	char others[ROOM_OTHERS][512]; /* see suite_other() */
	char state[64];                /* the folder */
	struct store *store;
};

/** Run ${test} on a fresh store. */
void suite_run(void (*test)(struct room *room));

/** The driver that ${url} names. */
const struct store_driver *suite_driver(const char *url);

/** Is it a file of this process? */
bool suite_is_file(const struct room *room);

/** The URL of place ${i} (from 0) for another store of the same kind; nothing is there at first. */
const char *suite_other(struct room *room, int i);

/** Close the store and open it again; ends the test if that fails. */
void suite_reopen(struct room *room);

/** Run ${fn} in a transaction that is kept; ends the test if it fails. */
void suite_do(struct room *room, store_fn *fn, void *arg);

/** Is the store sound, as far as its file can be looked into? */
bool suite_is_sound(struct room *room);

/* Short words for what tests do all the time; each ends the test if it fails. */
int64_t make_user(struct tx *tx, const char *name);
/** A user with a verified address "NAME@KIND" on ${chan}, which is its home. */
int64_t make_reader(struct tx *tx, const char *name, const char *kind, int chan);
void make_follow(struct tx *tx, int64_t follower, int64_t followee);
/** ${author} says ${text}, to ${to} (0: to all), at second 1000 + position. */
int64_t make_status(struct tx *tx, int64_t author, const char *text, int64_t to);
/** Channels "jabber" (xmpp) and "phone" (sms), numbers in ${ids}[0..2). */
void make_channels(struct tx *tx, int ids[2]);
/** The position owed next to ${user} from ${from}; 0: none. */
int64_t owed(struct tx *tx, int64_t user, int64_t from);
/** All lanes of ${chan}, in shard order, into ${out}[0..SHARDS); how many there are. */
size_t lane_load(struct tx *tx, int chan, struct lane *out);
/** The position that ${user}'s behind row begins at; 0: it has none. */
int64_t behind_of(struct tx *tx, int64_t user);

/** A roster that remembers nothing yet; the suite's, good until the next call. */
struct roster *suite_roster(void);

#define must(cond) suite_must((cond), #cond, __FILE__, __LINE__)
void suite_must(bool good, const char *what, const char *file, int line);

#endif
