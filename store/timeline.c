#include <stdlib.h>

#include "store/row.h"

static void
read_all(struct sql *q, status_each *each, void *cookie)
{
	struct status s;

	while (sql_next(q)) {
		status_read(q, &s);
		if (!each(cookie, &s))
			sql_close(q);
	}
}

static int64_t
top(int64_t before)
{
	return before > 0 ? before : INT64_MAX;
}

/* What nobody but followers may see is left out here, so that a page is not empty for it. */
void
status_public(struct tx *tx, int64_t before, int limit, status_each *each, void *cookie)
{
	struct sql q;

	change_saw(tx, CHANGE_PUBLIC, 0);
	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM status s JOIN person p ON p.id = s.author"
	    " WHERE s.pos < ?1 AND s.to_user = 0 AND s.deleted = 0 AND p.is_protected = 0"
	    " AND p.suspended = 0 AND p.silenced = 0 ORDER BY s.pos DESC LIMIT ?2",
	    N(top(before)), N(limit));
	read_all(&q, each, cookie);
}

void
status_by(struct tx *tx, int64_t author, int64_t before, int limit, status_each *each, void *cookie)
{
	struct sql q;

	change_saw(tx, CHANGE_USER, author);
	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM " STATUS_TABLES
	    " WHERE s.author = ?1 AND s.pos < ?2 AND s.to_user = 0 AND s.deleted = 0"
	    " ORDER BY s.pos DESC LIMIT ?3",
	    N(author), N(top(before)), N(limit));
	read_all(&q, each, cookie);
}

#define HOME_AUTHORS                                                                               \
	"(SELECT followee AS author FROM follow WHERE follower = ?1 AND state = ?3"                \
	" UNION ALL SELECT ?1) AS a"
#define HOME_LATEST                                                                                \
	"(SELECT s.pos FROM status s WHERE s.author = a.author AND s.pos < ?2"                     \
	" AND s.to_user = 0 AND s.deleted = 0 ORDER BY s.pos DESC LIMIT 1)"

/*
 * The newest of each author alone fill a page, if there are as many authors: so nothing older than
 * the last of those can be on it.  0: there are not as many.
 */
static int64_t
home_floor(struct tx *tx, int64_t user, int64_t before, int limit)
{
	return sql_value(tx, 0,
	    "SELECT latest FROM (SELECT " HOME_LATEST " AS latest FROM " HOME_AUTHORS ") AS l"
	    " WHERE latest IS NOT NULL ORDER BY latest DESC LIMIT 1 OFFSET ?4",
	    N(user), N(before), N(FOLLOW_ACTIVE), N(limit - 1));
}

/* Few authors: one step back in each for every status. */
static void
home_by_steps(
    struct tx *tx, int64_t user, int64_t before, int limit, status_each *each, void *cookie)
{
	struct status s;
	bool more = true;

	for (int64_t pos = before; more && limit > 0; limit--) {
		pos = sql_value(tx, 0,
		    "SELECT MAX(latest) FROM (SELECT " HOME_LATEST " AS latest FROM " HOME_AUTHORS
		    ") AS l",
		    N(user), N(pos), N(FOLLOW_ACTIVE));
		if (pos == 0 || !status_get(tx, pos, &s))
			return;
		more = each(cookie, &s);
		free((char *)s.text);
	}
}

void
status_home(struct tx *tx, int64_t user, int64_t before, int limit, status_each *each, void *cookie)
{
	int64_t floor;
	struct sql q;

	if (limit <= 0)
		return;
	floor = home_floor(tx, user, top(before), limit);
	if (floor == 0) {
		home_by_steps(tx, user, top(before), limit, each, cookie);
		return;
	}
	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM " HOME_AUTHORS
	    " CROSS JOIN status s LEFT JOIN person p ON p.id = s.author"
	    " WHERE s.author = a.author AND s.pos < ?2 AND s.pos >= ?4 AND s.to_user = 0"
	    " AND s.deleted = 0 ORDER BY s.pos DESC LIMIT ?5",
	    N(user), N(top(before)), N(FOLLOW_ACTIVE), N(floor), N(limit));
	read_all(&q, each, cookie);
}

void
status_directs(
    struct tx *tx, int64_t user, int64_t before, int limit, status_each *each, void *cookie)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM " STATUS_TABLES " WHERE s.pos IN"
	    " (SELECT pos FROM (SELECT pos FROM status WHERE to_user = ?1 AND to_user <> 0"
	    " AND pos < ?2 AND deleted = 0 ORDER BY pos DESC LIMIT ?3) AS got"
	    " UNION SELECT pos FROM (SELECT pos FROM status WHERE author = ?1 AND to_user <> 0"
	    " AND pos < ?2 AND deleted = 0 ORDER BY pos DESC LIMIT ?3) AS sent)"
	    " ORDER BY s.pos DESC LIMIT ?3",
	    N(user), N(top(before)), N(limit));
	read_all(&q, each, cookie);
}

void
status_addressed(
    struct tx *tx, int64_t user, int64_t before, int limit, status_each *each, void *cookie)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM addressed a JOIN status s ON s.pos = a.pos"
	    " LEFT JOIN person p ON p.id = s.author"
	    " WHERE a.user_id = ?1 AND a.pos < ?2 AND a.again = 0 AND s.to_user = 0"
	    " AND s.deleted = 0 ORDER BY a.pos DESC LIMIT ?3",
	    N(user), N(top(before)), N(limit));
	read_all(&q, each, cookie);
}

void
status_from(struct tx *tx, int64_t from, int limit, status_each *each, void *cookie)
{
	struct sql q;

	sql_open(&q, tx,
	    "SELECT " STATUS_COLUMNS " FROM " STATUS_TABLES " WHERE s.pos >= ?1 ORDER BY s.pos"
	    " LIMIT ?2",
	    N(from), N(limit));
	read_all(&q, each, cookie);
}
