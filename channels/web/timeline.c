#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/web.h"
#include "gateway/audience.h"

#define BATCH 40
#define ROUNDS 10

/* Copies of what the store showed: audience_sees() asks the store again, which wants the walk over. */
struct batch {
	struct status status[BATCH];
	size_t n;
};

static bool
keep(void *cookie, const struct status *s)
{
	struct batch *b = cookie;

	if (b->n == BATCH)
		return false;
	b->status[b->n] = *s;
	b->status[b->n++].text = mem_dup(s->text);
	return true;
}

void
timeline_public(
    struct tx *tx, int64_t who, int64_t before, int limit, status_each *each, void *cookie)
{
	(void)who;
	status_public(tx, before, limit, each, cookie);
}

/* On their own page one looks for somebody; on the page of all one follows, it comes by itself. */
static bool
may_see(struct tx *tx, timeline_page *page, int64_t viewer, const struct status *s)
{
	if (page == status_by)
		return audience_sees(tx, viewer, s);
	if (page == status_home)
		return audience_brings(tx, viewer, s);
	return audience_shows(tx, viewer, s);
}

/* Take over what may be seen of ${b}.  Return false once the page is full. */
static bool
sift(struct timeline *t, struct tx *tx, int64_t viewer, timeline_page *page, struct batch *b,
    bool direct)
{
	for (size_t i = 0; i < b->n; i++) {
		struct status *s = &b->status[i];

		if ((s->to != 0) != direct || s->deleted || !may_see(tx, page, viewer, s)) {
			free((char *)s->text);
		} else if (t->n < TIMELINE_MAX) {
			t->status[t->n++] = *s;
		} else {
			t->next = t->status[t->n - 1].pos;
			for (; i < b->n; i++)
				free((char *)b->status[i].text);
			return false;
		}
	}
	return true;
}

void
timeline_load(struct timeline *t, struct tx *tx, int64_t viewer, timeline_page *page, int64_t who,
    int64_t before, bool direct)
{
	struct batch b;

	t->n = 0;
	t->next = 0;
	for (int round = 0; round < ROUNDS; round++) {
		b.n = 0;
		page(tx, who, before, BATCH, keep, &b);
		if (b.n > 0)
			before = b.status[b.n - 1].pos;
		if (!sift(t, tx, viewer, page, &b, direct) || b.n < BATCH)
			return;
	}
	t->next = before;
}

void
timeline_free(struct timeline *t)
{
	for (size_t i = 0; i < t->n; i++)
		free((char *)t->status[i].text);
	t->n = 0;
}

/* What it answers, if the visitor may see that, too. */
static void
put_answered(struct visit *v, const struct status *s)
{
	struct status to = { 0 };

	if (s->reply_to == 0 || !status_get(v->tx, s->reply_to, &to))
		return;
	if (!to.to && !to.deleted && audience_shows(v->tx, v->me.id, &to)) {
		page_put(&v->page, " · <a href=\"/%s/%lld\">", to.author_name, (long long)to.pos);
		page_say(&v->page, N_("in answer to {1}"), to.author_name, NULL);
		page_put(&v->page, "</a>");
	}
	free((char *)to.text);
}

static void
put_receiver(struct visit *v, const struct status *s)
{
	struct user u;

	if (!s->to || !user_by_id(v->tx, s->to, &u))
		return;
	page_put(&v->page, " <span class=\"to\">");
	page_say(&v->page, N_("to {1}"), u.name, NULL);
	page_put(&v->page, "</span>");
}

void
timeline_status(struct visit *v, const struct status *s, bool alone)
{
	struct page *p = &v->page;

	page_put(p,
	    "<article class=\"status\"><span class=\"face f%d\" aria-hidden=\"true\">%c</span>",
	    (int)(s->author % 6), s->author_name[0]);
	page_put(p, "<div><p class=\"by\"><a class=\"who\" href=\"/%s\"><bdi>%s</bdi></a>",
	    s->author_name, s->author_name);
	put_receiver(v, s);
	page_put(p, "</p><p class=\"%s\" dir=\"auto\">", alone ? "said large" : "said");
	page_said(p, s->text);
	page_put(p, "</p><p class=\"when\">");
	if (s->to)
		page_time(p, s->at, v->now);
	else {
		page_put(p, "<a href=\"/%s/%lld\">", s->author_name, (long long)s->pos);
		page_time(p, s->at, v->now);
		page_put(p, "</a>");
	}
	put_answered(v, s);
	if (s->author_protected) {
		page_put(p, " · ");
		page_word(p, N_("for followers only"));
	}
	page_put(p, "</p></div></article>\n");
}

void
timeline_put(struct visit *v, const struct timeline *t, const char *path, const char *empty)
{
	struct page *p = &v->page;

	if (t->n == 0) {
		page_put(p, "<p class=\"empty\">");
		page_word(p, empty);
		page_put(p, "</p>\n");
	} else {
		page_put(p, "<ol class=\"log\">\n");
		for (size_t i = 0; i < t->n; i++) {
			page_put(p, "<li>");
			timeline_status(v, &t->status[i], false);
			page_put(p, "</li>");
		}
		page_put(p, "</ol>\n");
	}
	if (t->next) {
		page_put(p, "<p class=\"more\"><a rel=\"next\" href=\"%s?before=%lld\">", path,
		    (long long)t->next);
		page_word(p, N_("Older"));
		page_put(p, "</a></p>\n");
	}
}
