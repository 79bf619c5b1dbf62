#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "channels/web/feed.h"
#include "channels/web/kept.h"
#include "gateway/audience.h"
#include "store/feed.h"

#define GONE_SECONDS (30 * 86400) /* so long it is told that something was taken back */
#define GONE_LOOKS (3 * FEED_GONE_MAX)
#define SETTLED_SECONDS 2 /* after which nothing more is said in a second */

/* ---- what is in it */

static void
open_feed(struct feed *f, const struct visit *v)
{
	*f = (struct feed){ .site = v->web->site, .rss = v->rss, .about = "" };
	f->before = fields_number(fields_get(&v->query, "before"));
}

/* ${msgid} in ${lang}, which is then the feed's; or in English. */
static const char *
say(struct feed *f, const char *lang, const char *msgid)
{
	char taken[12];

	if (!lang_take(lang, taken, sizeof taken))
		mem_copy(taken, sizeof taken, "en");
	page_language(taken, f->lang);
	return lang_text(taken, msgid);
}

/* Call it ${title}, of this site. */
static void
name_feed(struct feed *f, const char *title)
{
	f->title = strcmp(title, f->site->name) == 0 ? mem_dup(title)
						     : mem_printf("%s · %s", title, f->site->name);
}

static void
free_feed(struct feed *f)
{
	timeline_free(&f->t);
	free(f->id);
	free(f->title);
	free(f->path);
	free(f->query);
	free(f->page);
}

/* What was taken back, without a text to lose. */
struct gone {
	struct status status[GONE_LOOKS];
	size_t n;
};

static bool
keep(void *cookie, const struct status *s)
{
	struct gone *g = cookie;

	g->status[g->n] = *s;
	g->status[g->n++].text = "";
	return g->n < GONE_LOOKS;
}

/* Take over what ${viewer} may know to be gone. */
static void
sift(struct feed *f, struct tx *tx, int64_t viewer, enum audience_way way, const struct gone *g)
{
	struct feed_gone *to;

	for (size_t i = 0; i < g->n && f->gone_n < FEED_GONE_MAX; i++) {
		if (!audience_misses(tx, viewer, &g->status[i], way))
			continue;
		to = &f->gone[f->gone_n++];
		to->pos = g->status[i].pos;
		to->at = g->status[i].deleted;
		/* a repeat goes with what it repeats, whoever took that back */
		if (g->status[i].repeats == 0)
			mem_copy(to->by, sizeof to->by, g->status[i].author_name);
	}
}

/* What the entries of Atom say beside what they are. */
static void
add_more(struct feed *f, struct tx *tx)
{
	const struct status *s;
	struct status first;
	struct user u = { 0 };

	for (size_t i = 0; i < f->t.n; i++) {
		s = &f->t.status[i];
		if (u.id != s->author && !user_by_id(tx, s->author, &u))
			u = (struct user){ 0 };
		page_language(u.id ? u.lang : f->site->lang, f->more[i].lang);
		if (s->repeats == 0 || !status_get(tx, s->repeats, &first))
			continue;
		mem_copy(f->more[i].first, sizeof f->more[i].first, first.author_name);
		free((char *)first.text);
	}
}

/* Once all is in it that there is: since when is it so?  ${since}: when it began. */
static void
complete(struct feed *f, struct tx *tx, int64_t since)
{
	f->updated = since;
	for (size_t i = 0; i < f->t.n; i++)
		if (f->t.status[i].at > f->updated)
			f->updated = f->t.status[i].at;
	for (size_t i = 0; i < f->gone_n; i++)
		if (f->gone[i].at > f->updated)
			f->updated = f->gone[i].at;
	if (!f->rss)
		add_more(f, tx);
}

/* ---- the answer */

/*
 * Strong: all that the bytes are made of is in it, and nothing else.  What was said never changes, so its
 * number stands for it; and nothing has to be written to know that it was written before.
 */
