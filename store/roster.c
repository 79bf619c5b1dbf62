#include "store/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/row.h"

/* Ids are given out one after the other, so that pages of them are full. */
#define PAGE 4096
#define PAGES_MAX (1 << 20) /* 4 billion users */

struct page {
	struct member *members[PAGE];
};

struct roster {
	struct page **pages; /* by the user's id */
	size_t pages_n;
	size_t n, max;
	int64_t seen; /* of table "touched"; -1: not begun */
};

struct roster *
roster_new(size_t max)
{
	struct roster *r = mem_new(sizeof(*r));

	r->max = max;
	r->seen = -1;
	return r;
}

const struct member *
member_hold(const struct member *m)
{
	((struct member *)m)->refs++;
	return m;
}

const struct member *
member_like(const struct member *m, const char *peer)
{
	size_t n = strlen(peer) + 1;
	struct member *out = mem_new(sizeof(*out) + n);

	memcpy(out, m, sizeof(*out));
	memcpy(out->peer, peer, n);
	out->refs = 1;
	out->bounces = 0;
	return out;
}

void
member_release(const struct member *m)
{
	if (m != NULL && --((struct member *)m)->refs == 0)
		free((struct member *)m);
}

static void
forget_all(struct roster *r)
{
	for (size_t i = 0; i < r->pages_n; i++) {
		if (r->pages[i] == NULL)
			continue;
		for (size_t k = 0; k < PAGE; k++)
			member_release(r->pages[i]->members[k]);
		free(r->pages[i]);
	}
	free(r->pages);
	r->pages = NULL;
	r->pages_n = r->n = 0;
}

void
roster_free(struct roster *r)
{
	if (r == NULL)
		return;
	forget_all(r);
	free(r);
}

/* Where ${user} is kept; NULL: nowhere yet. */
static struct member **
place(const struct roster *r, int64_t user)
{
	uint64_t page = (uint64_t)user / PAGE;

	if (page >= r->pages_n || r->pages[page] == NULL)
		return NULL;
	return &r->pages[page]->members[(uint64_t)user % PAGE];
}

static struct member **
make_place(struct roster *r, int64_t user)
{
	uint64_t page = (uint64_t)user / PAGE;

	if (page >= r->pages_n) {
		size_t n = (size_t)page + 1 + r->pages_n / 2;

		r->pages = mem_resize(r->pages, n, sizeof(*r->pages));
		memset(r->pages + r->pages_n, 0, (n - r->pages_n) * sizeof(*r->pages));
		r->pages_n = n;
	}
	if (r->pages[page] == NULL)
		r->pages[page] = mem_new(sizeof(struct page));
	return &r->pages[page]->members[(uint64_t)user % PAGE];
}

static void
forget(struct roster *r, int64_t user)
{
	struct member **at = place(r, user);

	if (at == NULL || *at == NULL)
		return;
	member_release(*at);
	*at = NULL;
	r->n--;
}

const struct member *
roster_find(const struct roster *r, int64_t user, int chan)
{
	struct member **at = place(r, user);

	return at != NULL && *at != NULL && (*at)->chan == chan ? *at : NULL;
}

/*
 * The address of the first rung on the channel ?1: the verified one of the lowest place.
 * Columns 0 to 9.
 */
#define MEMBER_COLUMNS                                                                             \
	"p.id, p.name, p.lang, p.suspended, a.peer, a.bounces,"                                    \
	" EXISTS (SELECT 1 FROM behind b WHERE b.follower = p.id),"                                \
	" (EXISTS (SELECT 1 FROM block k WHERE k.user_id = p.id)"                                  \
	" OR EXISTS (SELECT 1 FROM block k WHERE k.blocked = p.id)),"                              \
	" (p.quiet_from <> p.quiet_to OR p.quiet_until <> 0"                                       \
	" OR EXISTS (SELECT 1 FROM address z WHERE z.user_id = p.id AND z.state = ?2"              \
	" AND (z.takes <> 0 OR z.daily <> 0))"                                                     \
	" OR EXISTS (SELECT 1 FROM mute m WHERE m.user_id = p.id)),"                               \
	" EXISTS (SELECT 1 FROM address y WHERE y.user_id = p.id AND y.state = ?2"                 \
	" AND y.chan <> ?1 AND y.chan <> 0)"
