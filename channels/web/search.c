/* Looking for people and for what was said; and what was said with a tag. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/picture.h"
#include "channels/web/web.h"
#include "gateway/audience.h"

#define PEOPLE 10
#define CANDIDATES 40 /* some of whom nobody may see */

struct people {
	struct user user[2 * CANDIDATES];
	size_t n;
};

static bool
keep(void *cookie, const struct user *u)
{
	struct people *p = cookie;

	p->user[p->n++] = *u;
	return p->n % CANDIDATES != 0;
}

static bool
is_shown(const struct people *p, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (p->user[i].id == id)
			return true;
	return false;
}

static void
add_person(struct visit *v, const struct user *u, bool open)
{
	struct view *w = view_add(v->view, "people");

	view_text(w, "name", u->name);
	picture_face(w, u->name, u->id, open ? u->picture : "");
	view_text(w, "bio", open ? u->bio : "");
}

/* Names all may know; what somebody says about themselves is for those who may see their page. */
static void
add_people(struct visit *v, const struct question *q, const char *text)
{
	struct people *p = mem_new(sizeof *p);
	size_t by_name, shown = 0;

	text += strspn(text, " @");
	search_names(v->tx, text, CANDIDATES, keep, p);
	by_name = p->n;
	search_bios(v->tx, q, CANDIDATES, keep, p);
	for (size_t i = 0; i < p->n && shown < PEOPLE; i++) {
		const struct user *u = &p->user[i];
		bool open = audience_opens(v->tx, v->me.id, u);

		if (u->suspended || (i >= by_name && !open) || is_shown(p, i, u->id))
			continue;
		add_person(v, u, open);
		shown++;
	}
	free(p);
}

/* What else one may write, for who has not asked yet. */
static void
add_examples(struct visit *v)
{
	view_text(v->view, "example_phrase", lang_text(v->lang, N_("\"good morning\"")));
	view_text(v->view, "example_from", "from:alice");
	view_text(v->view, "example_name", "alice");
	view_text(v->view, "example_without", lang_text(v->lang, N_("-rain")));
}

static void
add_found(
    struct visit *v, const struct question *q, int64_t before, const char *path, const char *empty)
{
	struct timeline t;

	timeline_search(&t, v->tx, v->me.id, q, before);
	timeline_view(v, &t, path, empty);
	timeline_free(&t);
}

static void
add_feeds(struct visit *v, const char *text)
{
	struct page query = { 0 };

	buf_text_add(&query.out, "q=");
	page_part(&query, text, strlen(text));
	layout_feeds(v, text, "/search", buf_text(&query.out));
	buf_free(&query.out);
}

void
search_get(struct visit *v)
{
	const char *text = fields_get(&v->query, "q");
	int64_t before = fields_number(fields_get(&v->query, "before"));
	struct view *w = layout_view(v, *text ? text : lang_text(v->lang, N_("Search")));
	struct question q;

	view_text(w, "q", text);
	view_list(w, "people");
	if (question_read(&q, text)) {
		view_flag(w, "asked", true);
		add_feeds(v, text);
		if (before == 0)
			add_people(v, &q, text);
		add_found(v, &q, before, "/search",
		    q.n > 1 ? N_("Nothing was found. Fewer words find more.")
			    : N_("Nobody has said that yet."));
	} else if (*text) {
		layout_notice(
		    v, lang_text(v->lang, N_("That has no word in it to look for.")), false);
	}
	question_free(&q);
	add_examples(v);
	layout_answer(v, "search", 200);
}

void
tag_get(struct visit *v)
{
	int64_t before = fields_number(fields_get(&v->query, "before"));
	struct page path = { 0 };
	struct question q;
	char *title;

	if (question_tag(&q, v->tag)) {
		title = mem_printf("#%s", v->tag);
		view_text(layout_view(v, title), "tag", title);
		buf_text_add(&path.out, "/tag/");
		page_part(&path, v->tag, strlen(v->tag));
		layout_feeds(v, title, buf_text(&path.out), "");
		add_found(v, &q, before, buf_text(&path.out),
		    N_("Nobody has said anything with this tag yet."));
		layout_answer(v, "tag", 200);
		buf_free(&path.out);
		free(title);
	} else {
		visit_error(v, 404);
	}
	question_free(&q);
}
