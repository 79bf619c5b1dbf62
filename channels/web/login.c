#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "channels/web/account.h"

static void
show(struct visit *v, const char *name, const char *wrong, unsigned status)
{
	struct page *p = &v->page;

	layout_begin(v, lang_text(v->lang, N_("Log in")), NULL);
	if (wrong)
		layout_notice(v, lang_text(v->lang, wrong), false);
	page_put(p,
	    "<form class=\"card form\" method=\"post\" action=\"/login\" accept-charset=\"utf-8\"><h1>");
	page_word(p, N_("Log in"));
	page_put(p, "</h1>");
	visit_proof(v);
	page_put(p, "<p><label for=\"name\">");
	page_word(p, N_("Name"));
	page_put(p,
	    "</label><input id=\"name\" name=\"name\" value=\"%s\" required autocomplete=\"username\" "
	    "autocapitalize=\"none\" spellcheck=\"false\" dir=\"ltr\"></p><p><label for=\"password\">",
	    name);
	page_word(p, N_("Password"));
	page_put(p, "</label><input id=\"password\" type=\"password\" name=\"password\" required "
		    "autocomplete=\"current-password\" dir=\"ltr\"></p><p class=\"row\"><button>");
	page_word(p, N_("Log in"));
	page_put(p, "</button>");
	if (v->web->site->signup == SIGNUP_OPEN) {
		page_put(p, "<a href=\"/signup\">");
		page_word(p, N_("I have no name here yet"));
		page_put(p, "</a>");
	}
	page_put(p, "</p></form>\n");
	layout_end(v);
	visit_answer(v, status);
}

void
login_get(struct visit *v)
{
	if (v->me.id)
		visit_redirect(v, "/home");
	else
		show(v, "", NULL, 200);
}

static void
logged_in(struct visit *v)
{
	switch (account_result(v)) {
	case ACCOUNT_OK:
		visit_redirect(v, "/home");
		break;
	case ACCOUNT_WRONG:
		show(v, fields_get(&v->form, "name"), N_("Name and password do not match."), 403);
		break;
	case ACCOUNT_OFTEN:
		visit_error(v, 429);
		break;
	default:
		visit_error(v, 503);
	}
}

void
login_post(struct visit *v)
{
	const char *name = fields_get(&v->form, "name"),
		   *password = fields_get(&v->form, "password");
	char lower[USER_NAME_MAX + 1];

	if (!text_take_name(name, lower) || !account_password_fits(password))
		show(v, fields_get(&v->form, "name"), N_("Name and password do not match."), 403);
	else
		account_begin(v, false, lower, password, logged_in);
}

void
logout_get(struct visit *v)
{
	struct page *p = &v->page;

	if (!v->me.id) {
		visit_redirect(v, "/");
		return;
	}
	layout_begin(v, lang_text(v->lang, N_("Log out")), NULL);
	page_put(p, "<form class=\"card form\" method=\"post\" action=\"/logout\"><h1>");
	page_word(p, N_("Log out"));
	page_put(p, "</h1><p>");
	page_say(p, N_("You are logged in as {1}."), v->me.name, NULL);
	page_put(p, "</p>");
	visit_proof(v);
	page_put(p, "<p class=\"row\"><button>");
	page_word(p, N_("Log out"));
	page_put(p, "</button><a href=\"/home\">");
	page_word(p, N_("Stay"));
	page_put(p, "</a></p></form>\n");
	layout_end(v);
	visit_answer(v, 200);
}

static void
logged_out(struct visit *v)
{
	if (account_result(v) != ACCOUNT_OK)
		visit_error(v, 503);
	else
		visit_redirect(v, "/");
}

void
logout_post(struct visit *v)
{
	account_leave(v, logged_out);
}
