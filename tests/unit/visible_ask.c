/* Every output, asked what somebody sees by it, without a socket. */
#include "tests/unit/visible_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/web/template.h"
#include "channels/web/web.h"
#include "gateway/receive.h"
#include "gateway/window.h"
#include "store/favourite.h"

/* ---- what the pages answer with goes here */

static const struct world *asked; /* of which is told what somebody sees */
static unsigned page_status;
uint32_t page_has;
int64_t page_gone[PAGE_GONE];
size_t page_gone_n;

/*
 * A text counts where it stands as a whole: a page has forms, whose random tokens may hold "said75", but no
 * blanks.
 */
static void
read_page(const char *p, size_t n)
{
	const char *end = p + n;
	char text[64];
	size_t len;
	int i;

	page_has = 0;
	for (; (p = memmem(p, (size_t)(end - p), "said", 4)) != NULL; p += 4) {
		if (end - p < 6 || p[4] < '0' || p[4] > '9' || p[5] < '0' || p[5] > '9')
			continue;
		i = (p[4] - '0') * 10 + p[5] - '0';
		if (i >= asked->n)
			continue;
		world_text(&asked->said[i], i, text);
		len = strlen(text);
		if ((size_t)(end - p) >= len && memcmp(p, text, len) == 0)
			page_has |= 1u << i;
	}
}

static void
read_gone(const char *p, size_t n)
{
	const char *end = p + n, *ref;

	page_gone_n = 0;
	while ((p = memmem(p, (size_t)(end - p), "<at:deleted-entry", 17)) != NULL) {
		ref = memmem(p, (size_t)(end - p), ":status/", 8);
		if (ref == NULL || page_gone_n == PAGE_GONE)
			log_die("a deletion of nothing");
		p = ref + 8;
		page_gone[page_gone_n++] = strtoll(p, NULL, 10);
	}
}

void __wrap_httpd_answer(struct request *q, unsigned status, const char *type, struct buf *body);
void __wrap_httpd_set(struct request *q, const char *name, const char *value);
const char *__wrap_conf_map(const struct conf_section *s, const char *key, const char *sub);

void
__wrap_httpd_answer(struct request *q, unsigned status, const char *type, struct buf *body)
{
	(void)q, (void)type;
	page_status = status;
	read_page(body->data, body->len);
	read_gone(body->data, body->len);
	buf_free(body);
}

bool __wrap_httpd_unchanged(const struct request *q);

bool
__wrap_httpd_unchanged(const struct request *q)
{
	(void)q;
	return false;
}

void
__wrap_httpd_set(struct request *q, const char *name, const char *value)
{
	(void)q, (void)name, (void)value;
}

const char *
__wrap_conf_map(const struct conf_section *s, const char *key, const char *sub)
{
	(void)s, (void)key, (void)sub;
	return NULL;
}

/* ---- asking */

const char *const outputs[ASKED] = { "each status", "lanes and jobs", "behind rows",
	"the public page", "home pages", "replies", "direct messages", "favourites", "profiles",
	"pages of one status", "people's feeds", "the public feed", "home feeds",
	"what feeds tell was taken back", "get, and control's as", "trace", "what is searched for",
	"conversations", "what people say about themselves", "pictures" };

long wrong[ASKED], given[ASKED], withheld[ASKED];

void
tally(enum output o, uint32_t is, uint32_t should, uint32_t all)
{
	wrong[o] += __builtin_popcount((is ^ should) & all);
	given[o] += __builtin_popcount(should & all);
	withheld[o] += __builtin_popcount(all & ~should);
}

static uint32_t
all_of(const struct world *w)
{
	return (1u << w->n) - 1;
}

int
index_of(const struct world *w, int64_t pos)
{
	for (int i = 0; i < w->n; i++)
		if (w->said[i].pos == pos)
			return i;
	return -1;
}

static int64_t
id_of(const struct world *w, int v)
{
	return v == ANYBODY ? 0 : w->id[v];
}

