/* All that is kept of one person, as one JSON object, in pages. */
#include "gateway/export.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/operate.h"
#include "store/favourite.h"
#include "store/log.h"
#include "store/picture.h"

#define PAGE 200
#define ADDRESSES_MAX 32

struct export
{
	struct store *store;
	bool (*say)(void *cookie, const char *text, size_t n);
	void *cookie;
	bool broken;
	struct tx *tx;  /* of this page */
	bool first;     /* nothing has been said of this list yet */
	int64_t before; /* where the next page begins */
	int64_t page;   /* how many this page had */
};

static void
say(struct export *e, const char *text)
{
	if (!e->broken)
		e->broken = !e->say(e->cookie, text, strlen(text));
}

/* Takes ${v}. */
static void
say_value(struct export *e, json_t *v)
{
	char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

	say(e, text != NULL ? text : "null");
	free(text);
	json_decref(v);
}

static void
say_item(struct export *e, json_t *v)
{
	say(e, e->first ? "\n  " : ",\n  ");
	e->first = false;
	say_value(e, v);
}

static void
list_begin(struct export *e, const char *name)
{
	say(e, ",\n \"");
	say(e, name);
	say(e, "\": [");
	e->first = true;
	e->before = 0;
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
	return !e->broken;
}

static bool
one_favourite(void *cookie, const struct status *s)
{
	struct export *e = cookie;

	say_item(e, json_pack("{s:o, s:s}", "id", id_or_null(s->pos), "author", s->author_name));
	e->before = s->pos;
	e->page++;
	return !e->broken;
}

static bool
one_user(void *cookie, const struct user *u)
{
	struct export *e = cookie;

	say_item(e, json_string(u->name));
	e->before = u->id;
	e->page++;
	return !e->broken;
}

/* The lists of the export, each with its pages. */
enum list { STATUSES, DIRECTS, FAVOURITES, FOLLOWERS, FOLLOWING, LISTS };

static void
page(struct export *e, enum list list, int64_t user)
{
	struct tx *tx = store_read(e->store);

	e->page = 0;
	e->tx = tx;
	if (list == STATUSES)
		status_by(tx, user, e->before, PAGE, one_status, e);
	else if (list == DIRECTS)
		status_directs(tx, user, e->before, PAGE, one_status, e);
	else if (list == FAVOURITES)
		status_favourites(tx, user, e->before, PAGE, one_favourite, e);
	else
		follow_each(
		    tx, user, list == FOLLOWERS, FOLLOW_ACTIVE, e->before, PAGE, one_user, e);
	e->broken |= store_read_end(tx) != STORE_OK;
}

static void
say_lists(struct export *e, int64_t user)
{
	static const char *const names[] = { "statuses", "directs", "favourites", "followers",
		"following" };

	for (int i = 0; i < LISTS; i++) {
		list_begin(e, names[i]);
		do
			page(e, (enum list)i, user);
		while (e->page == PAGE && !e->broken);
		say(e, "]");
	}
}

/* ${p}[0..n) in base64 (RFC 4648). */
static void
say_bytes(struct export *e, const unsigned char *p, size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = mem_new(n / 3 * 4 + 5), *out = text;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		unsigned bits = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
				(left > 2 ? p[i + 2] : 0u);

		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 63];
		*out++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[bits & 63] : '=';
	}
	say(e, text);
	free(text);
}

static void
say_picture(struct export *e, const struct picture *p)
{
	if (p->bytes == NULL) {
		say(e, ",\n \"picture\": null");
		return;
	}
	say(e, ",\n \"picture\": {\"type\": ");
	say_value(e, json_string(p->type));
	say(e, ", \"base64\": \"");
	say_bytes(e, p->bytes, p->n);
	say(e, "\"}");
}

static void
say_person(struct export *e, const struct user *u, const struct address *a, size_t n)
{
	say(e, "{\"user\": ");
	say_value(e, json_pack("{s:s, s:s, s:s, s:b, s:I, s:s, s:i, s:i}", "name", u->name,
			 "language", u->lang, "timezone", u->zone, "protected", u->is_protected,
			 "created", (json_int_t)u->created, "bio", u->bio, "quiet_from",
			 u->quiet_from, "quiet_to", u->quiet_to));
	list_begin(e, "addresses");
	for (size_t i = 0; i < n; i++)
		say_item(e, json_pack("{s:s, s:s, s:s, s:I, s:I}", "kind", a[i].kind, "peer",
				a[i].peer, "state", operate_state(a[i].state), "since",
				(json_int_t)a[i].since, "heard", (json_int_t)a[i].heard));
	say(e, "]");
}

enum export_result
export_person(struct store *s, const char *name,
    bool (*each)(void *cookie, const char *text, size_t n), void *cookie)
{
	struct export e = { .store = s, .say = each, .cookie = cookie };
	struct tx *tx = store_read(s);
	struct address a[ADDRESSES_MAX];
	struct picture picture = { 0 };
	struct user u;
	bool found = user_by_name(tx, name, &u);
	size_t n = found ? address_list(tx, u.id, a, ADDRESSES_MAX) : 0;
	bool all;

	if (found)
		picture_get(tx, u.id, &picture);
	all = store_read_end(tx) == STORE_OK;
	if (all && found) {
		say_person(&e, &u, a, n < ADDRESSES_MAX ? n : ADDRESSES_MAX);
		say_picture(&e, &picture);
	}
	free(picture.bytes);
	if (!all || !found)
		return all ? EXPORT_NOBODY : EXPORT_BROKEN;
	say_lists(&e, u.id);
	say(&e, "}\n");
	return e.broken ? EXPORT_BROKEN : EXPORT_OK;
}
