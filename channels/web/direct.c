#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "channels/web/web.h"

static void
show(struct visit *v, const char *notice, const char *to, const char *text)
{
	struct view *w = layout_view(v, lang_text(v->lang, N_("Direct messages")));

	if (notice)
		layout_notice(v, notice, false);
	layout_once(w);
	view_text(w, "receiver", to);
	view_text(w, "text", text);
	view_number(w, "limit", v->web->site->limit);
	layout_live(v, "direct");
	timeline_add(v, status_directs, v->me.id, true, "/direct", N_("Nothing here yet."));
	layout_answer(v, "direct", notice ? 422 : 200);
}

void
direct_get(struct visit *v)
{
	const char *to = fields_get(&v->query, "to");

	show(v, NULL, text_is_name(to) ? to : "", "");
}

static void
sent(struct visit *v)
{
	const struct receive *r = &v->receive;

	if (!post_kept(v))
		return;
	if (post_good(v) && r->pos)
		visit_redirect(v, "/direct");
	else
		show(v, r->answer ? r->answer : lang_text(v->lang, N_("That cannot be said here.")),
		    fields_get(&v->form, "to"), fields_get(&v->form, "text"));
}

void
direct_post(struct visit *v)
{
	const char *to = fields_get(&v->form, "to"), *text = fields_get(&v->form, "text");

	to += strspn(to, " @");
	/* The name is checked here: whatever is typed into its field, the text begins with a "d NAME". */
	if (!*to ||
	    strspn(to, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
		strlen(to) ||
	    strlen(to) > USER_NAME_MAX)
		show(v, lang_text(v->lang, N_("There is nobody of that name.")),
		    fields_get(&v->form, "to"), text);
	else
		post_say(v, mem_printf("d %s %s", to, text), 0, sent);
}
