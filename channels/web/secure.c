/* The settings that guard an account: password, PIN, a copy of all, and the end. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/account.h"
#include "channels/web/sessions.h"
#include "channels/web/settings.h"
#include "gateway/command.h"
#include "store/identity.h"

#define HASH_MAX 256
#define TRIES_WINDOW 900
#define TRIES 20

/* ---- the page */

/* Did a link open this session a moment ago? */
static bool
is_fresh(struct tx *tx, const struct visit *v)
{
	unsigned char hash[32];
	int64_t user;

	key_fresh(v->token, hash);
	return code_get(tx, hash, v->now, &user) && user == v->me.id;
}

/* ${field} (NULL: none) is wrong, for the reason ${why}, in the visitor's language. */
static void
show(struct visit *v, const char *field, const char *why)
{
	struct view *w = settings_view(v, N_("Account"));
	char hash[HASH_MAX], sealed[64];
	bool has = password_get(v->tx, v->me.id, hash, sizeof hash);

	if (field)
		view_text(w, field, why);
	sessions_view(v);
	view_flag(w, "has_password", has);
	view_flag(w, "old", has && !is_fresh(v->tx, v));
	view_flag(w, "has_pin", pin_get(v->tx, v->me.id, sealed, sizeof sealed));
	view_text(w, "typed", fields_get(&v->form, "name"));
	layout_answer(v, "settings_account", field ? 422 : 200);
}

static void
wrong(struct visit *v, const char *field, const char *msgid)
{
	show(v, field, lang_text(v->lang, msgid));
}

void
secure_get(struct visit *v)
{
	show(v, NULL, NULL);
}

/* ---- a password */

enum outcome_of_change { CHANGED, WRONG, OFTEN, LATER };

struct change {
	struct visit *visit;
	char old[4 * PASSWORD_MAX + 1], new[4 * PASSWORD_MAX + 1];
	char hash[HASH_MAX];          /* what there was; then the new */
	char token[SECRET_LONG_SIZE]; /* of the session that goes on with it */
	bool fresh;
	enum outcome_of_change result;
};

static int
look(struct tx *tx, void *arg)
{
	struct change *c = arg;
	const struct visit *v = c->visit;
	char who[24];

	c->result = CHANGED;
	c->fresh = is_fresh(tx, v);
	if (!password_get(tx, v->me.id, c->hash, sizeof c->hash))
		c->hash[0] = '\0';
	snprintf(who, sizeof who, "%" PRId64, v->me.id);
	if (!c->fresh && c->hash[0] &&
	    tally_add(tx, "web-password", who, v->now, TRIES_WINDOW) > TRIES)
		c->result = OFTEN;
	return STORE_OK;
}

static int
set(struct tx *tx, void *arg)
{
	struct change *c = arg;
	const struct visit *v = c->visit;
	unsigned char id[32];
	struct session s;
	int64_t user;

	key_fresh(v->token, id);
	code_take(tx, id, v->now, &user);
	secret_hash(v->token, strlen(v->token), id);
	/* the session may have been ended meanwhile, by just such a change */
	if (!session_find(tx, id, v->now, &s) || s.user != v->me.id) {
		c->result = LATER;
		return STORE_OK;
	}
	session_of(v, c->token, s.user, &s);
	session_begin(tx, &s);
	sessions_end(tx, s.user, s.id);
	account_new_password(tx, v->web->site, v->now, s.user);
	return password_set(tx, s.user, c->hash);
}

/* The part that takes long. */
static void
weigh(struct change *c)
{
	char *hash;

	if (c->hash[0] && !c->fresh && !secret_password_check(c->hash, c->old)) {
		c->result = WRONG;
		return;
	}
	hash = secret_password_hash(c->new);
	if (hash == NULL || mem_copy(c->hash, sizeof c->hash, hash) != 0)
		c->result = LATER;
	secret_new_long(c->token);
	free(hash);
}

