#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "channels/web/account.h"

static void
show(struct visit *v, const char *name, const char *wrong, unsigned status)
{
	struct view *w = layout_view(v, lang_text(v->lang, N_("Log in")));
	char *typed = post_typed(v);

	view_text(w, "typed", typed);
	view_number(w, "re", fields_number(fields_get(&v->form, "re")));
	free(typed);
	view_text(w, "wrong", wrong ? lang_text(v->lang, wrong) : "");
	view_text(w, "name", name);
	view_flag(w, "signup", v->web->site->signup == SIGNUP_OPEN);
	layout_answer(v, "login", status);
}

void
login_get(struct visit *v)
{
	if (v->me.id)
		visit_redirect(v, "/home");
	else
		show(v, "", NULL, 200);
}

bool
login_first(struct visit *v)
{
	if (!*fields_get(&v->form, "text"))
		return false;
	show(v, "", NULL, 403);
	return true;
}

/* Home; or to what was typed before. */
static void
go_on(struct visit *v)
{
	const char *text = fields_get(&v->form, "text");

	if (!*text || !user_by_name(v->tx, account_name(v), &v->me)) {
		visit_redirect(v, "/home");
		return;
	}
	layout_view(v, NULL);
	layout_box(v, text, fields_number(fields_get(&v->form, "re")));
	layout_answer(v, "said", 200);
}

static void
logged_in(struct visit *v)
{
	switch (account_result(v)) {
	case ACCOUNT_OK:
		go_on(v);
		break;
	case ACCOUNT_WRONG:
		show(v, fields_get(&v->form, "name"), N_("Name and password do not match."), 403);
		break;
	case ACCOUNT_OFTEN:
		httpd_set(v->http, "Retry-After", "900");
		show(v, fields_get(&v->form, "name"), ACCOUNT_TOO_OFTEN, 429);
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
	if (!v->me.id) {
		visit_redirect(v, "/");
		return;
	}
	layout_view(v, lang_text(v->lang, N_("Log out")));
	layout_answer(v, "logout", 200);
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
