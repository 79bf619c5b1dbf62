/* All that is kept of one person, as one JSON object, in pages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/operate.h"
#include "store/log.h"

#define PAGE 200
#define ADDRESSES_MAX 32

struct export
{
	struct operation *o;
	struct tx *tx;  /* of this page */
	bool first;     /* nothing has been said of this list yet */
	int64_t before; /* where the next page begins */
	int64_t page;   /* how many this page had */
};

static void
say_item(struct export *e, json_t *v)
{
	char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

	operate_say(e->o, "%s\n  %s", e->first ? "" : ",", text != NULL ? text : "null");
	e->first = false;
	free(text);
	json_decref(v);
}

static json_t *
id_or_null(int64_t id)
{
	return id != 0 ? json_sprintf("%lld", (long long)id) : json_null();
}

static bool
one_status(void *cookie, const struct status *s)
{
	struct export *e = cookie;
	struct user to = { 0 };
	bool known = s->to != 0 && user_by_id(e->tx, s->to, &to);

	say_item(e, json_pack("{s:o, s:I, s:s, s:s, s:b, s:o, s:o}", "id", id_or_null(s->pos), "at",
			(json_int_t)s->at, "author", s->author_name, "text", s->text, "direct",
			s->to != 0, "to", known ? json_string(to.name) : json_null(), "reply_to",
			id_or_null(s->reply_to)));
	e->before = s->pos;
	e->page++;
	return e->o->error[0] == '\0';
}

static bool
one_user(void *cookie, const struct user *u)
{
	struct export *e = cookie;

	say_item(e, json_string(u->name));
	e->before = u->id;
	e->page++;
	return e->o->error[0] == '\0';
}

/* The lists of the export, each with its pages. */
enum list { STATUSES, DIRECTS, FOLLOWERS, FOLLOWING, LISTS };

static void
page(struct export *e, enum list list, int64_t user)
{
	struct tx *tx = store_read(core_store(e->o->core));

	e->page = 0;
	e->tx = tx;
	if (list == STATUSES)
		status_by(tx, user, e->before, PAGE, one_status, e);
	else if (list == DIRECTS)
		status_directs(tx, user, e->before, PAGE, one_status, e);
	else
		follow_each(
		    tx, user, list == FOLLOWERS, FOLLOW_ACTIVE, e->before, PAGE, one_user, e);
	operate_read_end(e->o, tx);
}

static void
say_lists(struct operation *o, int64_t user)
{
	static const char *const names[] = { "statuses", "directs", "followers", "following" };
	struct export e = { .o = o };
	int i;

	for (i = 0; i < LISTS; i++) {
		operate_say(o, ",\n \"%s\": [", names[i]);
		e.first = true;
		e.before = 0;
		do
			page(&e, (enum list)i, user);
		while (e.page == PAGE && o->error[0] == '\0');
		operate_say(o, "]");
	}
}

bool
operate_export(struct operation *o)
{
	struct tx *tx = store_read(core_store(o->core));
	struct address a[ADDRESSES_MAX];
	struct export e = { .o = o, .first = true };
	struct user u;
	bool found = user_by_name(tx, o->args[0], &u);
	size_t n = found ? address_list(tx, u.id, a, ADDRESSES_MAX) : 0, i;
	char *text;
	json_t *v;

	if (!operate_read_end(o, tx))
		return false;
	if (!found)
		return operate_fail(o, "there is no user \"%.40s\"", o->args[0]);
	v = json_pack("{s:s, s:s, s:s, s:b, s:I, s:s}", "name", u.name, "language", u.lang,
	    "timezone", u.zone, "protected", u.is_protected, "created", (json_int_t)u.created,
	    "bio", u.bio);
	text = json_dumps(v, JSON_COMPACT);
	operate_say(o, "{\"user\": %s,\n \"addresses\": [", text != NULL ? text : "null");
	free(text);
	json_decref(v);
	for (i = 0; i < n && i < ADDRESSES_MAX; i++)
		say_item(
		    &e, json_pack("{s:s, s:s, s:s, s:I}", "kind", a[i].kind, "peer", a[i].peer,
			    "state", operate_state(a[i].state), "since", (json_int_t)a[i].since));
	operate_say(o, "]");
	say_lists(o, u.id);
	operate_say(o, "}\n");
	return o->error[0] == '\0';
}
