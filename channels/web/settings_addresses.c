#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/settings.h"
#include "gateway/command.h"
#include "gateway/ladder.h"

#define CODE_SECONDS 600
#define CODES_AN_HOUR 20
#define ADDRESSES_MAX 20

/* ---- the code: the store keeps its hash only, the visitor's own cookie the rest */

struct code {
	char text[9];
	int64_t expires;
};

static void
seal(const struct visit *v, const struct code *c, char out[SECRET_TOKEN_SIZE])
{
	char what[64];

	snprintf(
	    what, sizeof what, "%lld %s %lld", (long long)v->me.id, c->text, (long long)c->expires);
	secret_token(v->web->key, "web-code", what, out);
}

static void
code_cookie(const struct visit *v, char out[32])
{
	snprintf(out, 32, "%s-code", v->web->cookie);
}

/* The code that the visitor was given, if it is still good. */
static bool
read_code(const struct visit *v, struct code *c)
{
	char name[32], value[64], mac[SECRET_TOKEN_SIZE], *expires, *sealed;

	code_cookie(v, name);
	if (!fields_cookie(v->http->header[HTTP_COOKIE], name, value, sizeof value) ||
	    (expires = strchr(value, '.')) == NULL || (sealed = strchr(expires + 1, '.')) == NULL)
		return false;
	*expires++ = *sealed++ = '\0';
	if (mem_copy(c->text, sizeof c->text, value) < 0)
		return false;
	c->expires = fields_number(expires);
	seal(v, c, mac);
	return c->expires > v->now && secret_equal(mac, sealed);
}

static void
send_code(struct visit *v, const struct code *c)
{
	char name[32], mac[SECRET_TOKEN_SIZE], *value;

	code_cookie(v, name);
	seal(v, c, mac);
	value = mem_printf("%s=%s.%lld.%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s", name,
	    c->text, (long long)c->expires, mac, CODE_SECONDS, v->web->secure ? "; Secure" : "");
	httpd_set(v->http, "Set-Cookie", value);
	free(value);
}

/* ---- the page */

static const char *const kinds[] = { "sms", "xmpp", "email" };

/* ${key} of ${chan}'s settings, or "" where its kind has no such key. */
static const char *
setting(const struct visit *v, int chan, const char *key)
{
	const struct channel_kind *kind = core_kind(v->web->core, chan);

	for (const struct conf_key *k = kind ? kind->keys : NULL; k && k->name; k++)
		if (strcmp(k->name, key) == 0)
			return conf_text(core_section(v->web->core, chan), key);
	return "";
}

/* Where people write to, to reach the channel of kind ${kind}: in ${out}, or "". */
static void
reach(const struct visit *v, const char *kind, char *out, size_t size)
{
	int chan = core_chan_of_kind(v->web->core, kind);
	const char *jid, *user;

	*out = '\0';
	if (chan == 0)
		return;
	if (strcmp(kind, "sms") == 0) {
		mem_copy(out, size, setting(v, chan, "number"));
	} else if (strcmp(kind, "email") == 0) {
		mem_copy(out, size, setting(v, chan, "address"));
	} else {
		jid = setting(v, chan, "jid");
		user = setting(v, chan, "bot");
		if (*jid)
			mem_copy(out, size, jid);
		else if (*user)
			snprintf(out, size, "%s@%s", user, setting(v, chan, "domain"));
		else
			mem_copy(out, size, setting(v, chan, "domain"));
	}
}

static void
add_addresses(struct visit *v, const struct address *a, size_t n)
{
	struct view *w;

	for (size_t i = 0; i < n; i++) {
		w = view_add(v->view, "addresses");
		view_text(w, "kind", a[i].kind);
		view_text(w, "kind_name", settings_kind(v, a[i].kind));
		view_text(w, "peer", a[i].peer);
		view_flag(w, "used", a[i].state == ADDRESS_VERIFIED);
		view_flag(w, "paused", a[i].state == ADDRESS_PAUSED);
		view_text(w, "state", settings_state(v, a[i].state));
	}
}

bool
settings_reachable(const struct visit *v)
{
	return v->web->site->reach_n > 0;
}

void
settings_ways(struct visit *v, const char *code, int64_t expires)
{
	struct view *w = view_in(v->view, "code"), *way;
	char to[PEER_MAX + 1];

	view_text(w, "text", code);
	view_number(w, "minutes", (expires - v->now + 59) / 60);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		reach(v, kinds[i], to, sizeof to);
		if (!*to)
			continue;
		way = view_add(w, "ways");
		view_text(way, "to", to);
		view_flag(way, kinds[i], true);
	}
}

static void
add_code(struct visit *v, const struct address *a, size_t n)
{
	struct code c;
	bool waiting = read_code(v, &c);

	for (size_t i = 0; waiting && i < n; i++) {
		if (a[i].since < c.expires - CODE_SECONDS)
			continue;
		waiting = false;
		view_text(view_in(v->view, "arrived"), "peer", a[i].peer);
	}
	if (waiting)
		settings_ways(v, c.text, c.expires);
}

