#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "channels/web/operator.h"
#include "channels/web/picture.h"

static const struct route {
	const char *path;
	web_page *get, *post;
	enum { ANYBODY, MEMBERS, MEMBERS_POST, OPERATORS } who;
} routes[] = {
	{ "/", front_get, front_post, MEMBERS_POST },
	{ "/signup", signup_get, signup_post, ANYBODY },
	{ "/login", login_get, login_post, ANYBODY },
	{ "/logout", logout_get, logout_post, ANYBODY },
	{ "/login/forgot", forgot_get, forgot_post, ANYBODY },
	{ "/signup/address", join_get, join_enter, ANYBODY },
	{ "/home", home_get, NULL, MEMBERS },
	{ "/replies", replies_get, NULL, MEMBERS },
	{ "/favourites", favourites_get, NULL, MEMBERS },
	{ "/requests", requests_get, requests_post, MEMBERS },
	{ "/search", search_get, NULL, ANYBODY },
	{ "/direct", direct_get, direct_post, MEMBERS },
	{ "/settings", settings_get, NULL, MEMBERS },
	{ "/settings/profile", profile_settings_get, profile_settings_post, MEMBERS },
	{ "/settings/privacy", privacy_get, privacy_post, MEMBERS },
	{ "/settings/privacy/end", NULL, privacy_end, MEMBERS },
	{ "/settings/delivery", delivery_get, NULL, MEMBERS },
	{ "/settings/delivery/rung", NULL, delivery_rung, MEMBERS },
	{ "/settings/delivery/hours", NULL, delivery_hours, MEMBERS },
	{ "/settings/delivery/wake", NULL, delivery_wake, MEMBERS },
	{ "/settings/delivery/budget", NULL, delivery_budget, MEMBERS },
	{ "/settings/people", people_get, people_post, MEMBERS },
	{ "/settings/people/track", NULL, people_track, MEMBERS },
	{ "/settings/people/untrack", NULL, people_untrack, MEMBERS },
	{ "/settings/account", secure_get, NULL, MEMBERS },
	{ "/settings/password", NULL, secure_password, MEMBERS },
	{ "/settings/pin", NULL, secure_pin, MEMBERS },
	{ "/settings/pin/off", NULL, secure_pin_off, MEMBERS },
	{ UPLOAD_PATH, picture_page, picture_post, MEMBERS },
	{ UPLOAD_PATH "/remove", NULL, picture_drop, MEMBERS },
	{ "/settings/sessions/end", NULL, sessions_end_one, MEMBERS },
	{ "/settings/sessions/others", NULL, sessions_end_others, MEMBERS },
	{ "/settings/export", NULL, key_export_mine, MEMBERS },
	{ "/settings/erase", NULL, secure_erase, MEMBERS },
	{ "/settings/feed", settings_feed_get, settings_feed_post, MEMBERS },
	{ "/settings/feed/off", NULL, settings_feed_off, MEMBERS },
	{ "/settings/addresses", settings_addresses_get, settings_addresses_post, MEMBERS },
	{ "/settings/addresses/remove", NULL, settings_addresses_remove, MEMBERS },
	{ "/settings/addresses/turn", NULL, settings_addresses_turn, MEMBERS },
	{ "/operator", operator_get, NULL, OPERATORS },
	{ "/operator/letters", NULL, operator_letters, OPERATORS },
	{ "/operator/reports", NULL, operator_reports, OPERATORS },
	{ "/operator/channel", NULL, operator_channel, OPERATORS },
	{ "/public.atom", feed_public, NULL, ANYBODY },
	{ "/public.rss", feed_public, NULL, ANYBODY },
	{ "/search.atom", feed_search, NULL, ANYBODY },
	{ "/search.rss", feed_search, NULL, ANYBODY },
	{ "/home.atom", feed_home, NULL, ANYBODY },
	{ "/home.rss", feed_home, NULL, ANYBODY },
	{ "/style.css", style_get, NULL, ANYBODY },
	{ "/hudhud.js", script_get, NULL, ANYBODY },
	{ "/mark.svg", mark_get, NULL, ANYBODY },
	{ "/healthz", health_get, NULL, ANYBODY },
	{ "/metrics", metrics_get, NULL, ANYBODY },
	{ "/events", events_get, NULL, ANYBODY },
};

static const struct route person = { "/NAME", profile_get, profile_post, MEMBERS_POST };
static const struct route said = { "/NAME/STATUS", status_get_page, deed_post, MEMBERS_POST };
static const struct route tag_feed = { "/tag/TAG.atom", feed_tag, NULL, ANYBODY };
static const struct route feed = { "/NAME.atom", feed_user, NULL, ANYBODY };

static const struct route picture = { "/NAME/picture", picture_show, NULL, ANYBODY };
static const struct route tagged = { "/tag/TAG", tag_get, NULL, ANYBODY };

/* What follows is a key, which is no name. */
static const struct route by_key[] = {
	{ "/login/", key_login_get, key_login_post, ANYBODY },
	{ "/export/", key_export_get, key_export_post, ANYBODY },
};

