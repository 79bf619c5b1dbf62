#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "channels/web/account.h"

static void
put_wrong(struct page *p, const char *id, const char *wrong)
{
	if (wrong == NULL)
		return;
	page_put(p, "<span class=\"wrong\" id=\"%s\">", id);
	page_word(p, wrong);
	page_put(p, "</span>");
}

static void
put_fields(struct page *p, const char *name, const char *wrong_name, const char *wrong_password)
{
	page_put(p, "<p><label for=\"name\">");
	page_word(p, N_("Name"));
	page_put(p,
	    "</label><input id=\"name\" name=\"name\" value=\"%s\" maxlength=\"%d\" required "
	    "autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" dir=\"ltr\" "
	    "aria-invalid=\"%s\" aria-describedby=\"name-hint%s\">",
	    name, USER_NAME_MAX, wrong_name ? "true" : "false", wrong_name ? " name-wrong" : "");
	page_put(p, "<span class=\"hint\" id=\"name-hint\">");
	page_word(p, N_("Up to 15 letters a to z, digits and _"));
	page_put(p, "</span>");
	put_wrong(p, "name-wrong", wrong_name);
	page_put(p, "</p><p><label for=\"password\">");
	page_word(p, N_("Password"));
	page_put(p,
	    "</label><input id=\"password\" type=\"password\" name=\"password\" required "
	    "autocomplete=\"new-password\" dir=\"ltr\" aria-invalid=\"%s\" "
	    "aria-describedby=\"password-hint%s\">",
	    wrong_password ? "true" : "false", wrong_password ? " password-wrong" : "");
	page_put(p, "<span class=\"hint\" id=\"password-hint\">");
	page_word(p, N_("At least 8 characters"));
	page_put(p, "</span>");
	put_wrong(p, "password-wrong", wrong_password);
	page_put(p, "</p>");
}

void
signup_form(struct visit *v, const char *name, const char *wrong_name, const char *wrong_password)
{
	struct page *p = &v->page;

	if (v->web->site->signup != SIGNUP_OPEN) {
		page_put(p, "<p class=\"card\">");
		page_word(p, v->web->site->signup == SIGNUP_INVITE
				 ? N_("New people come by invitation.")
				 : N_("Nobody can sign up at present."));
		page_put(p, "</p>\n");
		return;
	}
	page_put(p,
	    "<form class=\"card form\" method=\"post\" action=\"/signup\" accept-charset=\"utf-8\"><h2>");
	page_word(p, N_("Sign up"));
	page_put(p, "</h2>");
	visit_proof(v);
	put_fields(p, name, wrong_name, wrong_password);
	page_put(p, "<p class=\"row\"><button>");
	page_word(p, N_("Sign up"));
	page_put(p, "</button>");
	if (settings_reachable(v)) {
		page_put(
		    p, "<button class=\"quiet\" name=\"way\" value=\"address\" formnovalidate>");
		page_word(p, N_("Without a password"));
		page_put(p, "</button>");
	}
	page_put(p, "<a href=\"/login\">");
	page_word(p, N_("I have a name already"));
	page_put(p, "</a></p></form>\n");
}

static void
show(struct visit *v, const char *name, const char *wrong_name, const char *wrong_password)
{
	layout_begin(v, lang_text(v->lang, N_("Sign up")), NULL);
	signup_form(v, name, wrong_name, wrong_password);
	layout_end(v);
	visit_answer(v, wrong_name || wrong_password ? 422 : 200);
}

void
signup_get(struct visit *v)
{
	if (v->me.id)
		visit_redirect(v, "/home");
	else
		show(v, "", NULL, NULL);
}

static void
went(struct visit *v, enum account_result result, const char *where, const char *name)
{
	switch (result) {
	case ACCOUNT_OK:
		visit_redirect(v, where);
		break;
	case ACCOUNT_TAKEN:
		show(v, name, N_("Somebody has that name already."), NULL);
		break;
	case ACCOUNT_OFTEN:
		visit_error(v, 429);
		break;
	default:
		visit_error(v, 503);
	}
}

static void
signed_up(struct visit *v)
{
	went(v, account_result(v), "/home", account_name(v));
}

static void
joined(struct visit *v)
{
	went(v, join_result(v), "/signup/address", fields_get(&v->form, "name"));
}

void
signup_post(struct visit *v)
{
	const char *name = fields_get(&v->form, "name"),
		   *password = fields_get(&v->form, "password");
	const char *wrong_name = NULL, *wrong_password = NULL;
	char lower[USER_NAME_MAX + 1];
	bool by_address = strcmp(fields_get(&v->form, "way"), "address") == 0 &&
			  settings_reachable(v);

	if (v->web->site->signup != SIGNUP_OPEN) {
		show(v, "", N_("Nobody can sign up at present."), NULL);
		return;
	}
	if (!text_take_name(name, lower))
		wrong_name = N_("A name is up to 15 letters a to z, digits and _.");
	else if (site_name_reserved(lower))
		wrong_name = N_("That name cannot be had.");
	if (!by_address && !account_password_fits(password))
		wrong_password = N_("A password has 8 to 200 characters.");
	else if (!by_address && strcmp(password, lower) == 0)
		wrong_password = N_("Not the name itself, please.");
	if (wrong_name || wrong_password)
		show(v, fields_get(&v->form, "name"), wrong_name, wrong_password);
	else if (by_address)
		join_begin(v, lower, joined);
	else
		account_begin(v, true, lower, password, signed_up);
}
