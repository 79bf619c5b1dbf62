#include "base/lang.h"
#include "channels/web/web.h"

void
home_get(struct visit *v)
{
	struct view *w = layout_view(v, lang_text(v->lang, N_("Home")));

	layout_box(v, "", 0);
	view_number(w, "statuses", v->me.statuses);
	view_number(w, "followers", v->me.followers);
	view_number(w, "following", v->me.following);
	view_text(w, "heading", lang_text(v->lang, N_("What your people are doing")));
	layout_live(v, "home");
	timeline_add(v, status_home, v->me.id, false, "/home",
	    N_("Follow somebody, and what they say is here."));
	feed_key_offer(v);
	layout_answer(v, "home", 200);
}

void
replies_get(struct visit *v)
{
	struct view *w = layout_view(v, lang_text(v->lang, N_("Replies")));

	view_text(w, "heading", lang_text(v->lang, N_("What was said to you")));
	layout_live(v, "replies");
	timeline_add(
	    v, status_addressed, v->me.id, false, "/replies", N_("Nobody has answered you yet."));
	layout_answer(v, "home", 200);
}
