/* Who asks to follow a protected person. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "channels/web/picture.h"
#include "channels/web/web.h"
#include "gateway/audience.h"

#define REQUESTS_MAX 20 /* on a page */

struct list {
	struct visit *visit;
	int64_t last;
	size_t n;
	bool more;
};

static bool
add(void *cookie, const struct user *u)
{
	struct list *l = cookie;
	struct view *w;

	l->more = l->n == REQUESTS_MAX;
	if (l->more)
		return false;
	l->n++;
	l->last = u->id;
	w = view_add(l->visit->view, "requests");
	view_text(w, "name", u->name);
	/* a protected person's is for those whom they accept */
	picture_face(w, u->name, u->id, u->is_protected ? "" : u->picture);
	return true;
}

static void
show(struct visit *v, const char *notice, unsigned status)
{
	struct list l = { .visit = v };
	struct view *w = layout_view(v, lang_text(v->lang, N_("Requests")));

	if (notice)
		layout_notice(v, notice, false);
	view_list(w, "requests");
	view_flag(w, "protected", v->me.is_protected);
	follow_each(v->tx, v->me.id, true, FOLLOW_REQUESTED,
	    fields_number(fields_get(&v->query, "before")), REQUESTS_MAX + 1, add, &l);
	view_number(w, "older", l.more ? l.last : 0);
	layout_answer(v, "requests", status);
}

void
requests_get(struct visit *v)
{
	show(v, NULL, 200);
}

static void
decided(struct visit *v)
{
	const struct receive *r = &v->receive;

	if (!post_kept(v))
		return;
	if (post_good(v))
		visit_redirect(v, "/requests");
	else
		show(v, r->answer ? r->answer : "", 422);
}

void
requests_post(struct visit *v)
{
	bool accept = strcmp(fields_get(&v->form, "do"), "accept") == 0;
	char name[USER_NAME_MAX + 1];

	if (text_take_name(fields_get(&v->form, "name"), name))
		post_say(v, mem_printf("%s %s", accept ? "accept" : "deny", name), 0, decided);
	else
		visit_error(v, 400);
}