static void
set_tag(struct visit *v, const struct feed *f)
{
	char *self = feed_self(f, f->before), tag[2 * 16 + 3] = "\"";
	unsigned char hash[32];
	struct buf all = { 0 };

	buf_printf(&all, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%lld %lld\n", PACKAGE_VERSION,
	    f->site->domain, self, f->page, f->title, f->about, f->lang, (long long)f->t.next,
	    (long long)f->updated);
	for (size_t i = 0; i < f->t.n; i++)
		buf_printf(&all, "%lld %s %s\n", (long long)f->t.status[i].pos, f->more[i].lang,
		    f->more[i].first);
	for (size_t i = 0; i < f->gone_n && !f->rss; i++)
		buf_printf(&all, "%lld %lld %s\n", (long long)f->gone[i].pos,
		    (long long)f->gone[i].at, f->gone[i].by);
	secret_hash(all.data, all.len, hash);
	for (size_t i = 0; i < 16; i++)
		snprintf(tag + 1 + 2 * i, 4, "%02x\"", hash[i]);
	httpd_set(v->http, "ETag", tag);
	buf_free(&all);
	free(self);
}

/* Is the second over in which more may come? */
static bool
is_settled(const struct visit *v, const struct feed *f)
{
	return f->updated < v->now - SETTLED_SECONDS;
}

/*
 * A date says less than a tag.  There is none until the feed is settled; nor on the pages behind the first, from
 * which things go without a trace; nor of a home, which is another when its owner follows somebody.
 */
static void
set_date(struct visit *v, const struct feed *f)
{
	char date[FIELDS_DATE_SIZE];

	fields_put_date(f->updated, date);
	httpd_set(v->http, "Last-Modified", date);
}

/* Its headers; ${mine}: it is for one reader alone. */
static void
set_headers(struct visit *v, const struct feed *f, bool mine)
{
	set_tag(v, f);
	if (mine) {
		httpd_set(v->http, "Cache-Control", "private, no-cache");
		httpd_set(v->http, "Referrer-Policy", "no-referrer");
		httpd_set(v->http, "X-Robots-Tag", "noindex, noarchive");
	} else {
		if (f->before == 0 && is_settled(v, f))
			set_date(v, f);
		/* who asks does not matter */
		httpd_set(v->http, "Cache-Control", "public, max-age=60");
	}
}

/* Send it, and release it. */
static void
answer(struct visit *v, struct feed *f, bool mine)
{
	const char *type = f->rss ? "application/rss+xml; charset=utf-8"
				  : "application/atom+xml; charset=utf-8";
	bool keep = kept_wants(v);
	struct buf out = { 0 };

	if (store_read_result(v->tx) != STORE_OK) {
		visit_error(v, 503);
		free_feed(f);
		return;
	}
	set_headers(v, f, mine);
	if (keep && !is_settled(v, f))
		v->kept->seconds = SETTLED_SECONDS;
	f->out = &out;
	/* what is kept is kept whole, though this one may not need it */
	if (keep || !httpd_unchanged(v->http)) {
		if (f->rss)
			feed_put_rss(f);
		else
			feed_put_atom(f);
	}
	if (!keep || !kept_answer(v, type, &out))
		httpd_answer(v->http, 200, type, &out);
	free_feed(f);
}

/* ---- the feeds */

void
feed_public(struct visit *v)
{
	struct gone gone = { .n = 0 };
	struct feed f;

	open_feed(&f, v);
	f.id = mem_dup("public");
	name_feed(&f, f.site->name);
	f.about = say(&f, f.site->lang, N_("What everybody is doing"));
	f.path = mem_dup("/public");
	f.query = mem_dup("");
	f.page = mem_dup("/");
	timeline_load(&f.t, v->tx, 0, timeline_public, 0, f.before, false);
	if (f.before == 0)
		status_gone_public(v->tx, v->now - GONE_SECONDS, GONE_LOOKS, keep, &gone);
	sift(&f, v->tx, 0, AUDIENCE_SHOWN, &gone);
	complete(&f, v->tx, 0);
	answer(v, &f, false);
}