static void
work(void *arg, bool dropped)
{
	struct change *c = arg;
	struct core *core = c->visit->web->core;

	c->result = LATER;
	if (!dropped && core_write(core, look, c) >= 0 && c->result == CHANGED)
		weigh(c);
	explicit_bzero(c->old, sizeof c->old);
	explicit_bzero(c->new, sizeof c->new);
	if (c->result == CHANGED && core_write(core, set, c) < 0)
		c->result = LATER;
	httpd_go(c->visit->http);
}

static void
changed(struct visit *v)
{
	struct change *c = v->work;

	if (c->result == CHANGED)
		visit_token(v, c->token);
	explicit_bzero(c->token, sizeof c->token);
	if (c->result == CHANGED)
		settings_done(v, SETTINGS_ACCOUNT, "password");
	else if (c->result == WRONG)
		wrong(v, "wrong_old", N_("That is not the password until now."));
	else if (c->result == OFTEN)
		wrong(v, "wrong_old", ACCOUNT_TOO_OFTEN);
	else
		visit_error(v, 503);
}

void
secure_password(struct visit *v)
{
	const char *old = fields_get(&v->form, "old"), *new = fields_get(&v->form, "new");
	struct change *c;

	if (!account_password_fits(new)) {
		wrong(v, "wrong_new", N_("A password has 8 to 200 characters."));
		return;
	}
	if (strcmp(new, v->me.name) == 0) {
		wrong(v, "wrong_new", N_("Not the name itself, please."));
		return;
	}
	c = v->work = mem_new(sizeof *c);
	c->visit = v;
	mem_copy(c->new, sizeof c->new, new);
	if (mem_copy(c->old, sizeof c->old, old) != 0)
		c->old[0] = '\0';
	visit_wait(v, changed);
	if (workers_add(v->web->workers, work, c))
		return;
	c->result = LATER;
	httpd_go(v->http);
}

/* ---- what is a text, too */

/* ${done} is what is said if it was done, ${field} where it is said if not. */
static void
answered(struct visit *v, const char *done, const char *field)
{
	const struct receive *r = &v->receive;

	if (!post_kept(v))
		return;
	if (post_good(v))
		settings_done(v, SETTINGS_ACCOUNT, done);
	else if (r->answer)
		show(v, field, r->answer);
	else
		wrong(v, field, N_("That cannot be said here."));
}

static void
pin_set_page(struct visit *v)
{
	answered(v, "pin", "wrong_pin");
}

static void
pin_off_page(struct visit *v)
{
	answered(v, "pin-off", "wrong_pin");
}

void
secure_pin(struct visit *v)
{
	const char *pin = fields_get(&v->form, "pin");

	/* only what can be nothing but a PIN becomes a text */
	if (strlen(pin) >= PIN_MIN && strlen(pin) < PARSE_PIN_SIZE &&
	    strspn(pin, "0123456789") == strlen(pin))
		post_say(v, mem_printf("pin %s", pin), 0, pin_set_page);
	else
		wrong(v, "wrong_pin", N_("A PIN has 4 to 8 digits."));
}

void
secure_pin_off(struct visit *v)
{
	post_say(v, mem_dup("pin off"), 0, pin_off_page);
}

static void
erased(struct visit *v)
{
	if (!post_kept(v))
		return;
	if (!post_good(v)) {
		answered(v, "", "wrong_name");
		return;
	}
	visit_token(v, "");
	if (v->receive.answer == NULL) {
		visit_redirect(v, "/");
		return;
	}
	v->me = (struct user){ 0 };
	layout_view(v, NULL);
	layout_notice(v, v->receive.answer, true);
	layout_answer(v, "key", 200);
}

void
secure_erase(struct visit *v)
{
	if (strcmp(fields_get(&v->form, "name"), v->me.name) == 0)
		post_say(v, mem_printf("erase %s", v->me.name), 0, erased);
	else
		wrong(v, "wrong_name", N_("That is not your name: nothing was erased."));
}
