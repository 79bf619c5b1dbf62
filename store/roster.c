#include "store/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
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
	" OR EXISTS (SELECT 1 FROM address z WHERE z.user_id = p.id"                               \
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

/* Make room for one more. */
static struct member *
keep(struct roster *r, int64_t user, int chan, const char *peer)
{
	size_t n = strlen(peer) + 1;
	struct member *m = mem_new(sizeof(*m) + n);

	memcpy(m->peer, peer, n);
	m->refs = 1;
	m->chan = chan;
	if (r->n >= r->max)
		forget_all(r);
	forget(r, user);
	*make_place(r, user) = m;
	r->n++;
	return m;
}

static const struct member *
keep_row(struct roster *r, struct sql *q, int chan)
{
	struct member *m = keep(r, sql_number(q, 0), chan, sql_text(q, 4));

	sql_copy(q, 1, m->name, sizeof(m->name));
	sql_copy(q, 2, m->lang, sizeof(m->lang));
	m->suspended = sql_number(q, 3) != 0;
	m->bounces = sql_int(q, 5);
	m->is_behind = sql_number(q, 6) != 0;
	m->blocks = sql_number(q, 7) != 0;
	m->careful = sql_number(q, 8) != 0;
	m->others = sql_number(q, 9) != 0;
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
	m = keep_row(r, &q, chan);
	sql_close(&q);
	return m;
}

/*
 * Where many of those asked for stand close together, all whose home the channel is are read, for the
 * other shards and other authors, too: a few walks along their tables and indexes, where one by one a
 * look-up in each costs several times as much.
 */
#define DENSE_MIN 16
#define APART 16 /* ids for each that is asked for */
#define SPAN 4096

const char span_people_sql[] =
    "SELECT p.id, p.name, p.lang, p.suspended,"
    " CASE WHEN p.quiet_from <> p.quiet_to OR p.quiet_until <> 0 THEN 1 ELSE 0 END FROM person p"
    " WHERE p.id BETWEEN ?1 AND ?2 AND p.home = ?3 ORDER BY p.id";
const char span_addresses_sql[] =
    "SELECT a.user_id, a.peer, a.chan FROM address a WHERE a.user_id BETWEEN ?1 AND ?2"
    " AND a.chan <> 0 AND a.state = ?3 ORDER BY a.user_id, a.place";
const char span_wishes_sql[] = "SELECT a.user_id FROM address a WHERE a.user_id BETWEEN ?1 AND ?2"
			       " AND (a.takes <> 0 OR a.daily <> 0)";
const char span_bounced_sql[] =
    "SELECT a.user_id, a.peer, a.bounces FROM address a"
    " WHERE a.user_id BETWEEN ?1 AND ?2 AND a.bounces > 0 AND a.chan = ?3 AND a.state = ?4";
const char span_mutes_sql[] = "SELECT m.user_id FROM mute m WHERE m.user_id BETWEEN ?1 AND ?2";
const char span_behind_sql[] = "SELECT b.follower FROM behind b WHERE b.follower BETWEEN ?1 AND ?2";
const char span_blocks_sql[] =
    "SELECT k.user_id FROM block k WHERE k.user_id BETWEEN ?1 AND ?2"
    " UNION ALL SELECT k.blocked FROM block k WHERE k.blocked BETWEEN ?1 AND ?2";

struct span {
	int64_t first;
	struct buf peers; /* each with its NUL */
	struct {
		uint32_t peer; /* where in them, from 1; 0: none */
		int bounces;
		bool is_behind, blocks, careful, others;
	} of[SPAN];
};

static const char *
span_peer(const struct span *s, size_t i)
{
	return s->of[i].peer == 0 ? "" : s->peers.data + s->of[i].peer - 1;
}

static void
read_addresses(struct span *s, struct sql *q, int chan)
{
	const char *peer;
	size_t i;

	while (sql_next(q)) {
		i = (size_t)(sql_number(q, 0) - s->first);
		s->of[i].others |= sql_int(q, 2) != chan;
		/* the lowest rung comes first */
		if (s->of[i].peer != 0 || sql_int(q, 2) != chan)
			continue;
		peer = sql_text(q, 1);
		s->of[i].peer = (uint32_t)s->peers.len + 1;
		buf_add(&s->peers, peer, strlen(peer) + 1);
	}
}

static void
read_bounced(struct span *s, struct sql *q)
{
	size_t i;

	while (sql_next(q)) {
		i = (size_t)(sql_number(q, 0) - s->first);
		if (strcmp(span_peer(s, i), sql_text(q, 1)) == 0)
			s->of[i].bounces = sql_int(q, 2);
	}
}

