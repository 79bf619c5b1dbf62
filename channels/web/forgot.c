/* Who has forgotten the password, or never had one, is sent a link. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/account.h"
#include "gateway/reset.h"

#define ASK_WINDOW 3600
#define ASK_REMOTE 10

/* ---- the page: the same whoever asks, and for whom */

static void
show(struct visit *v, const char *who, const char *wrong, unsigned status)
{
	struct view *w = layout_view(v, lang_text(v->lang, N_("A way in")));

	view_text(w, "who", who);
	view_text(w, "wrong", wrong ? lang_text(v->lang, wrong) : "");
	if (*fields_get(&v->query, "asked"))
		layout_notice(v,
		    lang_text(v->lang,
			N_("If we know you, and you have linked an address, a link is on its way "
			   "there. It works once, within 10 minutes.")),
		    true);
	layout_answer(v, "forgot", status);
}

void
forgot_get(struct visit *v)
{
	if (v->me.id)
		visit_redirect(v, "/settings");
	else
		show(v, "", NULL, 200);
}

/* ---- asking */

struct asking {
	struct visit *visit; /* gone once it has been answered */
	struct core *core;
	int64_t now;
	char remote[SECRET_TOKEN_SIZE];
	char *who;
	bool often;
};

static int
count(struct tx *tx, void *arg)
{
	struct asking *k = arg;

	k->often = tally_add(tx, "web-forgot", k->remote, k->now, ASK_WINDOW) > ASK_REMOTE;
	return STORE_OK;
}

static int
ask(struct tx *tx, void *arg)
{
	const struct asking *k = arg;

	return reset_ask(tx, core_site(k->core), k->now, k->who);
}

/* The page does not wait for what is known of them: not even the time it takes tells anything. */
static void
work(void *arg, bool dropped)
{
	struct asking *k = arg;
	struct visit *v = k->visit;
	bool good = !dropped && store_write(core_store(k->core), count, k) >= 0;

	v->result = !good ? STORE_LATER : k->often ? STORE_FAILED : STORE_OK;
	good = v->result == STORE_OK;
	httpd_go(v->http);
	if (good)
		core_write(k->core, ask, k);
	free(k->who);
	free(k);
}

static void
asked(struct visit *v)
{
	if (v->result == STORE_LATER) {
		visit_error(v, 503);
	} else if (v->result != STORE_OK) {
		httpd_set(v->http, "Retry-After", "3600");
		show(v, fields_get(&v->form, "who"), ACCOUNT_TOO_OFTEN, 429);
	} else {
		visit_redirect(v, "/login/forgot?asked=1");
	}
}

void
forgot_post(struct visit *v)
{
	const char *who = fields_get(&v->form, "who");
	struct asking *k;

	if (who[strspn(who, " @")] == '\0') {
		show(v, who, N_("Your name, a phone number or a mail address, please."), 422);
		return;
	}
	k = mem_new(sizeof *k);
	k->visit = v;
	k->core = v->web->core;
	k->now = v->now;
	k->who = mem_dup(who);
	visit_remote(v, k->remote);
	visit_wait(v, asked);
	if (workers_add(v->web->workers, work, k))
		return;
	free(k->who);
	free(k);
	v->result = STORE_LATER;
	httpd_go(v->http);
}
