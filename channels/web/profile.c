#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/picture.h"
#include "channels/web/web.h"
#include "gateway/audience.h"

/* Who is it?  False: nobody, and that has been said. */
static bool
find(struct visit *v, struct user *u)
{
	if (user_by_name(v->tx, v->name, u) && !u->suspended)
		return true;
	visit_error(v, 404);
	return false;
}

static void
add_button(struct visit *v, const struct user *u)
{
	enum follow_wants wants;
	enum follow_state state;
	struct view *w;

	if (!v->me.id || v->me.id == u->id)
		return;
	state = follow_get(v->tx, v->me.id, u->id, &wants);
	w = view_in(v->view, "button");
	view_flag(w, "follows", state == FOLLOW_ACTIVE);
	view_flag(w, "asked", state == FOLLOW_REQUESTED);
	view_flag(w, "muted", mute_until(v->tx, v->me.id, u->id, v->now) != 0);
	view_flag(w, "blocked", block_is(v->tx, v->me.id, u->id));
}

static void
add_person(struct view *w, const struct user *u, bool open)
{
	view_text(w, "name", u->name);
	picture_face(w, u->name, u->id, open ? u->picture : "");
	view_flag(w, "open", open);
	view_flag(w, "followers_only", u->is_protected);
	if (!open)
		return;
	view_text(w, "bio", u->bio);
	view_number(w, "statuses", u->statuses);
	view_number(w, "followers", u->followers);
	view_number(w, "following", u->following);
}

static void
show(struct visit *v, const struct user *u, const char *notice)
{
	bool open = audience_opens(v->tx, v->me.id, u);
	char path[USER_NAME_MAX + 2];

	snprintf(path, sizeof path, "/%s", u->name);
	add_person(layout_view(v, u->name), u, open);
	if (audience_opens(v->tx, 0, u))
		layout_feeds(v, u->name, path, "");
	if (notice)
		layout_notice(v, notice, false);
	add_button(v, u);
	if (open)
		timeline_add(v, status_by, u->id, false, path, N_("Nothing said yet."));
	layout_answer(v, "profile", notice ? 422 : 200);
}

void
profile_get(struct visit *v)
{
	struct user u;

	if (find(v, &u))
		show(v, &u, NULL);
}

static void
changed(struct visit *v)
{
	const struct receive *r = &v->receive;
	struct user u;
	char path[USER_NAME_MAX + 2];

	if (!post_kept(v))
		return;
	snprintf(path, sizeof path, "/%s", v->name);
	if (r->ok)
		visit_redirect(v, path);
	else if (find(v, &u))
		show(v, &u, r->answer ? r->answer : "");
}

/* The command that a button stands for; NULL: there is no such button. */
static const char *
deed(const char *name)
{
	static const char *const deeds[] = { "follow", "leave", "mute", "unmute", "block",
		"unblock" };

	for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
		if (strcmp(name, deeds[i]) == 0)
			return deeds[i];
	return NULL;
}

void
profile_post(struct visit *v)
{
	const char *what = deed(fields_get(&v->form, "do"));
	struct user u;

	if (!v->me.id)
		visit_redirect(v, "/login");
	else if (!what)
		visit_error(v, 400);
	else if (find(v, &u))
		post_say(v, mem_printf("%s %s", what, u.name), 0, changed);
}