#define MEMBER_ADDRESS                                                                             \
	" LEFT JOIN address a ON a.user_id = p.id AND a.place = (SELECT x.place FROM address x"    \
	" WHERE x.user_id = p.id AND x.chan = ?1 AND x.state = ?2 ORDER BY x.place LIMIT 1)"

const char member_one_sql[] = "SELECT " MEMBER_COLUMNS " FROM person p" MEMBER_ADDRESS
			      " WHERE p.id = ?3";

/* One range of the primary key of "follow". */
const char member_range_sql[] =
    "SELECT " MEMBER_COLUMNS " FROM follow f JOIN person p ON p.id = f.follower" MEMBER_ADDRESS
    " WHERE f.followee = ?3 AND f.chan = ?1 AND f.shard = ?4 AND f.follower BETWEEN ?5 AND ?6";

static const struct member *
keep(struct roster *r, struct sql *q, int chan)
{
	int64_t user = sql_number(q, 0);
	const char *peer = sql_text(q, 4);
	size_t n = strlen(peer) + 1;
	struct member *m = mem_new(sizeof(*m) + n), **at;

	memcpy(m->peer, peer, n);
	m->refs = 1;
	m->chan = chan;
	sql_copy(q, 1, m->name, sizeof(m->name));
	sql_copy(q, 2, m->lang, sizeof(m->lang));
	m->suspended = sql_number(q, 3) != 0;
	m->bounces = sql_int(q, 5);
	m->is_behind = sql_number(q, 6) != 0;
	m->blocks = sql_number(q, 7) != 0;
	m->careful = sql_number(q, 8) != 0;
	m->others = sql_number(q, 9) != 0;
	if (r->n >= r->max)
		forget_all(r);
	forget(r, user);
	at = make_place(r, user);
	*at = m;
	r->n++;
	return m;
}

/* An id that is none of ours must not make a page of its own somewhere far out. */
static bool
can_keep(int64_t user)
{
	return user > 0 && user / PAGE < PAGES_MAX;
}

const struct member *
roster_get(struct tx *tx, struct roster *r, int64_t user, int chan)
{
	const struct member *m = roster_find(r, user, chan);
	struct sql q;

	if (m != NULL || !can_keep(user))
		return m;
	sql_open(&q, tx, member_one_sql, N(chan), N(ADDRESS_VERIFIED), N(user));
	if (!sql_next(&q))
		return NULL;
	m = keep(r, &q, chan);
	sql_close(&q);
	return m;
}

void
roster_load(struct tx *tx, struct roster *r, int64_t author, int chan, int shard, int64_t first,
    int64_t last)
{
	struct sql q;

	sql_open(&q, tx, member_range_sql, N(chan), N(ADDRESS_VERIFIED), N(author), N(shard),
	    N(first), N(last));
	while (sql_next(&q))
		if (can_keep(sql_number(&q, 0)))
			keep(r, &q, chan);
}

/* What cannot be read any more was trimmed: then nobody can be told from anybody. */
void
roster_refresh(
    struct tx *tx, struct roster *r, void (*changed)(void *cookie, int64_t user), void *cookie)
{
	int64_t top = sql_value(tx, 0, "SELECT value FROM counter WHERE name = 'touched'");
	int64_t seen = r->seen, user = 1;
	struct sql q;

	if (top == seen || sql_result(tx) != STORE_OK)
		return;
	r->seen = top;
	if (seen == -1)
		return;
	sql_open(&q, tx, "SELECT seq, user_id FROM touched WHERE seq > ?1 ORDER BY seq", N(seen));
	while (sql_next(&q)) {
		if (sql_number(&q, 0) != ++seen || (user = sql_number(&q, 1)) == TOUCHED_ANYBODY) {
			sql_close(&q);
			break;
		}
		forget(r, user);
		if (changed != NULL)
			changed(cookie, user);
	}
	if (seen == top && user != TOUCHED_ANYBODY)
		return;
	forget_all(r);
	if (changed != NULL)
		changed(cookie, TOUCHED_ANYBODY);
}

/* ---- the other side */

#define TOUCHED_SECONDS 3600

void
touch(struct tx *tx, int64_t user)
{
	sql_run(tx, "INSERT INTO touched VALUES (?1, ?2, ?3)", N(sql_count(tx, "touched")), N(user),
	    N(clock_wall() + TOUCHED_SECONDS));
}
