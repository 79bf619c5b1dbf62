#include <string.h>

#include "base/clock.h"
#include "store/feed.h"
#include "store/row.h"

void
person_read(struct sql *q, int at, struct user *u)
{
	*u = (struct user){ 0 };
	u->id = sql_number(q, at);
	sql_copy(q, at + 1, u->name, sizeof(u->name));
	sql_copy(q, at + 2, u->lang, sizeof(u->lang));
	sql_copy(q, at + 3, u->zone, sizeof(u->zone));
	u->is_protected = sql_number(q, at + 4) != 0;
	u->suspended = sql_number(q, at + 5) != 0;
	u->home = sql_int(q, at + 6);
	u->followers = sql_number(q, at + 7);
	u->following = sql_number(q, at + 8);
	u->statuses = sql_number(q, at + 9);
	u->created = sql_number(q, at + 10);
	sql_copy(q, at + 11, u->bio, sizeof(u->bio));
	u->quiet_from = sql_int(q, at + 12);
	u->quiet_to = sql_int(q, at + 13);
	u->quiet_until = sql_number(q, at + 14);
	u->wishes = (unsigned)sql_int(q, at + 15);
	u->silenced = sql_number(q, at + 16) != 0;
	u->budget = sql_number(q, at + 17);
	u->near = sql_int(q, at + 18);
	u->has_pin = sql_number(q, at + 19) != 0;
	sql_copy(q, at + 20, u->picture, sizeof(u->picture));
	change_saw(q->tx, CHANGE_USER, u->id);
}

static bool
read_one(struct sql *q, struct user *u)
{
	if (!sql_next(q))
		return false;
	person_read(q, 0, u);
	sql_close(q);
	return true;
}

/* Names are ASCII; in any case they are one name. */
static bool
fold_name(char out[USER_NAME_MAX + 1], const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > USER_NAME_MAX)
		return false;
	for (size_t i = 0; i <= n; i++)
		out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + ('a' - 'A') : name[i]);
	return true;
}

int
user_add(struct tx *tx, struct user *u)
{
	char name[USER_NAME_MAX + 1];
	struct user other;

	if (!fold_name(name, u->name) || user_by_name(tx, name, &other))
		return STORE_FAILED;
	memcpy(u->name, name, sizeof(name));
	u->id = sql_count(tx, "user");
	if (u->created == 0)
		u->created = clock_wall();
	change_made(tx, CHANGE_NAME, change_name(name));
	u->home = 0;
	u->followers = u->following = u->statuses = 0;
	sql_run(tx,
	    "INSERT INTO person (id, name, lang, zone, is_protected, suspended, home, followers,"
	    " following, statuses, created, bio, password, settled, wishes)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, 0, ?7, ?8, '', 0, ?9)",
	    N(u->id), T(name), T(u->lang), T(u->zone), N(u->is_protected), N(u->suspended),
	    N(u->created), T(u->bio), N(u->wishes));
	if (u->bio[0] != '\0')
		search_bio(tx, u->id, u->bio);
	return sql_result(tx);
}

bool
user_by_name(struct tx *tx, const char *name, struct user *u)
{
	char folded[USER_NAME_MAX + 1];
	struct sql q;

	if (!fold_name(folded, name))
		return false;
	change_saw(tx, CHANGE_NAME, change_name(folded));
	sql_open(&q, tx, "SELECT " PERSON_COLUMNS " FROM person p WHERE p.name = ?1", T(folded));
	return read_one(&q, u);
}

bool
user_by_id(struct tx *tx, int64_t id, struct user *u)
{
	struct sql q;

	change_saw(tx, CHANGE_USER, id);
	sql_open(&q, tx, "SELECT " PERSON_COLUMNS " FROM person p WHERE p.id = ?1", N(id));
	return read_one(&q, u);
}

