/* The operator's commands on people and their addresses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/command.h"
#include "gateway/ladder.h"
#include "gateway/operate.h"

#define ADDRESSES_MAX 32

/* ---- verbs */

static int
find_user(struct tx *tx, struct operate_write *w, const char *name, struct user *u)
{
	if (user_by_name(tx, name, u))
		return STORE_OK;
	return operate_refuse(w, "there is no user \"%.40s\"", name);
}

int
operate_add_user(struct tx *tx, struct operate_write *w, const struct operate_person *p)
{
	const struct site *site = core_site(w->o->core);
	struct user u = { .is_protected = p->is_protected };
	const char *lang = p->lang != NULL ? p->lang : site->lang;
	const char *zone = p->zone != NULL ? p->zone : site->zone;

	if (!text_is_name(p->name))
		return operate_refuse(
		    w, "\"%.40s\" is no name: 1 to 15 of a-z, 0-9 and _", p->name);
	if (site_name_reserved(p->name))
		return operate_refuse(
		    w, "%s is a word of the service: choose another name", p->name);
	if (!site_is_language(lang) || mem_copy(u.lang, sizeof(u.lang), lang) == -1)
		return operate_refuse(w, "\"%.40s\" is no language like \"en\" or \"pt_BR\"", lang);
	/* what is loaded may come from a gateway that has more languages */
	if (p->lang != NULL && !p->again && !lang_take(lang, u.lang, sizeof(u.lang)))
		return operate_refuse(w, "there are no texts in the language \"%.40s\" here", lang);
	if (!site_is_zone(zone) || mem_copy(u.zone, sizeof(u.zone), zone) == -1)
		return operate_refuse(w, "\"%.60s\" is no time zone of this machine", zone);
	mem_copy(u.name, sizeof(u.name), p->name);
	if (user_add(tx, &u) == STORE_OK)
		return STORE_OK;
	if (p->again && user_by_name(tx, p->name, &u))
		return STORE_OK;
	return operate_refuse(w, "there is a user %s already", p->name);
}

int
operate_add_address(
    struct tx *tx, struct operate_write *w, const char *name, const char *kind, const char *typed)
{
	struct address a = { .state = ADDRESS_VERIFIED, .since = clock_wall() };
	struct user u, owner;
	const char *why;

	if (find_user(tx, w, name, &u) != STORE_OK)
		return STORE_FAILED;
	if (mem_copy(a.kind, sizeof(a.kind), kind) == -1)
		return operate_refuse(w, "there is no kind \"%.40s\"", kind);
	why = operate_peer(w->o->core, kind, typed, a.peer, sizeof(a.peer), &a.chan);
	if (why != NULL)
		return operate_refuse(w, "%.12s %.60s: %s", kind, typed, why);
	if (user_by_address(tx, a.kind, a.peer, &owner, NULL)) {
		if (owner.id != u.id)
			return operate_refuse(
			    w, "%s %s is an address of %s", a.kind, a.peer, owner.name);
		if (address_set_state(tx, a.kind, a.peer, ADDRESS_VERIFIED) != STORE_OK)
			return STORE_FAILED;
	} else {
		a.user = u.id;
		if (address_add(tx, &a) != STORE_OK)
			return STORE_FAILED;
	}
	return ladder_settle(tx, u.id);
}

int
operate_add_follow(
    struct tx *tx, struct operate_write *w, const char *follower, const char *followee)
{
	struct user a, b;
	enum follow_wants wants = WANTS_ALL;

	if (find_user(tx, w, follower, &a) != STORE_OK ||
	    find_user(tx, w, followee, &b) != STORE_OK)
		return STORE_FAILED;
	if (a.id == b.id)
		return operate_refuse(w, "%s cannot follow themselves", a.name);
	if (follow_get(tx, a.id, b.id, &wants) == FOLLOW_ACTIVE)
		return STORE_OK;
	return follow_set(tx, a.id, b.id, FOLLOW_ACTIVE, WANTS_ALL);
}

