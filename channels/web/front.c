#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/web.h"

static void
hero(struct visit *v)
{
	struct page *p = &v->page;

	page_put(p, "<section class=\"hero\"><h1>");
	page_word(p, N_("What are you doing?"));
	page_put(p, "</h1><p>");
	page_word(p, N_("Say it in a line. The people who follow you get it where they are: "
			"as a text, in a chat, by mail, or on a page."));
	page_put(p, "</p></section>\n");
}

/* What strangers are shown; the style sheet puts the form beside the rest where there is room. */
static void
welcome(struct visit *v)
{
	page_put(&v->page, "<div class=\"welcome\">");
	hero(v);
	page_put(&v->page, "<div class=\"join\">");
	signup_form(v, "", NULL, NULL);
	page_put(&v->page, "</div>");
}

void
front_get(struct visit *v)
{
	struct page *p = &v->page;
	int64_t before = fields_number(fields_get(&v->query, "before"));
	struct timeline t;

	layout_begin(v, v->web->site->name, "/public.atom");
	if (v->me.id) {
		layout_box(v, "/", "", 0);
	} else if (!before) {
		welcome(v);
	}
	page_put(p, "<section class=\"public\"><h2 class=\"head\">");
	page_word(p, N_("What everybody is doing"));
	page_put(p, "</h2>\n");
	timeline_load(&t, v->tx, v->me.id, timeline_public, 0, before, false);
	timeline_put(v, &t, "/", N_("Nobody has said anything yet."));
	timeline_free(&t);
	page_put(p, !v->me.id && !before ? "</section></div>\n" : "</section>\n");
	layout_end(v);
	visit_answer(v, 200);
}

/* What was held back can be said as it is, by one press. */
static void
offer(struct visit *v)
{
	const char *once = fields_get(&v->form, "once"), *re = fields_get(&v->form, "re");
	struct page *p = &v->page;

	page_put(p, "<form class=\"offer\" method=\"post\" action=\"/\" accept-charset=\"utf-8\">");
	visit_proof(v);
	page_put(p,
	    "<input type=\"hidden\" name=\"plain\" value=\"1\">"
	    "<input type=\"hidden\" name=\"once\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"re\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"text\" value=\"%s\"><button>",
	    once, re, fields_get(&v->form, "text"));
	page_word(p, N_("Say it as it is"));
	page_put(p, "</button></form>\n");
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
	layout_begin(v, v->web->site->name, NULL);
	layout_notice(
	    v, r->answer ? r->answer : lang_text(v->lang, N_("That cannot be said here.")), good);
	layout_box(v, "/", good ? "" : fields_get(&v->form, "text"),
	    fields_number(fields_get(&v->form, "re")));
	if (r->held)
		offer(v);
	page_put(&v->page, "<p><a href=\"/home\">");
	page_word(&v->page, N_("Home"));
	page_put(&v->page, "</a></p>");
	layout_end(v);
	visit_answer(v, good ? 200 : 422);
}

void
front_post(struct visit *v)
{
	post_say(v, mem_dup(fields_get(&v->form, "text")),
	    fields_number(fields_get(&v->form, "re")), said);
}
