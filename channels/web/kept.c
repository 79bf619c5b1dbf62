#include "channels/web/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SECONDS 30 /* so late may "3 minutes ago" be */
#define NAME_SIZE (HTTP_PATH_MAX + 16)

static void
release(void *thing)
{
	httpd_kept_free(thing);
}

void
kept_start(struct web *w, size_t bytes)
{
	if (bytes > 0)
		w->cache = cache_new(core_store(w->core), bytes, release);
}

void
kept_stop(struct web *w)
{
	if (w->cache)
		cache_free(w->cache);
	w->cache = NULL;
}

/* Who asks for a feed does not matter, in whatever language. */
static bool
is_feed(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcmp(dot, ".atom") == 0 || strcmp(dot, ".rss") == 0);
}

/* What a page is called: its language and its path.  False: it is not one for anybody. */
static bool
name_of(struct web *w, const struct request *q, char out[NAME_SIZE])
{
	char lang[12], token[SECRET_LONG_SIZE];

	if (q->post || *q->query || !route_is_kept(q->path) ||
	    fields_cookie(q->header[HTTP_COOKIE], w->cookie, token, sizeof token))
		return false;
	visit_language(w, q, lang);
	snprintf(out, NAME_SIZE, "%s%s", is_feed(q->path) ? "" : lang, q->path);
	return true;
}

/* Each visitor's own proof goes into the hole, and the token that it rests on to who has none. */
static void
give(struct web *w, struct request *q, struct httpd_kept *page)
{
	char token[SECRET_TOKEN_SIZE], proof[SECRET_TOKEN_SIZE] = "";

	if (httpd_kept_holes(page) > 0) {
		if (!visit_stranger(w, q, token))
			visit_send_cookie(w, q, w->cookie_form, token, FORM_SECONDS);
		visit_proof_of(w, token, proof);
	}
	httpd_give(q, page, proof);
}

/* ---- to make it */

static void
make(struct web *w, struct request *q, struct cache_entry *e, int64_t at)
{
	struct visit *v = q->mine;

	if (v == NULL)
		v = visit_new(w, q, true);
	if (v->kept == NULL)
		v->kept = mem_new(sizeof *v->kept);
	v->kept->entry = e;
	v->kept->at = at;
	visit_open(v);
	/* Nobody's, and like nothing that anybody may have said. */
	secret_new_token(v->token);
	v->token_new = true;
	if (v->tx)
		change_watch(v->tx, &v->kept->set);
	else
		v->kept->set.full = true;
	route(v);
	visit_close(v);
	if (v->kept->entry)
		cache_give_up(w->cache, e);
	v->kept->entry = NULL;
}

static size_t
find_holes(const struct visit *v, const struct buf *body, size_t hole[HTTPD_HOLES])
{
	char proof[SECRET_TOKEN_SIZE];
	const char *at = body->data, *end = body->data + body->len;
	size_t n = 0;

	visit_proof_of(v->web, v->token, proof);
	while (n < HTTPD_HOLES && at < end &&
	       (at = memmem(at, (size_t)(end - at), proof, strlen(proof))) != NULL) {
		hole[n++] = (size_t)(at - body->data);
		at += strlen(proof);
	}
	return n;
}

bool
kept_wants(const struct visit *v)
{
	return v->kept != NULL && v->kept->entry != NULL;
}

bool
kept_answer(struct visit *v, const char *type, struct buf *body)
{
	struct cache *c = v->web->cache;
	struct kept *k = v->kept;
	struct cache_entry *e;
	size_t hole[HTTPD_HOLES], n;
	struct httpd_kept *page;

	if (k == NULL || k->entry == NULL)
		return false;
	n = find_holes(v, body, hole);
	page = httpd_keep(v->http, type, body, hole, n);
	e = k->entry;
	k->entry = NULL;
	k->set.full |= n == HTTPD_HOLES;
	cache_keep(
	    c, e, page, httpd_kept_size(page), k->at, &k->set, k->seconds ? k->seconds : SECONDS);
	give(v->web, v->http, page);
	cache_done(c, e);
	return true;
}

/* ---- to wait until somebody has made it */

static void waited(struct request *q);

static void
woken(struct cache_waiter *w)
{
	struct kept *k = (struct kept *)((char *)w - offsetof(struct kept, waiter));

	httpd_go(k->request);
}

static void
wait(struct web *w, struct request *q, const char *name)
{
	struct visit *v = q->mine;

	if (v == NULL)
		v = visit_new(w, q, true);
	if (v->kept == NULL)
		v->kept = mem_new(sizeof *v->kept);
	v->kept->request = q;
	v->kept->waiter = (struct cache_waiter){ .wake = woken };
	httpd_wait(q, waited);
	if (!cache_wait(w->cache, name, &v->kept->waiter))
		httpd_go(q);
}

static bool
look(struct web *w, struct request *q, const char *name)
{
	int64_t at = change_now(core_store(w->core));
	struct cache_entry *e;

	if (at == -1)
		return false;
	switch (cache_find(w->cache, name, &e)) {
	case CACHE_HIT:
		give(w, q, cache_thing(e));
		cache_done(w->cache, e);
		break;
	case CACHE_MAKE:
		make(w, q, e, at);
		break;
	case CACHE_WAIT:
		wait(w, q, name);
		break;
	}
	return true;
}

static void
waited(struct request *q)
{
	struct visit *v = q->mine;
	char name[NAME_SIZE];

	if (!v->kept->waiter.alone && name_of(v->web, q, name) && look(v->web, q, name))
		return;
	visit_open(v);
	route(v);
	visit_close(v);
}

bool
kept_serve(struct web *w, struct request *q)
{
	char name[NAME_SIZE];

	return w->cache && name_of(w, q, name) && look(w, q, name);
}