/* ---- users */

struct user_write {
	struct operate_write w;
	struct operate_person person;
};

static int
do_user_add(struct tx *tx, void *arg)
{
	struct user_write *w = arg;

	return operate_add_user(tx, &w->w, &w->person);
}

bool
operate_user_add(struct operation *o)
{
	struct user_write w = { .person = { .name = o->args[0] } };
	size_t i;

	for (i = 1; i < o->n; i++) {
		if (strcmp(o->args[i], "--protected") == 0)
			w.person.is_protected = true;
		else if (strcmp(o->args[i], "--language") == 0 && i + 1 < o->n)
			w.person.lang = o->args[++i];
		else if (strcmp(o->args[i], "--timezone") == 0 && i + 1 < o->n)
			w.person.zone = o->args[++i];
		else
			return operate_fail(o,
			    strcmp(o->args[i], "--language") == 0 ||
				    strcmp(o->args[i], "--timezone") == 0
				? "user add takes no %.40s without a value"
			    : strncmp(o->args[i], "--", 2) == 0 ? "there is no option %.40s"
								: "user add takes no %.40s",
			    o->args[i]);
	}
	return operate_write(o, do_user_add, &w);
}

static json_t *
user_json(const struct operation *o, const struct user *u)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:I, s:I, s:I, s:I, s:s, s:o}", "name",
	    u->name, "language", u->lang, "timezone", u->zone, "protected", u->is_protected,
	    "suspended", u->suspended, "home", u->home != 0 ? core_chan_name(o->core, u->home) : "",
	    "followers", (json_int_t)u->followers, "following", (json_int_t)u->following,
	    "statuses", (json_int_t)u->statuses, "created", (json_int_t)u->created, "bio", u->bio,
	    "id", json_sprintf("%lld", (long long)u->id));
}

static json_t *
addresses_json(const struct operation *o, const struct address *a, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:s, s:I}", "kind", a[i].kind, "peer",
			      a[i].peer, "state", operate_state(a[i].state), "channel",
			      a[i].chan != 0 ? core_chan_name(o->core, a[i].chan) : "", "since",
			      (json_int_t)a[i].since));
	return list;
}

static void
say_addresses(struct operation *o, const struct address *a, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		operate_say(o, "%s %s %s %s\n", a[i].kind, a[i].peer, operate_state(a[i].state),
		    a[i].chan != 0 ? core_chan_name(o->core, a[i].chan) : "-");
}

/* Read ${name} and their addresses; false, with the reason, if there is nobody of that name. */
static bool
read_user(struct operation *o, const char *name, struct user *u, struct address *a, size_t *n)
{
	struct tx *tx = store_read(core_store(o->core));
	bool found = user_by_name(tx, name, u);

	if (found)
		*n = address_list(tx, u->id, a, ADDRESSES_MAX);
	if (!operate_read_end(o, tx))
		return false;
	if (!found)
		return operate_fail(o, "there is no user \"%.40s\"", name);
	if (*n > ADDRESSES_MAX)
		*n = ADDRESSES_MAX;
	return true;
}

bool
operate_user_show(struct operation *o)
{
	struct address a[ADDRESSES_MAX];
	struct user u;
	char since[24];
	json_t *v;
	size_t n = 0;

	if (!read_user(o, o->args[0], &u, a, &n))
		return false;
	if (o->json) {
		v = user_json(o, &u);
		json_object_set_new(v, "addresses", addresses_json(o, a, n));
		operate_say_json(o, v);
		return true;
	}
	operate_time(since, u.created);
	operate_say(o, "%s%s%s, since %s\nlanguage %s, timezone %s\n", u.name,
	    u.is_protected ? ", protected" : "", u.suspended ? ", suspended" : "", since, u.lang,
	    u.zone);
	operate_say(o, "%lld followers, %lld following, %lld statuses\n", (long long)u.followers,
	    (long long)u.following, (long long)u.statuses);
	say_addresses(o, a, n);
	return true;
}

