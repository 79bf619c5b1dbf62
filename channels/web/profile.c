#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
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
put_button(struct visit *v, const struct user *u)
{
	struct page *p = &v->page;
	enum follow_wants wants;
	enum follow_state state;

	if (!v->me.id || v->me.id == u->id)
		return;
	state = follow_get(v->tx, v->me.id, u->id, &wants);
	page_put(p, "<form class=\"follow\" method=\"post\" action=\"/%s\">", u->name);
	visit_proof(v);
	page_put(p, "<input type=\"hidden\" name=\"do\" value=\"%s\"><button class=\"%s\">",
	    state == FOLLOW_NONE ? "follow" : "leave", state == FOLLOW_NONE ? "" : "quiet");
	page_word(p, state == FOLLOW_NONE        ? N_("Follow")
		     : state == FOLLOW_REQUESTED ? N_("Take back the request")
						 : N_("Stop following"));
	page_put(p, "</button>");
	if (state == FOLLOW_ACTIVE)
		page_put(p, " <a href=\"/direct?to=%s\">", u->name);
	if (state == FOLLOW_ACTIVE) {
		page_word(p, N_("Direct message"));
		page_put(p, "</a>");
	}
	page_put(p, "</form>");
}

static void
put_head(struct visit *v, const struct user *u, bool open)
{
	struct page *p = &v->page;

	page_put(p,
	    "<section class=\"card person\"><span class=\"face big f%d\" aria-hidden=\"true\">%c</span>"
	    "<div><h1><bdi>%s</bdi></h1>",
	    (int)(u->id % 6), u->name[0], u->name);
	if (open) {
		if (*u->bio)
			page_put(p, "<p class=\"bio\" dir=\"auto\">%s</p>", u->bio);
		page_put(p, "<p class=\"counts\">");
		page_count(p, "{1} update", "{1} updates", u->statuses);
		page_put(p, " · ");
		page_count(p, "{1} follower", "{1} followers", u->followers);
		page_put(p, " · ");
		page_count(p, "follows {1}", "follows {1} people", u->following);
		page_put(p, "</p>");
	}
	put_button(v, u);
	page_put(p, "</div></section>\n");
}

static void
show(struct visit *v, const struct user *u, const char *notice)
{
	struct page *p = &v->page;
	bool open = audience_opens(v->tx, v->me.id, u);
	bool all = audience_opens(v->tx, 0, u);
	struct timeline t;
	char path[USER_NAME_MAX + 2], feed[USER_NAME_MAX + 8];

	snprintf(path, sizeof path, "/%s", u->name);
	snprintf(feed, sizeof feed, "/%s.atom", u->name);
	layout_begin(v, u->name, all ? feed : NULL);
	if (notice)
		layout_notice(v, notice, false);
	put_head(v, u, open);
	if (open) {
		timeline_load(&t, v->tx, v->me.id, status_by, u->id,
		    fields_number(fields_get(&v->query, "before")), false);
		timeline_put(v, &t, path, N_("Nothing said yet."));
		timeline_free(&t);
		if (all) {
			page_put(p, "<p class=\"more\"><a href=\"%s\">", feed);
			page_word(p, N_("Feed"));
			page_put(p, "</a></p>");
		}
	} else {
		page_put(p, "<p class=\"empty\">");
		if (u->is_protected)
			page_say(p, N_("Only those whom {1} has accepted can see what {1} says."),
			    u->name, NULL);
		else
			page_word(p, N_("There is nothing here for you to see."));
		page_put(p, "</p>");
	}
	layout_end(v);
	visit_answer(v, notice ? 422 : 200);
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

void
profile_post(struct visit *v)
{
	struct user u;
	bool follow = strcmp(fields_get(&v->form, "do"), "follow") == 0;

	if (!v->me.id)
		visit_redirect(v, "/login");
	else if (find(v, &u))
		post_say(v, mem_printf("%s %s", follow ? "follow" : "leave", u.name), 0, changed);
}
