#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "channels/web/web.h"

void
front_get(struct visit *v)
{
	int64_t before = fields_number(fields_get(&v->query, "before"));
	struct view *w = layout_view(v, NULL);

	layout_feeds(v, v->web->site->name, "/public", "");
	if (v->me.id) {
		layout_box(v, "", 0);
	} else if (!before) {
		view_flag(w, "welcome", true);
		signup_form(v, "", NULL, NULL);
	}
	layout_live(v, "public");
	timeline_add(v, timeline_public, 0, false, "/", N_("Nobody has said anything yet."));
	layout_answer(v, "front", 200);
}

/* What was held back can be said as it is, by one press. */
static void
offer(struct visit *v)
{
	struct view *w = view_in(v->view, "offer");

	view_text(w, "once", fields_get(&v->form, "once"));
	view_text(w, "re", fields_get(&v->form, "re"));
	view_text(w, "text", fields_get(&v->form, "text"));
}

/* The answer of the service, and the box again: with what was typed, if it came to nothing. */
static void
said(struct visit *v)
{
	const struct receive *r = &v->receive;
	bool good = post_good(v);

	if (!post_kept(v))
		return;
	if (good && (r->pos != 0 || r->answer == NULL)) {
		visit_redirect(v, "/home");
		return;
	}
	layout_view(v, NULL);
	layout_notice(
	    v, r->answer ? r->answer : lang_text(v->lang, N_("That cannot be said here.")), good);
	layout_box(
	    v, good ? "" : fields_get(&v->form, "text"), fields_number(fields_get(&v->form, "re")));
	if (r->held)
		offer(v);
	view_flag(v->view, "long",
	    !good && text_length(fields_get(&v->form, "text")) > (size_t)v->web->site->limit);
	layout_answer(v, "said", good ? 200 : 422);
}

bool
front_again(struct visit *v)
{
	char *text = post_typed(v);
	bool any = v->me.id && *text;

	if (any) {
		layout_view(v, NULL);
		layout_notice(v,
		    lang_text(
			v->lang, N_("That form was too old: nothing was said. Send it once more.")),
		    false);
		layout_box(v, text, fields_number(fields_get(&v->form, "re")));
		layout_answer(v, "said", 403);
	}
	free(text);
	return any;
}

void
front_post(struct visit *v)
{
	post_say(v, mem_dup(fields_get(&v->form, "text")),
	    fields_number(fields_get(&v->form, "re")), said);
}
