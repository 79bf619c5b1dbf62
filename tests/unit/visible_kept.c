/*
 * What is kept for strangers never shows what they may not see any more, nor hides what they may by now: random
 * worlds, and after each thing that is committed in them every page is asked for, and most have been kept.
 */
#include <stdio.h>

#include "channels/web/kept.h"
#include "channels/web/template.h"
#include "tests/unit/town.h"
#include "tests/unit/visible_world.h"

#define WORLDS 40

/* ---- what the pages answer with goes here */

struct httpd_kept {
	struct buf body;
};

static unsigned page_status;
static uint32_t page_has; /* of what was said: bits */
static long made, given, wrong, shown, hidden;

static void
read_page(const struct buf *body)
{
	const char *p = buf_text(body), *end = p + body->len;

	page_has = 0;
	while ((p = memmem(p, (size_t)(end - p), "said", 4)) != NULL && end - p >= 6) {
		p += 4;
		if (p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9')
			page_has |= 1u << ((p[0] - '0') * 10 + p[1] - '0');
	}
}

void __wrap_httpd_answer(struct request *q, unsigned status, const char *type, struct buf *body);
void __wrap_httpd_set(struct request *q, const char *name, const char *value);
const char *__wrap_conf_map(const struct conf_section *s, const char *key, const char *sub);
struct httpd_kept *__wrap_httpd_keep(
    struct request *q, const char *type, struct buf *body, const size_t *hole, size_t n);
void __wrap_httpd_give(struct request *q, struct httpd_kept *k, const char *word);
void __wrap_httpd_kept_free(struct httpd_kept *k);
size_t __wrap_httpd_kept_size(const struct httpd_kept *k);
size_t __wrap_httpd_kept_holes(const struct httpd_kept *k);
struct store *__wrap_core_store(const struct core *c);

void
__wrap_httpd_answer(struct request *q, unsigned status, const char *type, struct buf *body)
{
	(void)q, (void)type;
	page_status = status;
	read_page(body);
	buf_free(body);
}

void
__wrap_httpd_set(struct request *q, const char *name, const char *value)
{
	(void)q, (void)name, (void)value;
}

bool __wrap_httpd_unchanged(const struct request *q);

bool
__wrap_httpd_unchanged(const struct request *q)
{
	(void)q;
	return false;
}

const char *
__wrap_conf_map(const struct conf_section *s, const char *key, const char *sub)
{
	(void)s, (void)key, (void)sub;
	return NULL;
}

struct httpd_kept *
__wrap_httpd_keep(
    struct request *q, const char *type, struct buf *body, const size_t *hole, size_t n)
{
	struct httpd_kept *k = mem_new(sizeof *k);

	(void)q, (void)type, (void)hole, (void)n;
	k->body = *body;
	*body = (struct buf){ 0 };
	made++;
	return k;
}

void
__wrap_httpd_give(struct request *q, struct httpd_kept *k, const char *word)
{
	(void)q, (void)word;
	page_status = 200;
	read_page(&k->body);
	given++;
}

void
__wrap_httpd_kept_free(struct httpd_kept *k)
{
	buf_free(&k->body);
	free(k);
}

size_t
__wrap_httpd_kept_size(const struct httpd_kept *k)
{
	return k->body.len;
}

size_t
__wrap_httpd_kept_holes(const struct httpd_kept *k)
{
	(void)k;
	return 0;
}

struct store *
__wrap_core_store(const struct core *c)
{
	(void)c;
	return town_store;
}

/* ---- asking */

static struct web web = { .cookie = "hudhud", .cookie_form = "hudhud-form", .site = &town_site };
static int world_n;

static void
ask(const char *path, uint32_t should, uint32_t all)
{
	struct request q = { .path = path, .query = "", .remote = "192.0.2.1" };

	page_status = 0;
	page_has = 0;
	if (!kept_serve(&web, &q))
		log_die("%s is not kept", path);
	visit_free(q.mine);
	wrong += __builtin_popcount((page_has ^ should) & all);
	shown += __builtin_popcount(should);
	hidden += __builtin_popcount(all & ~should);
	if ((page_has ^ should) & all)
		printf("# world %d, %s: %x, not %x\n", world_n, path, page_has, should);
}

/* What stands below and above it on its page. */
static uint32_t
answers(const struct world *w, int i)
{
	uint32_t on = world_conversation(w, i), out = 0;

	for (int k = 0; k < w->n; k++)
		if ((on >> k & 1) && k != i && w->said[k].to == -1 &&
		    world_may(w, ANYBODY, k, AUDIENCE_SHOWN))
			out |= 1u << k;
	return out;
}

static void
ask_all(const struct world *w)
{
	uint32_t all = (1u << w->n) - 1, public = 0, by[PEOPLE] = { 0 };
	char path[64];

	for (int i = 0; i < w->n; i++) {
		int a = w->said[i].author;
		uint32_t bit = 1u << i;

		if (w->said[i].to != -1)
			continue;
		if (world_may(w, ANYBODY, i, AUDIENCE_SHOWN) && !w->closed[a] && !w->silenced[a])
		public |= bit;
		if (world_may(w, ANYBODY, i, AUDIENCE_SOUGHT) && !w->suspended[a])
			by[a] |= bit;
		snprintf(path, sizeof path, "/w%dp%d/%lld", world_n, a, (long long)w->said[i].pos);
		ask(path, by[a] & bit ? bit | answers(w, i) : 0, all);
	}
	ask("/", public, all);
	ask("/public.atom", public, all);
	ask("/public.rss", public, all);
	for (int a = 0; a < PEOPLE; a++) {
		snprintf(path, sizeof path, "/w%dp%d", world_n, a);
		ask(path, by[a], all);
		snprintf(path, sizeof path, "/w%dp%d.atom", world_n, a);
		ask(path, by[a], all);
		snprintf(path, sizeof path, "/w%dp%d.rss", world_n, a);
		ask(path, by[a], all);
	}
}

/* ---- worlds */

static int
begin(struct tx *tx, void *arg)
{
	struct world *w = arg;

	for (int i = 0; i < PEOPLE; i++) {
		struct user u = { .lang = "en", .zone = "UTC" };

		snprintf(u.name, sizeof u.name, "w%dp%d", world_n, i);
		if (user_add(tx, &u) < 0)
			return STORE_FAILED;
		w->id[i] = u.id;
	}
	world_begin(tx, w);
	return STORE_OK;
}

static int
event(struct tx *tx, void *arg)
{
	world_event(tx, arg);
	return STORE_OK;
}

static int
end(struct tx *tx, void *arg)
{
	struct world *w = arg;

	for (int i = 0; i < PEOPLE; i++)
		if (user_remove(tx, w->id[i]) < 0)
			return STORE_FAILED;
	return STORE_OK;
}

static void
do_it(store_fn *fn, struct world *w)
{
	if (store_write(town_store, fn, w) != STORE_OK || w->failed)
		log_die("a world fails");
}

static void
live(void)
{
	struct world w = { 0 };

	do_it(begin, &w);
	ask_all(&w);
	for (int i = 0; i < EVENTS; i++) {
		do_it(event, &w);
		ask_all(&w);
	}
	do_it(end, &w);
	for (int i = 0; i < w.n; i++)
		w.said[i].deleted = true;
	ask_all(&w);
}

int
main(void)
{
	town_open();
	templates_init();
	kept_start(&web, 1 << 24);
	/* a few where the programs that look on make it slow */
	for (int n = getenv("VISIBLE_WORLDS") ? WORLDS / 10 : WORLDS; world_n < n; world_n++)
		live();
	ok(wrong == 0 && shown > 0 && hidden > 0, "pages that are kept show what they should");
	ok(made < given / 2, "and are kept");
	printf("# %ld to be seen, %ld not, %ld wrong; given %ld times, made %ld\n", shown, hidden,
	    wrong, given, made);
	kept_stop(&web);
	town_close();
	return tap_done();
}
