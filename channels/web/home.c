#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/web.h"

static void
show(struct visit *v, const char *title, const char *path, timeline_page *page, bool direct,
    const char *empty)
{
	struct timeline t;

	page_put(&v->page, "<h1 class=\"head\">");
	page_word(&v->page, title);
	page_put(&v->page, "</h1>\n");
	timeline_load(&t, v->tx, v->me.id, page, v->me.id,
	    fields_number(fields_get(&v->query, "before")), direct);
	timeline_put(v, &t, path, empty);
	timeline_free(&t);
	layout_end(v);
	visit_answer(v, 200);
}

static void
put_counts(struct visit *v)
{
	struct page *p = &v->page;

	page_put(p, "<p class=\"counts\">");
	page_count(p, "{1} update", "{1} updates", v->me.statuses);
	page_put(p, " · ");
	page_count(p, "{1} follower", "{1} followers", v->me.followers);
	page_put(p, " · ");
	page_count(p, "follows {1}", "follows {1} people", v->me.following);
	page_put(p, "</p>\n");
}

void
home_get(struct visit *v)
{
	layout_begin(v, lang_text(v->lang, N_("Home")), NULL);
	layout_box(v, "/", "", 0);
	put_counts(v);
	show(v, N_("What your people are doing"), "/home", status_home, false,
	    N_("Follow somebody, and what they say is here."));
}

void
replies_get(struct visit *v)
{
	layout_begin(v, lang_text(v->lang, N_("Replies")), NULL);
	show(v, N_("What was said to you"), "/replies", status_addressed, false,
	    N_("Nobody has answered you yet."));
}
