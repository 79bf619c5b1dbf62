/* Links that the service sent, each of which works once: they open an account, or bring all of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/sessions.h"
#include "gateway/command.h"
#include "gateway/export.h"
#include "store/identity.h"

#define EXPORT_MOST (64 << 20) /* bytes: it stands in memory */

void
key_fresh(const char *token, unsigned char hash[32])
{
	char text[SECRET_LONG_SIZE + 8];

	snprintf(text, sizeof text, "fresh %s", token);
	secret_hash(text, strlen(text), hash);
}

/* ---- the page with a button: who only looks at a link, as programs do, does not use it up */

static void
show(struct visit *v, const char *title, const char *what, const char *name)
{
	struct view *w = layout_view(v, lang_text(v->lang, title));

	view_flag(w, what, true);
	view_text(w, "key", v->key);
	view_text(w, "name", name);
	layout_answer(v, "key", 200);
}

static void
too_old(struct visit *v)
{
	layout_view(v, lang_text(v->lang, N_("Too late")));
	layout_notice(v,
	    lang_text(v->lang,
		N_("This link has been used, or is older than 10 minutes. Ask for another.")),
	    false);
	layout_answer(v, "key", 410);
}

static bool
whose(struct visit *v, const char *what, struct user *u)
{
	unsigned char hash[32];
	int64_t user;

	account_key(what, v->key, hash);
	return code_get(v->tx, hash, v->now, &user) && user_by_id(v->tx, user, u) && !u->suspended;
}

void
key_login_get(struct visit *v)
{
	struct user u;

	if (whose(v, ACCOUNT_LOGIN, &u))
		show(v, N_("Log in"), "login", u.name);
	else
		too_old(v);
}

void
key_export_get(struct visit *v)
{
	struct user u;

	if (whose(v, ACCOUNT_EXPORT, &u))
		show(v, N_("Download"), "export", u.name);
	else
		too_old(v);
}

/* ---- to use it */

struct work {
	struct visit *visit;
	const char *what;
	char name[USER_NAME_MAX + 1]; /* "" if the link is good no more */
	char token[SECRET_LONG_SIZE];
	struct buf out;
	enum export_result result;
	struct store_job job;
};

/* Whose it is; it is used up. */
static bool
take(struct tx *tx, struct work *w, struct user *u)
{
	unsigned char hash[32];
	int64_t user;

	w->name[0] = '\0';
	account_key(w->what, w->visit->key, hash);
	if (!code_take(tx, hash, w->visit->now, &user) || !user_by_id(tx, user, u) || u->suspended)
		return false;
	mem_copy(w->name, sizeof w->name, u->name);
	return true;
}

static int
enter(struct tx *tx, void *arg)
{
	struct work *w = arg;
	const struct visit *v = w->visit;
	unsigned char id[32];
	struct session s;
	struct user u;

	if (!take(tx, w, &u))
		return STORE_OK;
	secret_hash(v->token, strlen(v->token), id);
	session_drop(tx, id);
	session_of(v, w->token, u.id, &s);
	session_begin(tx, &s);
	key_fresh(w->token, id);
	return code_add(tx, id, u.id, v->now + KEY_FRESH_SECONDS);
}

static void
entered(struct store_job *job, int result)
{
	struct work *w = job->arg;

	w->visit->result = result;
	httpd_go(w->visit->http);
}

static void
opened(struct visit *v)
{
	struct work *w = v->work;

	if (v->result < 0) {
		visit_error(v, 503);
	} else if (!w->name[0]) {
		too_old(v);
	} else {
		visit_token(v, w->token);
		visit_redirect(v, "/settings/account"); /* where a password can be set */
	}
	explicit_bzero(w->token, sizeof w->token);
}

static struct work *
new_work(struct visit *v, const char *what)
{
	struct work *w = v->work = mem_new(sizeof *w);

	w->visit = v;
	w->what = what;
	w->job = (struct store_job){ .run = enter, .arg = w, .done = entered };
	return w;
}

void
key_login_post(struct visit *v)
{
	struct work *w = new_work(v, ACCOUNT_LOGIN);

	secret_new_long(w->token);
	visit_wait(v, opened);
	store_submit(core_store(v->web->core), &w->job);
}

static bool
gather(void *cookie, const char *text, size_t n)
{
	struct work *w = cookie;

	if (w->out.len + n > EXPORT_MOST)
		return false;
	buf_add(&w->out, text, n);
	return true;
}

static int
take_only(struct tx *tx, void *arg)
{
	struct user u;

	take(tx, arg, &u);
	return STORE_OK;
}

static void
collect(void *arg, bool dropped)
{
	struct work *w = arg;
	struct store *store = core_store(w->visit->web->core);

	w->result = EXPORT_BROKEN;
	if (!dropped && (!w->what || store_write(store, take_only, w) >= 0))
		w->result = w->name[0] ? export_person(store, w->name, gather, w) : EXPORT_NOBODY;
	httpd_go(w->visit->http);
}

static void
collected(struct visit *v)
{
	struct work *w = v->work;
	char *file;

	if (w->result == EXPORT_NOBODY) {
		too_old(v);
	} else if (w->result != EXPORT_OK) {
		visit_error(v, 503);
	} else {
		file = mem_printf("attachment; filename=\"%s.json\"", w->name);
		httpd_set(v->http, "Content-Disposition", file);
		httpd_set(v->http, "Cache-Control", "no-store");
		free(file);
		httpd_answer(v->http, 200, "application/json", &w->out);
	}
	buf_free(&w->out);
}

static void
begin(struct visit *v, struct work *w)
{
	visit_wait(v, collected);
	if (workers_add(v->web->workers, collect, w))
		return;
	w->result = EXPORT_BROKEN;
	httpd_go(v->http);
}

void
key_export_post(struct visit *v)
{
	begin(v, new_work(v, ACCOUNT_EXPORT));
}

/* The same for somebody who has logged in. */
void
key_export_mine(struct visit *v)
{
	struct work *w = new_work(v, NULL);

	mem_copy(w->name, sizeof w->name, v->me.name);
	begin(v, w);
}
