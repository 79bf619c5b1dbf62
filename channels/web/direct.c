#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "channels/web/web.h"

static void
put_form(struct visit *v, const char *to, const char *text)
{
	struct page *p = &v->page;
	char once[SECRET_TOKEN_SIZE];

	secret_new_token(once);
	page_put(p,
	    "<form class=\"card box\" method=\"post\" action=\"/direct\" accept-charset=\"utf-8\">");
	visit_proof(v);
	page_put(
	    p, "<input type=\"hidden\" name=\"once\" value=\"%s\"><p><label for=\"to\">", once);
	page_word(p, N_("To"));
	page_put(p,
	    "</label><input id=\"to\" name=\"to\" value=\"%s\" required autocapitalize=\"none\" "
	    "spellcheck=\"false\" dir=\"ltr\"></p><p><label for=\"text\">",
	    to);
	page_word(p, N_("Message"));
	page_put(p,
	    "</label><textarea id=\"text\" name=\"text\" rows=\"3\" dir=\"auto\" required>%s</textarea></p>"
	    "<p class=\"row\"><span class=\"hint\">",
	    text);
	page_word(p, N_("Only the two of you will see it."));
	page_put(p, "</span><button>");
	page_word(p, N_("Send"));
	page_put(p, "</button></p></form>\n");
}

static void
show(struct visit *v, const char *notice, const char *to, const char *text)
{
	struct timeline t;

	layout_begin(v, lang_text(v->lang, N_("Direct messages")), NULL);
	if (notice)
		layout_notice(v, notice, false);
	put_form(v, to, text);
	page_put(&v->page, "<h1 class=\"head\">");
	page_word(&v->page, N_("Direct messages"));
	page_put(&v->page, "</h1>\n");
	timeline_load(&t, v->tx, v->me.id, status_directs, v->me.id,
	    fields_number(fields_get(&v->query, "before")), true);
	timeline_put(v, &t, "/direct", N_("Nothing here yet."));
	timeline_free(&t);
	layout_end(v);
	visit_answer(v, notice ? 422 : 200);
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