static void
show(struct visit *v, const char *why)
{
	struct address a[ADDRESSES_MAX];
	size_t n = address_list(v->tx, v->me.id, a, ADDRESSES_MAX);

	if (n > ADDRESSES_MAX)
		n = ADDRESSES_MAX;
	settings_view(v, N_("Addresses"));
	layout_live(v, "addresses");
	add_addresses(v, a, n);
	add_code(v, a, n);
	if (why)
		layout_notice(v, why, false);
	layout_answer(v, "addresses", why ? 422 : 200);
}

void
settings_addresses_get(struct visit *v)
{
	show(v, NULL);
}

/* ---- a new code */

struct link {
	struct visit *visit;
	struct code code;
	struct store_job job;
	bool often;
};

static int
make(struct tx *tx, void *arg)
{
	struct link *l = arg;
	unsigned char hash[32];
	char who[24];

	snprintf(who, sizeof who, "%lld", (long long)l->visit->me.id);
	l->often = tally_add(tx, "web-code", who, l->visit->now, 3600) > CODES_AN_HOUR;
	if (l->often)
		return STORE_OK;
	secret_hash(l->code.text, strlen(l->code.text), hash);
	return code_add(tx, hash, l->visit->me.id, l->code.expires);
}

static void
made(struct store_job *job, int result)
{
	struct link *l = job->arg;

	l->visit->result = result;
	httpd_go(l->visit->http);
}

static void
show_code(struct visit *v)
{
	struct link *l = v->link;

	if (v->result < 0) {
		visit_error(v, 503);
	} else if (l->often) {
		visit_error(v, 429);
	} else {
		send_code(v, &l->code);
		visit_redirect(v, SETTINGS_ADDRESSES);
	}
}

void
settings_addresses_post(struct visit *v)
{
	struct link *l = v->link = mem_new(sizeof *l);

	l->visit = v;
	l->job = (struct store_job){ .run = make, .arg = l, .done = made };
	secret_new_code(l->code.text);
	l->code.expires = v->now + CODE_SECONDS;
	visit_wait(v, show_code);
	store_submit(core_store(v->web->core), &l->job);
}

/* ---- one goes */

static int
drop(struct tx *tx, void *arg)
{
	const struct visit *v = ((struct link *)arg)->visit;
	struct address a;
	struct user owner;

	/* a form sent twice is no fault */
	if (!user_by_address(
		tx, fields_get(&v->form, "kind"), fields_get(&v->form, "peer"), &owner, &a) ||
	    owner.id != v->me.id)
		return STORE_OK;
	return account_drop_address(tx, v->web->site, v->now, &a);
}

static void
drop_work(void *arg, bool dropped)
{
	struct visit *v = ((struct link *)arg)->visit;

	v->result = dropped ? STORE_LATER : core_write(v->web->core, drop, arg);
	httpd_go(v->http);
}

static void
removed(struct visit *v)
{
	if (v->result < 0)
		visit_error(v, 503);
	else
		settings_done(v, SETTINGS_ADDRESSES, "removed");
}

/* On a worker, since the fan-out must hear of it: there are people to be told. */
void
settings_addresses_remove(struct visit *v)
{
	struct link *l = v->link = mem_new(sizeof *l);

	l->visit = v;
	visit_wait(v, removed);
	if (workers_add(v->web->workers, drop_work, l))
		return;
	v->result = STORE_LATER;
	httpd_go(v->http);
}

/* ---- one rests for a while, or is used again: what off and on do, sent from there */

/* What was stopped there, or never proved, is for who is there to start. */
static int
turn(struct tx *tx, struct save *s)
{
	struct visit *v = s->visit;
	bool on = strcmp(fields_get(&v->form, "do"), "on") == 0;
	struct address a;
	struct user owner;
	int rc;

	if (!user_by_address(tx, s->address.kind, s->address.peer, &owner, &a) ||
	    owner.id != v->me.id) {
		s->no = N_("That is not an address of yours.");
		return STORE_FAILED;
	}
	if (a.state != (on ? ADDRESS_PAUSED : ADDRESS_VERIFIED))
		return STORE_OK;
	rc = address_set_state(tx, a.kind, a.peer, on ? ADDRESS_VERIFIED : ADDRESS_PAUSED);
	return rc < 0 ? rc : ladder_settle(tx, v->me.id);
}

void
settings_addresses_turn(struct visit *v)
{
	struct save *s = save_new(v);

	s->rest = turn;
	s->path = SETTINGS_ADDRESSES;
	s->refused = show;
	if (mem_copy(s->address.kind, sizeof s->address.kind, fields_get(&v->form, "kind")) == 0 &&
	    mem_copy(s->address.peer, sizeof s->address.peer, fields_get(&v->form, "peer")) == 0)
		save_run(s);
	else
		visit_error(v, 400);
}