void
feed_user(struct visit *v)
{
	struct gone gone = { .n = 0 };
	struct feed f;
	struct user u;

	if (!user_by_name(v->tx, v->name, &u) || !audience_opens(v->tx, 0, &u)) {
		visit_error(v, 404);
		return;
	}
	open_feed(&f, v);
	page_language(u.lang, f.lang);
	f.id = mem_printf("user/%lld", (long long)u.id);
	name_feed(&f, u.name);
	f.about = u.bio;
	f.path = mem_printf("/%s", u.name);
	f.query = mem_dup("");
	f.page = mem_dup(f.path);
	timeline_load(&f.t, v->tx, 0, status_by, u.id, f.before, false);
	if (f.before == 0)
		status_gone_by(v->tx, u.id, v->now - GONE_SECONDS, GONE_LOOKS, keep, &gone);
	sift(&f, v->tx, 0, AUDIENCE_SOUGHT, &gone);
	complete(&f, v->tx, u.created);
	answer(v, &f, false);
}

/* Whose is the key that is shown?  Whoever it was, if they may not read, there is no such page. */
static bool
whose(struct visit *v, const char *key, struct user *u)
{
	unsigned char hash[32];
	int64_t user;

	if (!feed_key_hash(key, hash))
		return false;
	user = feed_key_user(v->tx, hash);
	return user != 0 && user_by_id(v->tx, user, u) && !u->suspended;
}

void
feed_home(struct visit *v)
{
	const char *key = fields_get(&v->query, "key");
	struct gone gone = { .n = 0 };
	struct feed f;
	struct user u;

	if (!whose(v, key, &u)) {
		visit_error(v, 404);
		return;
	}
	open_feed(&f, v);
	f.id = mem_printf("user/%lld/home", (long long)u.id);
	name_feed(&f, say(&f, u.lang, N_("What your people are doing")));
	f.path = mem_dup("/home");
	f.query = mem_printf("key=%s", key);
	f.page = mem_dup("/home");
	timeline_load(&f.t, v->tx, u.id, status_home, u.id, f.before, false);
	if (f.before == 0)
		status_gone_home(v->tx, u.id, v->now - GONE_SECONDS, GONE_LOOKS, keep, &gone);
	sift(&f, v->tx, u.id, AUDIENCE_BROUGHT, &gone);
	complete(&f, v->tx, u.created);
	answer(v, &f, true);
}

/* What ${question} finds; ${text} is what was asked for, as people see it.  Takes ${path} and ${query} over. */
static void
answer_question(
    struct visit *v, const struct question *question, const char *text, char *path, char *query)
{
	struct feed f;
	char *words;

	open_feed(&f, v);
	page_language(f.site->lang, f.lang);
	f.id = mem_printf("%s%s%s", path + 1, *query ? "?" : "", query);
	words = feed_words(text);
	name_feed(&f, words);
	free(words);
	f.path = path;
	f.query = query;
	f.page = mem_printf("%s%s%s", path, *query ? "?" : "", query);
	timeline_search(&f.t, v->tx, 0, question, f.before);
	/* what was taken back has no words any more by which it could be found */
	complete(&f, v->tx, 0);
	answer(v, &f, false);
}

void
feed_tag(struct visit *v)
{
	struct question q = { .n = 0 };
	struct page path = { 0 };
	char *tag, *text;

	if (!text_valid(v->tag, strlen(v->tag)) || !question_tag(&q, v->tag)) {
		visit_error(v, 404);
	} else {
		tag = text_fold(v->tag); /* it is one feed, however its tag is written */
		text = mem_printf("#%s", tag);
		buf_text_add(&path.out, "/tag/");
		page_part(&path, tag, strlen(tag));
		answer_question(v, &q, text, buf_take(&path.out), mem_dup(""));
		free(text);
		free(tag);
	}
	question_free(&q);
}

void
feed_search(struct visit *v)
{
	const char *text = fields_get(&v->query, "q");
	struct page query = { 0 };
	struct question q;

	if (!question_read(&q, text)) {
		visit_error(v, 404);
	} else {
		buf_text_add(&query.out, "q=");
		page_part(&query, text, strlen(text));
		answer_question(v, &q, text, mem_dup("/search"), buf_take(&query.out));
	}
	question_free(&q);
}