static void
ask_each(struct tx *tx, const struct world *w, int v)
{
	uint32_t is = 0, should = 0;
	struct status s;

	for (int i = 0; i < w->n; i++) {
		if (!status_get(tx, w->said[i].pos, &s))
			log_die("a status is gone");
		free((char *)s.text);
		is |= (uint32_t)audience_sees(tx, id_of(w, v), &s) << i;
		should |= (uint32_t)world_may(w, v, i, AUDIENCE_SOUGHT) << i;
	}
	tally(ASK_ONE, is, should, all_of(w));
}

/* ---- what is brought */

static int home; /* the channel of all of them */

struct carried {
	struct tx *tx;
	const struct world *w;
	const struct status *s;
	struct audience_thing thing;
	uint32_t to; /* people: bits */
};

static bool
carry(void *cookie, const struct edge *e)
{
	struct carried *c = cookie;

	for (int v = 0; v < PEOPLE; v++)
		if (c->w->id[v] == e->follower && lane_may_bring(c->tx, &c->thing, c->s, e))
			c->to |= 1u << v;
	return true;
}

/* To whom do the lanes bring ${i}? */
static void
ask_lanes(struct tx *tx, const struct world *w, struct roster *r, int i)
{
	static struct edge_page page;
	struct carried c = { .tx = tx, .w = w };
	uint32_t should = 0;
	struct status s;
	int64_t after;

	/* a lane, and a job, leave out direct messages and what was taken back */
	if (w->said[i].to != -1 || w->said[i].deleted || !status_get(tx, w->said[i].pos, &s))
		return;
	c.s = &s;
	if (s.repeats != 0)
		audience_of(tx, &s, &c.thing);
	for (int shard = 0; shard < SHARDS; shard++) {
		after = 0;
		page = (struct edge_page){ 0 };
		edge_each(tx, r, s.author, home, shard, s.pos, &after, SIZE_MAX, &page, carry, &c);
	}
	free((char *)s.text);
	for (int v = 0; v < PEOPLE; v++)
		if (!w->suspended[v] && world_followed(w, v, i) &&
		    world_may(w, v, i, AUDIENCE_BROUGHT))
			should |= 1u << v;
	tally(ASK_LANE, c.to, should, (1u << PEOPLE) - 1);
}

static void
ask_owed(struct tx *tx, const struct world *w, int v)
{
	uint32_t is = 0, should = 0;
	int64_t from = 1;
	struct status s;

	while (owed_next(tx, w->id[v], from, &s)) {
		int i = index_of(w, s.pos);

		if (i >= 0 && audience_brings(tx, w->id[v], &s))
			is |= 1u << i;
		from = s.pos + 1;
		free((char *)s.text);
	}
	for (int i = 0; i < w->n; i++)
		if (v != w->said[i].author && world_may(w, v, i, AUDIENCE_BROUGHT) &&
		    (world_followed(w, v, i) || w->said[i].named == v || w->said[i].to == v ||
			(w->said[i].tracked >> v & 1)))
			should |= 1u << i;
	tally(ASK_OWED, is, should, all_of(w));
}

static bool
trace_one(void *cookie, const struct trace *t)
{
	struct carried *c = cookie;

	for (int v = 0; v < PEOPLE; v++)
		if (c->w->id[v] == t->user)
			c->to |= 1u << v;
	return true;
}

/* Who follows its author, and is not to have it, does not stand in its trace. */
static void
ask_trace(struct tx *tx, const struct world *w, int i)
{
	struct carried c = { .tx = tx, .w = w };
	uint32_t should = 0, all = 0;

	if (w->said[i].to != -1 || w->said[i].repeats != -1 || w->said[i].deleted ||
	    w->suspended[w->said[i].author])
		return;
	trace_each(tx, w->said[i].pos, trace_one, &c);
	for (int v = 0; v < PEOPLE; v++) {
		if (v == w->said[i].named || (w->said[i].tracked >> v & 1))
			continue;
		all |= 1u << v;
		if (world_followed(w, v, i) && world_may(w, v, i, AUDIENCE_BROUGHT))
			should |= 1u << v;
	}
	tally(ASK_TRACE, c.to, should, all);
}

