/* What one does about a status, by the buttons below it; and one's favourites. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/deed.h"
#include "channels/web/web.h"
#include "gateway/audience.h"
#include "store/favourite.h"

#define BACK_MAX 300

/* ---- the buttons */

void
deeds_view(struct visit *v, struct view *w, const struct status *s, bool kept, bool alone)
{
	bool mine = s->author == v->me.id;
	const struct request *q = v->http;
	int64_t again;

	view_number(w, "pos", s->pos);
	/* one's own is taken back where nothing else stands near the button */
	view_flag(w, "deeds", v->me.id && !s->to && (alone || !mine));
	if (!v->me.id || s->to)
		return;
	view_flag(w, "removable", mine && !alone);
	view_flag(w, "mine", mine);
	view_flag(w, "kept", kept);
	again = mine || s->author_protected ? 0 : repeat_of(v->tx, v->me.id, s->pos);
	view_flag(w, "to_repeat", !mine && !s->author_protected && again == 0);
	if (again != 0)
		view_print(w, "repeated", "/%s/%lld", v->me.name, (long long)again);
	else
		view_text(w, "repeated", "");
	if (q->post)
		view_print(w, "back", "/%s/%lld", s->author_name, (long long)s->pos);
	else
		view_print(w, "back", "%s%s%s", q->path, *q->query ? "?" : "", q->query);
}

void
deeds_kept(const struct visit *v, const struct status *s, size_t n, bool *kept)
{
	int64_t pos[FAVOURITES_SOME];

	memset(kept, 0, n * sizeof *kept);
	for (size_t i = 0; i < n && i < FAVOURITES_SOME; i++)
		pos[i] = s[i].pos;
	if (v->me.id)
		favourite_some(
		    v->tx, v->me.id, pos, n < FAVOURITES_SOME ? n : FAVOURITES_SOME, kept);
}

/* ---- pressed */

/* The page where the button was, and the status on it; only on our own site. */
static void
go_back(struct visit *v)
{
	const char *back = fields_get(&v->form, "back");
	char path[BACK_MAX + 32];

	if (back[0] != '/' || back[1] == '/' || back[1] == '\\' || strlen(back) > BACK_MAX ||
	    back[strcspn(back, "\\ \t\r\n#")] != '\0')
		snprintf(path, sizeof path, "/%s/%lld", v->name, (long long)v->pos);
	else
		snprintf(path, sizeof path, "%s#s%lld", back, (long long)v->pos);
	visit_redirect(v, path);
}

static void
said(struct visit *v)
{
	const struct receive *r = &v->receive;

	if (!post_kept(v))
		return;
	if (post_good(v))
		go_back(v);
	else
		status_show(
		    v, r->answer ? r->answer : lang_text(v->lang, N_("That cannot be said here.")));
}

/* What no text does: on a worker, since the fan-out must hear of it. */
struct work {
	struct visit *visit;
	int64_t pos;
	store_fn *run;
};

static int
forget(struct tx *tx, void *arg)
{
	const struct work *w = arg;
	const struct visit *v = w->visit;
	int rc = favourite_set(tx, v->me.id, w->pos, false, v->now);

	return rc < 0 ? rc : STORE_OK;
}

static int
take_back(struct tx *tx, void *arg)
{
	const struct work *w = arg;
	const struct visit *v = w->visit;
	struct status s;
	bool mine;

	if (!status_get(tx, w->pos, &s))
		return STORE_OK;
	/* a form sent twice is no fault */
	mine = s.author == v->me.id && s.deleted == 0;
	free((char *)s.text);
	return mine ? status_delete(tx, w->pos, v->now) : STORE_OK;
}

static void
work(void *arg, bool dropped)
{
	struct work *w = arg;
	struct visit *v = w->visit;

	v->result = dropped ? STORE_LATER : core_write(v->web->core, w->run, w);
	httpd_go(v->http);
}

static void
forgotten(struct visit *v)
{
	if (v->result < 0)
		visit_error(v, 503);
	else
		go_back(v);
}

static void
taken_back(struct visit *v)
{
	char path[USER_NAME_MAX + 2];

	snprintf(path, sizeof path, "/%s", v->me.name);
	if (v->result < 0)
		visit_error(v, 503);
	else
		visit_redirect(v, path);
}

static void
run(struct visit *v, store_fn *fn, web_page *next)
{
	struct work *w = v->work = mem_new(sizeof *w);

	*w = (struct work){ .visit = v, .pos = v->pos, .run = fn };
	visit_wait(v, next);
	if (workers_add(v->web->workers, work, w))
		return;
	v->result = STORE_LATER;
	httpd_go(v->http);
}

void
deed_post(struct visit *v)
{
	const char *deed = fields_get(&v->form, "do");
	struct status s;
	bool mine;

	if (!status_find(v, &s))
		return;
	mine = s.author == v->me.id;
	free((char *)s.text);
	if (strcmp(deed, "fav") == 0 && !mine)
		post_say(v, mem_dup("fav"), v->pos, said);
	else if (strcmp(deed, "rt") == 0 && !mine)
		post_say(v, mem_dup("rt"), v->pos, said);
	else if (strcmp(deed, "unfav") == 0)
		run(v, forget, forgotten);
	else if (strcmp(deed, "delete") == 0 && mine)
		run(v, take_back, taken_back);
	else
		visit_error(v, 400);
}

/* ---- favourites */

void
favourites_get(struct visit *v)
{
	struct view *w = layout_view(v, lang_text(v->lang, N_("Favourites")));

	view_text(w, "heading", lang_text(v->lang, N_("Your favourites")));
	timeline_add(v, status_favourites, v->me.id, false, "/favourites",
	    N_("What you mark with a star is kept here."));
	layout_answer(v, "home", 200);
}