static void
read_people(struct roster *r, const struct span *s, struct sql *q, int chan)
{
	struct member *m;
	int64_t user;
	size_t i;

	while (sql_next(q)) {
		user = sql_number(q, 0);
		i = (size_t)(user - s->first);
		if (roster_find(r, user, chan) != NULL)
			continue;
		m = keep(r, user, chan, span_peer(s, i));
		sql_copy(q, 1, m->name, sizeof(m->name));
		sql_copy(q, 2, m->lang, sizeof(m->lang));
		m->suspended = sql_number(q, 3) != 0;
		m->bounces = s->of[i].bounces;
		m->is_behind = s->of[i].is_behind;
		m->blocks = s->of[i].blocks;
		m->careful = s->of[i].careful || sql_number(q, 4) != 0;
		m->others = s->of[i].others;
	}
}

static void
load_span(struct tx *tx, struct roster *r, int chan, int64_t first, int64_t last)
{
	struct span *s = mem_new(sizeof(*s));
	struct sql q;

	s->first = first;
	sql_open(&q, tx, span_addresses_sql, N(first), N(last), N(ADDRESS_VERIFIED));
	read_addresses(s, &q, chan);
	sql_open(&q, tx, span_wishes_sql, N(first), N(last));
	while (sql_next(&q))
		s->of[sql_number(&q, 0) - first].careful = true;
	sql_open(&q, tx, span_mutes_sql, N(first), N(last));
	while (sql_next(&q))
		s->of[sql_number(&q, 0) - first].careful = true;
	sql_open(&q, tx, span_bounced_sql, N(first), N(last), N(chan), N(ADDRESS_VERIFIED));
	read_bounced(s, &q);
	sql_open(&q, tx, span_behind_sql, N(first), N(last));
	while (sql_next(&q))
		s->of[sql_number(&q, 0) - first].is_behind = true;
	sql_open(&q, tx, span_blocks_sql, N(first), N(last));
	while (sql_next(&q))
		s->of[sql_number(&q, 0) - first].blocks = true;
	sql_open(&q, tx, span_people_sql, N(first), N(last), N(chan));
	read_people(r, s, &q, chan);
	buf_free(&s->peers);
	free(s);
}

static void
load_some(struct tx *tx, struct roster *r, int64_t author, int chan, int shard, int64_t first,
    int64_t last)
{
	struct sql q;

	sql_open(&q, tx, member_range_sql, N(chan), N(ADDRESS_VERIFIED), N(author), N(shard),
	    N(first), N(last));
	while (sql_next(&q))
		if (can_keep(sql_number(&q, 0)))
			keep_row(r, &q, chan);
}

void
roster_load(struct tx *tx, struct roster *r, int64_t author, int chan, int shard,
    const int64_t *ids, size_t n)
{
	size_t dense = n;

	/* as many of the first as stand close together */
	while (dense >= DENSE_MIN &&
	       ids[dense - 1] - ids[0] >= (int64_t)(dense * APART < SPAN ? dense * APART : SPAN))
		dense -= dense / 4;
	if (dense >= DENSE_MIN && r->max >= SPAN && can_keep(ids[dense - 1]))
		load_span(tx, r, chan, ids[0], ids[dense - 1]);
	else
		load_some(tx, r, author, chan, shard, ids[0], ids[n - 1]);
}

void
roster_load_some(struct tx *tx, struct roster *r, const int64_t *users, size_t n, int chan)
{
	int64_t missing[SOME];
	size_t m = 0;
	struct sql q;

	for (size_t i = 0; i < n && i < SOME; i++)
		if (can_keep(users[i]) && roster_find(r, users[i], chan) == NULL)
			missing[m++] = users[i];
	if (m == 0)
		return;
	some_open(&q, tx,
	    "SELECT " MEMBER_COLUMNS " FROM person p" MEMBER_ADDRESS
	    " WHERE ?3 = 0 AND p.id IN (" SQL_SOME ")",
	    chan, ADDRESS_VERIFIED, 0, missing, m);
	while (sql_next(&q))
		keep_row(r, &q, chan);
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

int64_t
roster_seen(const struct roster *r)
{
	return r->seen;
}

/* ---- the other side */

#define TOUCHED_SECONDS 3600

void
touch(struct tx *tx, int64_t user)
{
	sql_run(tx, "UPDATE counter SET value = value + 1 WHERE name = 'touched'");
	sql_run(tx,
	    "INSERT INTO touched SELECT c.value, ?1, ?2 FROM counter c WHERE c.name = 'touched'",
	    N(user), N(clock_wall() + TOUCHED_SECONDS));
}