/* Is ${path} a page with a key behind it?  Takes the key, in lower case. */
static const struct route *
find_by_key(struct visit *v, const char *path)
{
	for (size_t i = 0; i < sizeof by_key / sizeof by_key[0]; i++) {
		size_t n = strlen(by_key[i].path);

		if (strncmp(path, by_key[i].path, n) != 0)
			continue;
		if (strlen(path + n) != SECRET_TOKEN_SIZE - 1 ||
		    strspn(path + n, "abcdefghijklmnopqrstuvwxyz234567") != SECRET_TOKEN_SIZE - 1)
			return NULL;
		memcpy(v->key, path + n, SECRET_TOKEN_SIZE);
		return &by_key[i];
	}
	return NULL;
}

/* Is ${path} a tag's feed?  Takes the tag. */
static bool
is_tag_feed(struct visit *v, const char *path)
{
	size_t n = strlen(path), end = v->rss ? 4 : 5;

	if (n < 5 + 1 + end || strncmp(path, "/tag/", 5) != 0 ||
	    strcmp(path + n - end, v->rss ? ".rss" : ".atom") != 0)
		return false;
	snprintf(v->tag, sizeof v->tag, "%.*s", (int)(n - 5 - end), path + 5);
	return true;
}

/* Take the name off ${p}, in lower case.  Returns what follows it, or NULL. */
static const char *
take_name(struct visit *v, const char *p, bool *upper)
{
	size_t n = strcspn(p, "/.");

	if (n == 0 || n > USER_NAME_MAX)
		return NULL;
	*upper = false;
	for (size_t i = 0; i < n; i++) {
		*upper |= p[i] >= 'A' && p[i] <= 'Z';
		v->name[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 'a' - 'A' : p[i]);
	}
	v->name[n] = '\0';
	return text_is_name(v->name) ? p + n : NULL;
}

/* Which page is ${path}?  NULL: none.  ${moved}: ask for it in lower case. */
static const struct route *
find(struct visit *v, const char *path, bool *moved)
{
	const struct route *r;
	const char *rest;

	*moved = false;
	v->rss = strlen(path) > 4 && strcmp(path + strlen(path) - 4, ".rss") == 0;
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
		if (strcmp(routes[i].path, path) == 0)
			return &routes[i];
	if ((r = find_by_key(v, path)) != NULL)
		return r;
	if (is_tag_feed(v, path))
		return &tag_feed;
	if (strncmp(path, "/tag/", 5) == 0)
		return mem_copy(v->tag, sizeof v->tag, path + 5) == 0 ? &tagged : NULL;
	if ((rest = take_name(v, path + 1, moved)) == NULL || site_name_reserved(v->name))
		return NULL;
	if (*rest == '\0')
		return &person;
	if (strcmp(rest, ".atom") == 0 || strcmp(rest, ".rss") == 0)
		return &feed;
	if (strcmp(rest, "/picture") == 0)
		return &picture;
	if (*rest == '/' && (v->pos = fields_number(rest + 1)) > 0)
		return &said;
	return NULL;
}

static void
to_lower_case(struct visit *v, const struct route *r)
{
	char path[64];

	if (r == &said)
		snprintf(path, sizeof path, "/%s/%lld", v->name, (long long)v->pos);
	else
		snprintf(path, sizeof path, "/%s%s", v->name,
		    r == &picture ? "/picture"
		    : r != &feed  ? ""
		    : v->rss      ? ".rss"
				  : ".atom");
	visit_redirect(v, path);
}

bool
route_is_plain(const char *path)
{
	return strncmp(path, "/hook/", 6) == 0 || strcmp(path, "/style.css") == 0 ||
	       strcmp(path, "/hudhud.js") == 0 || strcmp(path, "/mark.svg") == 0 ||
	       strcmp(path, "/metrics") == 0;
}

/* Anything but a small letter, a digit, '_' and '.' in a name is not how it is written. */
bool
route_is_kept(const char *path)
{
	size_t n = strspn(path + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
	const char *rest = path + 1 + n;
	char name[USER_NAME_MAX + 1];

	if (strcmp(path, "/") == 0 || strcmp(path, "/public.atom") == 0 ||
	    strcmp(path, "/public.rss") == 0)
		return true;
	if (n == 0 || n > USER_NAME_MAX)
		return false;
	memcpy(name, path + 1, n);
	name[n] = '\0';
	if (site_name_reserved(name))
		return false;
	return *rest == '\0' || strcmp(rest, ".atom") == 0 || strcmp(rest, ".rss") == 0 ||
	       (*rest == '/' && fields_number(rest + 1) > 0);
}

void
route(struct visit *v)
{
	const struct route *r;
	const struct request *q = v->http;
	char path[256];
	bool moved;

	if (strncmp(q->path, "/hook/", 6) == 0) {
		hook_any(v);
		return;
	}
	if (v->tx == NULL && !v->plain && strcmp(q->path, "/healthz") != 0) {
		visit_error(v, 503);
	} else if (!fields_path(q->path, path, sizeof path) ||
		   !fields_parse(&v->query, q->query, strlen(q->query))) {
		visit_error(v, 400);
	} else if ((r = find(v, path, &moved)) == NULL ||
		   (r->who == OPERATORS && !operator_is(v))) {
		visit_error(v, 404);
	} else if (q->post ? r->post == NULL : r->get == NULL) {
		visit_error(v, 405);
	} else if (!q->post && moved) {
		to_lower_case(v, r);
	} else if (!v->me.id && (r->who == MEMBERS || (r->who == MEMBERS_POST && q->post))) {
		visit_members_only(v);
	} else if (!q->post) {
		r->get(v);
	} else if (visit_form(v)) {
		r->post(v);
	}
}
