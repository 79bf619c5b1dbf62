#ifndef HUDHUD_STORE_ROW_H
#define HUDHUD_STORE_ROW_H

#include "store/change.h"
#include "store/fanout.h"
#include "store/sql.h"

/*
 * What several files of this room read from the same tables: the columns, and the function that
 * makes a struct of them.
 */

#define PERSON_COLUMNS                                                                             \
	"p.id, p.name, p.lang, p.zone, p.is_protected, p.suspended, p.home, p.followers,"          \
	" p.following, p.statuses, p.created, p.bio, p.quiet_from, p.quiet_to, p.quiet_until,"     \
	" p.wishes, p.silenced, p.budget, p.near, CASE WHEN p.pin = '' THEN 0 ELSE 1 END,"         \
	" p.picture"
#define PERSON_COLUMNS_N 21
void person_read(struct sql *q, int at, struct user *u);

#define ADDRESS_COLUMNS                                                                            \
	"a.user_id, a.kind, a.peer, a.chan, a.state, a.place, a.bounces, a.since, a.takes,"        \
	" a.daily, a.heard"
#define ADDRESS_COLUMNS_N 11
void address_read(struct sql *q, int at, struct address *a);

#define STATUS_COLUMNS                                                                             \
	"s.pos, s.author, p.name, p.is_protected, s.to_user, s.reply_to, s.thread, s.said_at,"     \
	" s.deleted, s.chan, s.body, s.repeats, p.picture"
#define STATUS_COLUMNS_N 13
/* The author of a status may be gone; its place in the log is not. */
#define STATUS_TABLES "status s LEFT JOIN person p ON p.id = s.author"
/** ${s}->text stays the query's. */
void status_read(struct sql *q, struct status *s);
/** The first row of ${q}, with a text of its own, and close it. */
bool status_read_one(struct sql *q, struct status *s);

#define BEHIND_COLUMNS                                                                             \
	"b.follower, b.chan, b.next_pos, b.reason, b.attempts, b.next_at, b.first_at, b.code,"     \
	" b.version, b.done_status, b.done_addressed, b.done_direct, b.tried, b.fell, b.fell_at"
void behind_read(struct sql *q, int at, struct behind *b);

/**
 * ${follower} is owed what stands from ${next} on: make its behind row, or move the one it has back
 * to there.  Nothing for users without a home.  ${moved}: the row changes channel, too.
 */
int behind_owe(struct tx *tx, int64_t follower, int64_t next, enum behind_reason reason, bool moved,
    int64_t now);

/**
 * The newest positions owed to ${follower}, at most ${max}, into ${out}: of those followed, from ${from}
 * on and what the jobs of ${chan} have not brought; of what was addressed, from ${addressed} on.
 */
size_t owed_newest(struct tx *tx, int64_t follower, int chan, int64_t from, int64_t addressed,
    int64_t *out, size_t max);

/** Can ${chan} have sent ${pos} to ${follower}, and is it not known to have arrived? */
bool is_plausible(struct tx *tx, int64_t pos, int64_t follower, int chan);

/** ${user} (or TOUCHED_...) is not what a roster remembers any more, or is owed less than before. */
void touch(struct tx *tx, int64_t user);

/** A verb has read, or changes, ${what} of ${id}; the second where nobody can be named. */
void change_saw(struct tx *tx, enum change what, int64_t id);
void change_made(struct tx *tx, enum change what, int64_t id);
void change_made_all(struct tx *tx);
/** What ${user} says about themselves is ${bio} now: so it is found. */
void search_bio(struct tx *tx, int64_t user, const char *bio);
/** What stands at ${pos} is found no more. */
void search_forget(struct tx *tx, int64_t pos);
/** Nor is ${user}, nor what they have said; before that is taken back. */
void search_forget_all(struct tx *tx, int64_t user);

/**
 * Many rows by their numbers in one statement: "... IN (" SQL_SOME ")" is ?4 and those behind it; the
 * numbers go from args[3] on, SOME of them, those that are missing being -1, which is nobody.
 */
#define SOME 60
#define SQL_SOME                                                                                   \
	"?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22," \
	" ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39,"    \
	" ?40, ?41, ?42, ?43, ?44, ?45, ?46, ?47, ?48, ?49, ?50, ?51, ?52, ?53, ?54, ?55, ?56,"    \
	" ?57, ?58, ?59, ?60, ?61, ?62, ?63"
/** A statement with SQL_SOME in it: ?1, ?2, ?3 are ${a}, ${b} and ${c}, the others ${ids}[0..n), at most SOME. */
void some_open(struct sql *q, struct tx *tx, const char *text, int64_t a, int64_t b, int64_t c,
    const int64_t *ids, size_t n);

/** " AND x % ?4 IN (?5, ?6, ?7, ?8)" for a set of shards. */
#define SHARD_ARGS(shards)                                                                         \
	N(SHARDS), N((shards)&1 ? 0 : -1), N((shards)&2 ? 1 : -1), N((shards)&4 ? 2 : -1),         \
	    N((shards)&8 ? 3 : -1)

/** How long inbound ids and receipts are kept: longer than any network repeats itself. */
#define KEEP_SECONDS (30 * 86400)

#endif