/* ---- pages */

static struct web web = { .cookie = "hudhud" };
bool visit_rss;
const char *visit_query;

void
visit_page(struct tx *tx, const struct world *w, int v, web_page *page, int whose, int64_t pos)
{
	struct request q = { .path = "/", .query = "", .remote = "192.0.2.1" };
	struct visit visit = {
		.web = &web, .http = &q, .tx = tx, .now = clock_wall(), .pos = pos, .rss = visit_rss
	};

	mem_copy(visit.lang, sizeof(visit.lang), "en");
	visit.page.lang = visit.lang;
	if (v != ANYBODY)
		user_by_id(tx, w->id[v], &visit.me);
	if (whose >= 0) {
		mem_copy(visit.name, sizeof(visit.name), "person0");
		visit.name[6] = (char)('0' + whose);
	}
	if (visit_query != NULL)
		fields_parse(&visit.query, visit_query, strlen(visit_query));
	page_status = 0;
	page_has = 0;
	page_gone_n = 0;
	page(&visit);
	fields_free(&visit.query);
	buf_free(&visit.page.out);
	view_free(visit.view);
}

void
ask_page(enum output o, const struct world *w, int v, uint32_t on, enum audience_way way)
{
	uint32_t should = 0;

	for (int i = 0; i < w->n; i++)
		if ((on >> i & 1) && world_may(w, v, i, way))
			should |= 1u << i;
	tally(o, page_has, should, all_of(w));
}

/* Whose page is it?  What the store would give for it, without a look at who may see it. */
static uint32_t
belongs(const struct world *w, enum output o, int v, int author)
{
	uint32_t on = 0;

	for (int i = 0; i < w->n; i++) {
		const struct world_said *s = &w->said[i];
		int a = s->author;
		bool yes = false;

		if (o == ASK_PUBLIC || o == ASK_FEED_PUBLIC)
			yes = s->to == -1 && !w->closed[a] && !w->silenced[a] && !w->suspended[a];
		else if (o == ASK_HOME)
			yes = s->to == -1 && (a == v || w->follow[v][a].state == FOLLOW_ACTIVE);
		else if (o == ASK_REPLIES)
			yes = s->to == -1 && s->named == v && v != a;
		else if (o == ASK_DIRECTS)
			yes = s->to != -1 && (a == v || s->to == v);
		else if (o == ASK_FAVOURITES)
			yes = s->to == -1 && w->favourite[v][i];
		else
			yes = s->to == -1 && a == author;
		on |= (uint32_t)yes << i;
	}
	return on;
}

static void
ask_favourites(struct tx *tx, const struct world *w, int v)
{
	visit_page(tx, w, v, favourites_get, -1, 0);
	ask_page(ASK_FAVOURITES, w, v, belongs(w, ASK_FAVOURITES, v, 0), AUDIENCE_SHOWN);
}

static void
ask_own_pages(struct tx *tx, const struct world *w, int v)
{
	visit_page(tx, w, v, home_get, -1, 0);
	ask_page(ASK_HOME, w, v, belongs(w, ASK_HOME, v, 0), AUDIENCE_BROUGHT);
	ask_feed(tx, w, ASK_FEED_HOME, v, -1, belongs(w, ASK_HOME, v, 0), AUDIENCE_BROUGHT);
	visit_page(tx, w, v, replies_get, -1, 0);
	ask_page(ASK_REPLIES, w, v, belongs(w, ASK_REPLIES, v, 0), AUDIENCE_SHOWN);
	visit_page(tx, w, v, direct_get, -1, 0);
	ask_page(ASK_DIRECTS, w, v, belongs(w, ASK_DIRECTS, v, 0), AUDIENCE_SHOWN);
	ask_favourites(tx, w, v);
}

