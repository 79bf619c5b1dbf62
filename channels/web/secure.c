/* The settings that guard an account: password, PIN, and its end. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/account.h"
#include "channels/web/sessions.h"
#include "gateway/command.h"
#include "store/identity.h"

#define HASH_MAX 256
#define TRIES_WINDOW 900
#define TRIES 20

/* ---- the page */

static void
form_begin(struct visit *v, const char *action, const char *title)
{
	struct page *p = &v->page;

	page_put(p, "<section class=\"card\"><form method=\"post\" action=\"/settings/%s\"><h2>",
	    action);
	page_word(p, title);
	page_put(p, "</h2>");
	visit_proof(v);
}

static void
form_end(struct visit *v, const char *button, const char *class)
{
	page_put(&v->page, "<p class=\"row\"><button class=\"%s\">", class);
	page_word(&v->page, button);
	page_put(&v->page, "</button></p></form></section>\n");
}

static void
put_input(
    struct visit *v, const char *name, const char *type, const char *complete, const char *label)
{
	struct page *p = &v->page;

	page_put(p, "<p><label for=\"%s\">", name);
	page_word(p, label);
	page_put(p,
	    "</label><input id=\"%s\" name=\"%s\" type=\"%s\" autocomplete=\"%s\" required "
	    "autocapitalize=\"none\" spellcheck=\"false\" dir=\"ltr\"></p>",
	    name, name, type, complete);
}

/* Did a link open this session a moment ago? */
static bool
is_fresh(struct tx *tx, const struct visit *v)
{
	unsigned char hash[32];
	int64_t user;

	key_fresh(v->token, hash);
	return code_get(tx, hash, v->now, &user) && user == v->me.id;
}

static void
put_password(struct visit *v)
{
	char hash[HASH_MAX];
	bool has = password_get(v->tx, v->me.id, hash, sizeof hash);

	form_begin(v, "password", N_("Password"));
	if (has && !is_fresh(v->tx, v))
		put_input(v, "old", "password", "current-password", N_("The password until now"));
	put_input(v, "new", "password", "new-password", N_("New password"));
	page_put(&v->page, "<p class=\"hint\">");
	page_word(&v->page, N_("Whoever is logged in elsewhere is logged out."));
	page_put(&v->page, "</p>");
	form_end(v, has ? N_("Change the password") : N_("Set a password"), "");
}

static void
put_pin(struct visit *v)
{
	struct page *p = &v->page;
	char sealed[64];
	bool has = pin_get(v->tx, v->me.id, sealed, sizeof sealed);

	form_begin(v, "pin", N_("PIN for text messages"));
	page_put(p, "<p>");
	page_word(p,
	    has ? N_("What comes from your phone number counts only if it begins with your PIN.")
		: N_("Senders of text messages can be forged. With a PIN, what comes from your phone "
		     "number counts only if it begins with it."));
	page_put(p, "</p>");
	put_input(v, "pin", "text", "off", N_("4 to 8 digits"));
	form_end(v, has ? N_("Change the PIN") : N_("Set a PIN"), "");
	if (!has)
		return;
	page_put(p, "<form class=\"card\" method=\"post\" action=\"/settings/pin/off\">");
	visit_proof(v);
	page_put(p, "<button class=\"quiet\">");
	page_word(p, N_("No PIN any more"));
	page_put(p, "</button></form>\n");
}

static void
put_end(struct visit *v)
{
	struct page *p = &v->page;

	form_begin(v, "export", N_("All that is kept of you"));
	form_end(v, N_("Download"), "quiet");
	form_begin(v, "erase", N_("Erase the account"));
	page_put(p, "<p>");
	page_say(p,
	    N_("This ends your account and removes all that you said, for good. If you are sure, type "
	       "{1}."),
	    v->me.name, NULL);
	page_put(p, "</p>");
	put_input(v, "name", "text", "off", N_("Your name here"));
	form_end(v, N_("Erase the account"), "quiet");
}

static void
show(struct visit *v, const char *notice, bool good)
{
	struct page *p = &v->page;

	buf_clear(&p->out);
	layout_begin(v, lang_text(v->lang, N_("Settings")), NULL);
	if (notice)
		layout_notice(v, notice, good);
	page_put(p, "<h1 class=\"head\">");
	page_word(p, N_("Settings"));
	page_put(p, "</h1>\n<p><a href=\"/settings/addresses\">");
	page_word(p, N_("Addresses"));
	page_put(p, "</a></p>\n");
	put_password(v);
	put_pin(v);
	put_end(v);
	layout_end(v);
	visit_answer(v, good ? 200 : 422);
}

void
secure_get(struct visit *v)
{
	show(v, NULL, true);
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
		show(v, lang_text(v->lang, N_("The password is set.")), true);
	else if (c->result == WRONG)
		show(v, lang_text(v->lang, N_("That is not the password until now.")), false);
	else
		visit_error(v, c->result == OFTEN ? 429 : 503);
}

void
secure_password(struct visit *v)
{
	const char *old = fields_get(&v->form, "old"), *new = fields_get(&v->form, "new");
	struct change *c;

	if (!account_password_fits(new)) {
		show(v, lang_text(v->lang, N_("A password has 8 to 200 characters.")), false);
		return;
	}
	if (strcmp(new, v->me.name) == 0) {
		show(v, lang_text(v->lang, N_("Not the name itself, please.")), false);
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

static void
answered(struct visit *v)
{
	const struct receive *r = &v->receive;

	if (post_kept(v))
		show(v, r->answer ? r->answer : lang_text(v->lang, N_("That cannot be said here.")),
		    post_good(v));
}

void
secure_pin(struct visit *v)
{
	const char *pin = fields_get(&v->form, "pin");

	/* only what can be nothing but a PIN becomes a text */
	if (*pin && strlen(pin) < PARSE_PIN_SIZE && strspn(pin, "0123456789") == strlen(pin))
		post_say(v, mem_printf("pin %s", pin), 0, answered);
	else
		show(v, lang_text(v->lang, N_("A PIN has 4 to 8 digits.")), false);
}

void
secure_pin_off(struct visit *v)
{
	post_say(v, mem_dup("pin off"), 0, answered);
}

static void
erased(struct visit *v)
{
	if (!post_kept(v))
		return;
	if (!post_good(v)) {
		answered(v);
		return;
	}
	visit_token(v, "");
	visit_redirect(v, "/");
}

void
secure_erase(struct visit *v)
{
	if (strcmp(fields_get(&v->form, "name"), v->me.name) == 0)
		post_say(v, mem_printf("erase %s", v->me.name), 0, erased);
	else
		show(
		    v, lang_text(v->lang, N_("That is not your name: nothing was erased.")), false);
}