bool
user_by_address(
    struct tx *tx, const char *kind, const char *peer, struct user *u, struct address *a)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " PERSON_COLUMNS ", " ADDRESS_COLUMNS " FROM address a"
	    " JOIN person p ON p.id = a.user_id WHERE a.kind = ?1 AND a.peer = ?2",
	    T(kind), T(peer));
	if (!sql_next(&q))
		return false;
	person_read(&q, 0, u);
	if (a != NULL)
		address_read(&q, PERSON_COLUMNS_N, a);
	sql_close(&q);
	return true;
}

bool
user_of_sender(struct tx *tx, const char *kind, const char *peer, struct user *u, struct address *a,
    bool *stopped, bool *split)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " PERSON_COLUMNS ", " ADDRESS_COLUMNS
	    ", CASE WHEN EXISTS (SELECT 1 FROM optout o"
	    " WHERE o.kind = ?1 AND o.peer = ?2) THEN 1 ELSE 0 END"
	    ", CASE WHEN EXISTS (SELECT 1 FROM pending w"
	    " WHERE w.what = 'split' AND w.kind = ?1 AND w.peer = ?2) THEN 1 ELSE 0 END FROM address a"
	    " JOIN person p ON p.id = a.user_id WHERE a.kind = ?1 AND a.peer = ?2",
	    T(kind), T(peer));
	*split = false;
	if (!sql_next(&q)) {
		*stopped = optout_is(tx, kind, peer);
		return false;
	}
	person_read(&q, 0, u);
	address_read(&q, PERSON_COLUMNS_N, a);
	*stopped = sql_number(&q, PERSON_COLUMNS_N + ADDRESS_COLUMNS_N) != 0;
	*split = sql_number(&q, PERSON_COLUMNS_N + ADDRESS_COLUMNS_N + 1) != 0;
	sql_close(&q);
	return true;
}

int
user_update(struct tx *tx, const struct user *u)
{
	int64_t was = sql_value(tx, 0,
	    "SELECT CASE WHEN bio = ?2 THEN 0 ELSE 4 END + suspended * 2 + silenced FROM person"
	    " WHERE id = ?1",
	    N(u->id), T(u->bio));

	/* Of who is suspended or silenced, nothing that waits for anybody may go out. */
	touch(tx, (was & 3) != u->suspended * 2 + u->silenced ? TOUCHED_ANYBODY : u->id);
	change_made(tx, CHANGE_USER, u->id);
	change_made(tx, CHANGE_PUBLIC, 0);
	sql_run(tx,
	    "UPDATE person SET lang = ?2, zone = ?3, is_protected = ?4, suspended = ?5, bio = ?6,"
	    " quiet_from = ?7, quiet_to = ?8, quiet_until = ?9, wishes = ?10, silenced = ?11,"
	    " budget = ?12 WHERE id = ?1",
	    N(u->id), T(u->lang), T(u->zone), N(u->is_protected), N(u->suspended), T(u->bio),
	    N(u->quiet_from), N(u->quiet_to), N(u->quiet_until), N(u->wishes), N(u->silenced),
	    N(u->budget));
	if (was & 4)
		search_bio(tx, u->id, u->bio);
	return sql_result(tx);
}

void
user_each(struct tx *tx, const char *after, bool (*each)(void *cookie, const struct user *u),
    void *cookie)
{
	struct user u;
	struct sql q;

	sql_scan(&q, tx,
	    "SELECT " PERSON_COLUMNS " FROM person p WHERE p.name > ?1 ORDER BY p.name", T(after));
	while (sql_next(&q)) {
		person_read(&q, 0, &u);
		if (!each(cookie, &u))
			sql_close(&q);
	}
}