#define PAGE 500

struct listing {
	struct operation *o;
	char after[USER_NAME_MAX + 1];
	size_t n;
};

static bool
list_one(void *cookie, const struct user *u)
{
	struct listing *l = cookie;

	if (l->o->json)
		operate_say_json(l->o, user_json(l->o, u));
	else
		operate_say(l->o, "%s\n", u->name);
	mem_copy(l->after, sizeof(l->after), u->name);
	return ++l->n < PAGE && l->o->error[0] == '\0';
}

bool
operate_user_list(struct operation *o)
{
	struct listing l = { .o = o };
	struct tx *tx;

	/* In pages: a reader that lasts keeps the log from shrinking. */
	do {
		l.n = 0;
		tx = store_read(core_store(o->core));
		user_each(tx, l.after, list_one, &l);
		operate_read_end(o, tx);
	} while (l.n == PAGE && o->error[0] == '\0');
	return o->error[0] == '\0';
}

static int
do_user_remove(struct tx *tx, void *arg)
{
	struct user_write *w = arg;
	struct user u;

	if (find_user(tx, &w->w, w->person.name, &u) != STORE_OK)
		return STORE_FAILED;
	return user_remove(tx, u.id);
}

bool
operate_user_remove(struct operation *o)
{
	struct user_write w = { .person = { .name = o->args[0] } };

	return operate_write(o, do_user_remove, &w);
}

/* ---- addresses */

struct address_write {
	struct operate_write w;
	const char *name, *kind, *typed;
};

static int
do_address_add(struct tx *tx, void *arg)
{
	struct address_write *w = arg;

	const struct site *site = core_site(w->w.o->core);
	char peer[PEER_MAX + 1];
	struct user u;
	int chan, rc = operate_add_address(tx, &w->w, w->name, w->kind, w->typed);

	if (rc >= 0 && user_by_name(tx, w->name, &u) &&
	    !operate_peer(w->w.o->core, w->kind, w->typed, peer, sizeof(peer), &chan))
		account_new_address(tx, site, clock_wall(), u.id, w->kind, peer);
	return rc;
}

bool
operate_address_add(struct operation *o)
{
	struct address_write w = { .name = o->args[0], .kind = o->args[1], .typed = o->args[2] };

	return operate_write(o, do_address_add, &w);
}

bool
operate_address_list(struct operation *o)
{
	struct address a[ADDRESSES_MAX];
	struct user u;
	size_t n = 0;

	if (!read_user(o, o->args[0], &u, a, &n))
		return false;
	if (o->json)
		operate_say_json(o, addresses_json(o, a, n));
	else
		say_addresses(o, a, n);
	return true;
}

static int
do_address_remove(struct tx *tx, void *arg)
{
	struct address_write *w = arg;
	struct user u, owner;
	struct address a;
	char peer[PEER_MAX + 1];
	int chan;

	if (find_user(tx, &w->w, w->name, &u) != STORE_OK)
		return STORE_FAILED;
	/* As it is kept, or as people write it. */
	if (!user_by_address(tx, w->kind, w->typed, &owner, &a) &&
	    (operate_peer(w->w.o->core, w->kind, w->typed, peer, sizeof(peer), &chan) != NULL ||
		!user_by_address(tx, w->kind, peer, &owner, &a)))
		owner.id = 0;
	if (owner.id != u.id)
		return operate_refuse(&w->w, "%s has no such address", u.name);
	return account_drop_address(tx, core_site(w->w.o->core), clock_wall(), &a);
}

bool
operate_address_remove(struct operation *o)
{
	struct address_write w = { .name = o->args[0], .kind = o->args[1], .typed = o->args[2] };

	return operate_write(o, do_address_remove, &w);
}
