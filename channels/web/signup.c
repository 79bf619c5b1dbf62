#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "channels/web/account.h"

void
signup_form(struct visit *v, const char *name, const char *wrong_name, const char *wrong_password)
{
	enum signup rule = v->web->site->signup;
	struct view *w = v->view;

	view_flag(w, "invite_only", rule == SIGNUP_INVITE);
	view_flag(w, "closed", rule == SIGNUP_CLOSED);
	view_flag(w, "reachable", settings_reachable(v));
	view_text(w, "name", name);
	view_text(w, "wrong_name", wrong_name ? lang_text(v->lang, wrong_name) : "");
	view_text(w, "wrong_password", wrong_password ? lang_text(v->lang, wrong_password) : "");
}

static void
show(struct visit *v, const char *name, const char *wrong_name, const char *wrong_password)
{
	layout_view(v, lang_text(v->lang, N_("Sign up")));
	signup_form(v, name, wrong_name, wrong_password);
	layout_answer(v, "signup", wrong_name || wrong_password ? 422 : 200);
}

static void
too_often(struct visit *v, const char *name)
{
	view_text(layout_view(v, lang_text(v->lang, N_("Sign up"))), "wrong_form",
	    lang_text(v->lang, ACCOUNT_TOO_OFTEN));
	signup_form(v, name, NULL, NULL);
	httpd_set(v->http, "Retry-After", "3600");
	layout_answer(v, "signup", 429);
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
		too_often(v, name);
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