/* Those who are left behind count one less. */
static void
remove_follows(struct tx *tx, int64_t user)
{
	sql_run(tx,
	    "UPDATE person SET followers = followers - 1 WHERE id IN"
	    " (SELECT followee FROM follow WHERE follower = ?1 AND state = ?2)",
	    N(user), N(FOLLOW_ACTIVE));
	sql_run(tx,
	    "UPDATE person SET following = following - 1 WHERE id IN"
	    " (SELECT follower FROM follow WHERE followee = ?1 AND state = ?2)",
	    N(user), N(FOLLOW_ACTIVE));
	sql_run(tx, "DELETE FROM follow WHERE follower = ?1", N(user));
	sql_run(tx, "DELETE FROM follow WHERE followee = ?1", N(user));
	sql_run(tx, "DELETE FROM block WHERE user_id = ?1", N(user));
	sql_run(tx, "DELETE FROM block WHERE blocked = ?1", N(user));
}

static void
remove_deliveries(struct tx *tx, int64_t user)
{
	sql_run(tx, "DELETE FROM behind WHERE follower = ?1", N(user));
	sql_run(tx, "DELETE FROM addressed WHERE user_id = ?1", N(user));
	sql_run(tx, "DELETE FROM dead WHERE follower = ?1", N(user));
	sql_run(tx,
	    "DELETE FROM answer WHERE (kind, peer) IN"
	    " (SELECT kind, peer FROM address WHERE user_id = ?1)",
	    N(user));
}

static void
remove_wishes(struct tx *tx, int64_t user)
{
	sql_run(tx, "DELETE FROM favourite WHERE user_id = ?1", N(user));
	sql_run(tx, "DELETE FROM track WHERE user_id = ?1", N(user));
	sql_run(tx, "DELETE FROM mute WHERE user_id = ?1 OR muted = ?1", N(user));
	sql_run(tx, "DELETE FROM invite WHERE user_id = ?1", N(user));
	sql_run(tx, "DELETE FROM spend WHERE user_id = ?1", N(user));
	sql_run(tx, "DELETE FROM report WHERE reporter = ?1 OR about = ?1", N(user));
	sql_run(tx,
	    "DELETE FROM pending WHERE (kind, peer) IN"
	    " (SELECT kind, peer FROM address WHERE user_id = ?1)",
	    N(user));
}

/* Their words as others passed them on. */
static void
remove_repeats(struct tx *tx, int64_t user)
{
#define REPEATS_OF                                                                                 \
	"repeats <> 0 AND deleted = 0 AND repeats IN (SELECT o.pos FROM status o WHERE o.author = ?1)"
	sql_run(tx,
	    "UPDATE person SET statuses = statuses - (SELECT COUNT(*) FROM status s"
	    " WHERE s.author = person.id AND s." REPEATS_OF ") WHERE id IN"
	    " (SELECT author FROM status WHERE " REPEATS_OF ")",
	    N(user));
	sql_run(tx, "UPDATE status SET body = '', deleted = ?2 WHERE " REPEATS_OF, N(user),
	    N(clock_wall()));
#undef REPEATS_OF
}

int
user_remove(struct tx *tx, int64_t user)
{
	struct user u;

	if (!user_by_id(tx, user, &u))
		return STORE_FAILED;
	/* what waits of theirs, for anybody, goes out no more */
	touch(tx, TOUCHED_ANYBODY);
	change_made_all(tx);
	remove_follows(tx, user);
	remove_deliveries(tx, user);
	remove_repeats(tx, user);
	search_forget_all(tx, user);
	sql_run(tx, "UPDATE status SET body = '', deleted = ?2 WHERE author = ?1 AND deleted = 0",
	    N(user), N(clock_wall()));
	sql_run(tx,
	    "UPDATE status SET body = '', deleted = ?2"
	    " WHERE to_user = ?1 AND to_user <> 0 AND deleted = 0",
	    N(user), N(clock_wall()));
	remove_wishes(tx, user);
	sql_run(tx, "DELETE FROM session WHERE user_id = ?1", N(user));
	sql_run(tx, "DELETE FROM code WHERE user_id = ?1", N(user));
	sql_run(tx, "DELETE FROM picture WHERE user_id = ?1", N(user));
	feed_key_end(tx, user);
	sql_run(tx, "DELETE FROM address WHERE user_id = ?1", N(user));
	return sql_run(tx, "DELETE FROM person WHERE id = ?1", N(user));
}
