#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "channels/web/operator.h"
#include "channels/web/style.h"
#include "channels/web/template.h"
#include "channels/web/web.h"

static void
link_to(struct visit *v, const char *path, const char *msgid)
{
	struct view *item = view_add(v->view, "pages");

	view_text(item, "path", path);
	view_text(item, "label", lang_text(v->lang, msgid));
	view_flag(item, "here", strcmp(v->http->path, path) == 0);
}

/* As aria-current has it. */
static void
where_in_settings(struct visit *v)
{
	if (strcmp(v->http->path, "/settings") == 0)
		view_text(v->view, "in_settings", "page");
	else if (strncmp(v->http->path, "/settings/", strlen("/settings/")) == 0)
		view_text(v->view, "in_settings", "true");
}

static void
navigation(struct visit *v)
{
	if (v->me.id) {
		link_to(v, "/home", N_("Home"));
		link_to(v, "/replies", N_("Replies"));
		link_to(v, "/direct", N_("Direct"));
		link_to(v, "/favourites", N_("Favourites"));
		if (v->me.is_protected)
			link_to(v, "/requests", N_("Requests"));
		link_to(v, "/", N_("Everybody"));
		link_to(v, "/search", N_("Search"));
		if (operator_is(v))
			link_to(v, "/operator", N_("Operator"));
		view_text(v->view, "me", v->me.name);
		where_in_settings(v);
	} else {
		link_to(v, "/", N_("Everybody"));
		link_to(v, "/search", N_("Search"));
		link_to(v, "/login", N_("Log in"));
		if (v->web->site->signup == SIGNUP_OPEN)
			link_to(v, "/signup", N_("Sign up"));
	}
}

static void
operators_line(struct visit *v, const char *tag)
{
	const char *notice = conf_map(v->web->site->section, "notice", v->lang);
	char language[12];

	snprintf(language, sizeof language, "%.*s", (int)strcspn(tag, "-"), tag);
	if (notice == NULL)
		notice = conf_map(v->web->site->section, "notice", language);
	view_text(v->view, "notice", notice);
}

struct view *
layout_view(struct visit *v, const char *title)
{
	struct view *w = view_new();
	char tag[12], csrf[SECRET_TOKEN_SIZE];

	view_free(v->view);
	v->view = w;
	page_language(v->lang, tag);
	view_text(w, "lang", tag);
	view_text(w, "dir", lang_rtl(v->lang) ? "rtl" : "ltr");
	view_text(w, "title", title);
	view_text(w, "site", v->web->site->name);
	view_text(w, "version", style_version());
	view_text(w, "script", script_version());
	view_text(w, "slot", "#"); /* where hudhud.js puts a number */
	view_number(w, "now", v->now);
	visit_csrf(v, csrf);
	view_text(w, "proof", csrf);
	navigation(v);
	operators_line(v, tag);
	return w;
}

void
layout_live(struct visit *v, const char *page)
{
	/* what is new is on the first page */
	if (v->web->streams == NULL || *fields_get(&v->query, "before"))
		return;
	view_print(v->view, "events", "/events?page=%s", page);
	view_print(v->view, "last", "%lld", (long long)log_head(v->tx));
}

void
layout_feeds(struct visit *v, const char *name, const char *path, const char *query)
{
	static const char *const kinds[][3] = { { "Atom", "atom", "application/atom+xml" },
		{ "RSS", "rss", "application/rss+xml" } };
	struct view *item;

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		item = view_add(v->view, "feeds");
		view_text(item, "name", name);
		view_text(item, "kind", kinds[i][0]);
		view_print(item, "path", "%s.%s%s%s", path, kinds[i][1], *query ? "?" : "", query);
		view_text(item, "type", kinds[i][2]);
	}
}

void
layout_notice(struct visit *v, const char *text, bool good)
{
	view_text(v->view, good ? "good" : "bad", text);
}

void
layout_once(struct view *w)
{
	char once[SECRET_TOKEN_SIZE];

	secret_new_token(once);
	view_text(w, "once", once);
}

void
layout_box(struct visit *v, const char *text, int64_t reply_to)
{
	struct view *w = view_in(v->view, "box");

	layout_once(w);
	view_text(w, "text", text);
	view_number(w, "re", reply_to);
	view_number(w, "limit", v->web->site->limit);
}

void
layout_answer(struct visit *v, const char *page, unsigned status)
{
	buf_clear(&v->page.out);
	template_put(templates_get(page), &v->page, v->view);
	v->token_used |= view_used(v->view, "proof");
	visit_answer(v, status);
}
