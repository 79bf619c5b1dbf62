#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/deed.h"
#include "channels/web/picture.h"
#include "channels/web/web.h"
#include "gateway/audience.h"
#include "store/search.h"

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

/* What is read from: a page of the log, or what somebody looks for. */
struct source {
	timeline_page *page; /* NULL: none */
	int64_t who;
	const struct question *question;
};

static void
read_some(struct tx *tx, const struct source *from, int64_t before, struct batch *b)
{
	b->n = 0;
	if (from->page != NULL)
		from->page(tx, from->who, before, BATCH, keep, b);
	else
		search_statuses(tx, from->question, before, BATCH, keep, b);
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

static void
load(struct timeline *t, struct tx *tx, int64_t viewer, const struct source *from, int64_t before,
    bool direct)
{
	struct batch b;

	t->n = 0;
	t->next = 0;
	for (int round = 0; round < ROUNDS; round++) {
		read_some(tx, from, before, &b);
		if (b.n > 0)
			before = b.status[b.n - 1].pos;
		if (!sift(t, tx, viewer, from->page, &b, direct) || b.n < BATCH)
			return;
	}
	t->next = before;
}

void
timeline_load(struct timeline *t, struct tx *tx, int64_t viewer, timeline_page *page, int64_t who,
    int64_t before, bool direct)
{
	load(t, tx, viewer, &(struct source){ .page = page, .who = who }, before, direct);
}

void
timeline_search(
    struct timeline *t, struct tx *tx, int64_t viewer, const struct question *q, int64_t before)
{
	load(t, tx, viewer, &(struct source){ .question = q }, before, false);
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
add_answered(struct visit *v, struct view *w, const struct status *s)
{
	struct status to = { 0 };
	struct view *a;

	if (s->reply_to == 0 || !status_get(v->tx, s->reply_to, &to))
		return;
	if (!to.to && !to.deleted && audience_shows(v->tx, v->me.id, &to)) {
		a = view_in(w, "answers");
		view_text(a, "name", to.author_name);
		view_print(a, "path", "/%s/%lld", to.author_name, (long long)to.pos);
	}
	free((char *)to.text);
}

void
timeline_status(struct visit *v, struct view *w, const struct status *s)
{
	struct user to;

	view_text(w, "by", s->author_name);
	picture_face(w, s->author_name, s->author, s->author_picture);
	view_number(w, "pos", s->pos);
	view_text(w, "text", s->text);
	view_number(w, "at", s->at);
	view_flag(w, "followers_only", s->author_protected && !s->to);
	if (!s->to)
		view_print(w, "path", "/%s/%lld", s->author_name, (long long)s->pos);
	else
		view_text(w, "path", "");
	view_text(w, "to", s->to && user_by_id(v->tx, s->to, &to) ? to.name : "");
	view_text(w, "answer_to", s->to && s->author != v->me.id ? s->author_name : "");
	add_answered(v, w, s);
}

void
timeline_view(struct visit *v, const struct timeline *t, const char *path, const char *empty)
{
	struct view *w = v->view, *item;
	bool kept[TIMELINE_MAX];

	view_list(w, "log");
	deeds_kept(v, t->status, t->n, kept);
	for (size_t i = 0; i < t->n; i++) {
		item = view_add(w, "log");
		timeline_status(v, item, &t->status[i]);
		deeds_view(v, item, &t->status[i], kept[i], false);
	}
	view_text(w, "empty", lang_text(v->lang, empty));
	view_text(w, "path", path);
	view_number(w, "older", t->next);
}

void
timeline_add(struct visit *v, timeline_page *page, int64_t who, bool direct, const char *path,
    const char *empty)
{
	struct timeline t;

	timeline_load(
	    &t, v->tx, v->me.id, page, who, fields_number(fields_get(&v->query, "before")), direct);
	timeline_view(v, &t, path, empty);
	timeline_free(&t);
}
