/* Signing up without a password: a code is shown, and comes from the address that is to be theirs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/account.h"
#include "channels/web/sessions.h"
#include "gateway/command.h"
#include "gateway/joining.h"
#include "store/identity.h"
#include "store/pending.h"

/* ---- what the browser keeps meanwhile: the store has but hashes of it */

struct code {
	char name[USER_NAME_MAX + 1];
	char text[9];
	char key[SECRET_TOKEN_SIZE]; /* logs in, once the code has come */
	int64_t expires;
};

static void
cookie_name(const struct visit *v, char out[32])
{
	snprintf(out, 32, "%s-join", v->web->cookie);
}

static void
seal(const struct visit *v, const char *what, char out[SECRET_TOKEN_SIZE])
{
	secret_token(v->web->key, "web-join", what, out);
}

static bool
read_code(const struct visit *v, struct code *c)
{
	char name[32], value[128], mac[SECRET_TOKEN_SIZE], expires[24], *sealed;

	cookie_name(v, name);
	if (!fields_cookie(v->http->header[HTTP_COOKIE], name, value, sizeof value) ||
	    (sealed = strrchr(value, '.')) == NULL)
		return false;
	*sealed++ = '\0';
	seal(v, value, mac);
	/* what is ours has the form that we gave it */
	if (!secret_equal(mac, sealed) || sscanf(value, "%15[a-z0-9_].%8[0-9].%23[0-9].%26[a-z2-7]",
					      c->name, c->text, expires, c->key) != 4)
		return false;
	c->expires = fields_number(expires);
	return c->expires > v->now;
}

/* ${c} NULL: it is over. */
static void
send_code(struct visit *v, const struct code *c)
{
	char name[32], mac[SECRET_TOKEN_SIZE] = "", *what, *value;

	cookie_name(v, name);
	what = c ? mem_printf("%s.%s.%lld.%s", c->name, c->text, (long long)c->expires, c->key)
		 : mem_dup("");
	if (c)
		seal(v, what, mac);
	value = mem_printf("%s=%s.%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s", name, what,
	    mac, c ? JOINING_LIFE : 0, v->web->secure ? "; Secure" : "");
	httpd_set(v->http, "Set-Cookie", value);
	free(value);
	free(what);
}

/* ---- the page that shows it */

static void
show(struct visit *v, const struct code *c, bool waiting)
{
	struct view *w = layout_view(v, lang_text(v->lang, N_("Sign up")));

	view_text(w, "name", c->name);
	view_flag(w, "waiting", waiting);
	settings_ways(v, c->text, c->expires);
	layout_answer(v, "join", 200);
}

void
join_get(struct visit *v)
{
	struct code c;

	if (v->me.id)
		visit_redirect(v, "/home");
	else if (read_code(v, &c))
		show(v, &c, false);
	else
		visit_redirect(v, "/signup");
}

/* ---- a new code */

struct join {
	struct visit *visit;
	enum account_result result;
	struct code code;
	char remote[SECRET_TOKEN_SIZE];
	char token[SECRET_LONG_SIZE]; /* of the new session */
	struct store_job job;
};

static int
keep(struct tx *tx, void *arg)
{
	struct join *j = arg;
	const struct visit *v = j->visit;
	struct joining what = { 0 };
	struct user taken;

	j->result = ACCOUNT_OK;
	if (!account_may_sign_up(tx, j->remote, v->now)) {
		j->result = ACCOUNT_OFTEN;
		return STORE_OK;
	}
	if (user_by_name(tx, j->code.name, &taken) ||
	    pending_is(tx, PENDING_ERASED, PENDING_NAME, j->code.name, v->now)) {
		j->result = ACCOUNT_TAKEN;
		return STORE_OK;
	}
	mem_copy(what.name, sizeof what.name, j->code.name);
	mem_copy(what.lang, sizeof what.lang, v->lang);
	account_key(ACCOUNT_LOGIN, j->code.key, what.key);
	return joining_keep(tx, j->code.text, &what, j->code.expires);
}

static void
ready(struct store_job *job, int result)
{
	struct join *j = job->arg;

	if (result < 0)
		j->result = ACCOUNT_LATER;
	httpd_go(j->visit->http);
}

static struct join *
new_join(struct visit *v, store_fn *run)
{
	struct join *j = v->work = mem_new(sizeof *j);

	j->visit = v;
	j->job = (struct store_job){ .run = run, .arg = j, .done = ready };
	return j;
}

enum account_result
join_result(struct visit *v)
{
	const struct join *j = v->work;

	if (j->result == ACCOUNT_OK)
		send_code(v, &j->code);
	return j->result;
}

void
join_begin(struct visit *v, const char *name, web_page *next)
{
	struct join *j = new_join(v, keep);

	mem_copy(j->code.name, sizeof j->code.name, name);
	secret_new_code(j->code.text);
	secret_new_token(j->code.key);
	j->code.expires = v->now + JOINING_LIFE;
	visit_remote(v, j->remote);
	visit_wait(v, next);
	store_submit(core_store(v->web->core), &j->job);
}

/* ---- has it come? */

static int
enter(struct tx *tx, void *arg)
{
	struct join *j = arg;
	const struct visit *v = j->visit;
	unsigned char hash[32];
	struct session s;
	int64_t user;

	j->result = ACCOUNT_WRONG;
	account_key(ACCOUNT_LOGIN, j->code.key, hash);
	if (!code_take(tx, hash, v->now, &user))
		return STORE_OK;
	j->result = ACCOUNT_OK;
	secret_hash(v->token, strlen(v->token), hash);
	session_drop(tx, hash);
	session_of(v, j->token, user, &s);
	return session_begin(tx, &s);
}

static void
entered(struct visit *v)
{
	struct join *j = v->work;

	if (j->result == ACCOUNT_LATER) {
		visit_error(v, 503);
	} else if (j->result != ACCOUNT_OK) {
		show(v, &j->code, true);
	} else {
		send_code(v, NULL);
		visit_token(v, j->token);
		visit_redirect(v, "/home");
	}
}

void
join_enter(struct visit *v)
{
	unsigned char hash[32];
	struct code c;
	struct join *j;
	int64_t user;

	if (v->me.id) {
		visit_redirect(v, "/home");
		return;
	}
	if (!read_code(v, &c)) {
		visit_redirect(v, "/signup");
		return;
	}
	/* to ask again and again writes nothing */
	account_key(ACCOUNT_LOGIN, c.key, hash);
	if (!code_get(v->tx, hash, v->now, &user)) {
		show(v, &c, true);
	} else {
		j = new_join(v, enter);
		j->code = c;
		secret_new_long(j->token);
		visit_wait(v, entered);
		store_submit(core_store(v->web->core), &j->job);
	}
}