/* Pages that anybody may ask for; whose, by ${author}. */
static void
ask_pages(struct tx *tx, const struct world *w, int v, int author)
{
	uint32_t on = belongs(w, ASK_PROFILE, v, author);

	visit_page(tx, w, v, profile_get, author, 0);
	if (w->suspended[author])
		on = 0; /* nobody of that name is here */
	ask_page(ASK_PROFILE, w, v, on, AUDIENCE_SOUGHT);
	ask_feed(tx, w, ASK_FEED, ANYBODY, author, on, AUDIENCE_SOUGHT);
}

static void
ask_picture(struct tx *tx, const struct world *w, int v, int whose)
{
	visit_page(tx, w, v, picture_show, whose, 0);
	tally(ASK_PICTURE, page_status == 200, world_opens(w, v, whose), 1);
}

static void
ask_status(struct tx *tx, const struct world *w, int v, int i)
{
	const struct world_said *s = &w->said[i];
	bool should = s->to == -1 && world_may(w, v, i, AUDIENCE_SOUGHT);

	visit_page(tx, w, v, status_get_page, s->author, s->pos);
	tally(ASK_STATUS, page_status == 200, should, 1);
}

/* The last of ${author} that stands, as a text to the service, or an operator's "as", asks for it. */
static void
ask_get(struct tx *tx, const struct world *w, int v, int author)
{
	struct receive r = { .site = web.site, .user = w->id[v], .now = clock_wall() };
	uint32_t should = 0;
	int i = w->n - 1;

	while (i >= 0 && (w->said[i].author != author || w->said[i].to != -1 || w->said[i].deleted))
		i--;
	if (i < 0 || w->suspended[v] || w->suspended[author])
		return;
	if (world_may(w, v, i, AUDIENCE_SOUGHT))
		should = 1u << i;
	r.text = mem_printf("get person%d", author);
	r.text_len = strlen(r.text);
	r.foreign = mem_dup("");
	if (receive_run(tx, &r) != STORE_OK)
		log_die("get failed");
	page_has = 0;
	if (r.answer != NULL)
		read_page(r.answer, strlen(r.answer));
	tally(ASK_GET, page_has, should, all_of(w));
	receive_free(&r);
}

void
ask_all(struct tx *tx, const struct world *w, int chan, const struct site *site, int n)
{
	int v = world_dice(PEOPLE), eyes = world_dice(4) == 0 ? ANYBODY : v;
	struct roster *r = roster_new(64);

	home = chan;
	asked = w;
	web.site = site;
	templates_init();
	ask_each(tx, w, eyes);
	roster_refresh(tx, r, NULL, NULL);
	for (int i = n % 3; i < w->n; i += 3)
		ask_lanes(tx, w, r, i);
	roster_free(r);
	if (!w->suspended[v]) {
		ask_owed(tx, w, v);
		ask_own_pages(tx, w, v);
	}
	ask_pages(tx, w, eyes, world_dice(PEOPLE));
	ask_get(tx, w, v, world_dice(PEOPLE));
	ask_picture(tx, w, eyes, world_dice(PEOPLE));
	if (w->n > 0) {
		ask_status(tx, w, eyes, world_dice(w->n));
		ask_trace(tx, w, world_dice(w->n));
	}
	ask_found(tx, w, eyes, n);
	if (n % 4 == 0) {
		visit_page(tx, w, eyes, front_get, -1, 0);
		ask_page(ASK_PUBLIC, w, eyes, belongs(w, ASK_PUBLIC, eyes, 0), AUDIENCE_SHOWN);
		ask_feed(tx, w, ASK_FEED_PUBLIC, ANYBODY, -1, belongs(w, ASK_FEED_PUBLIC, 0, 0),
		    AUDIENCE_SHOWN);
	}
}
