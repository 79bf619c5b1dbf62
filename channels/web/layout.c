#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "channels/web/style.h"
#include "channels/web/web.h"

static void
link_to(struct visit *v, const char *path, const char *msgid)
{
	bool here = strcmp(v->http->path, path) == 0;

	page_put(&v->page, "<a href=\"%s\"", path);
	page_put(&v->page, here ? " aria-current=\"page\">" : ">");
	page_word(&v->page, msgid);
	page_put(&v->page, "</a>");
}

static void
navigation(struct visit *v)
{
	struct page *p = &v->page;

	page_put(p, "<nav aria-label=\"");
	page_word(p, N_("Pages"));
	page_put(p, "\">");
	if (v->me.id) {
		link_to(v, "/home", N_("Home"));
		link_to(v, "/replies", N_("Replies"));
		link_to(v, "/direct", N_("Direct messages"));
		link_to(v, "/", N_("Everybody"));
		link_to(v, "/settings/addresses", N_("Addresses"));
		link_to(v, "/settings", N_("Settings"));
		page_put(
		    p, "<a class=\"me\" href=\"/%s\"><bdi>%s</bdi></a>", v->me.name, v->me.name);
		link_to(v, "/logout", N_("Log out"));
	} else {
		link_to(v, "/", N_("Everybody"));
		link_to(v, "/login", N_("Log in"));
		if (v->web->site->signup == SIGNUP_OPEN)
			link_to(v, "/signup", N_("Sign up"));
	}
	page_put(p, "</nav>");
}

/* "pt_BR" as HTML wants it. */
static void
language_tag(const char *lang, char out[12])
{
	snprintf(out, 12, "%.11s", lang);
	for (; *out; out++)
		if (*out == '_')
			*out = '-';
}

void
layout_begin(struct visit *v, const char *title, const char *feed)
{
	struct page *p = &v->page;
	const char *site = v->web->site->name, *notice;
	char tag[12];

	language_tag(v->lang, tag);
	page_put(p,
	    "<!DOCTYPE html>\n<html lang=\"%s\" dir=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
	    tag, lang_rtl(v->lang) ? "rtl" : "ltr");
	page_put(p, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
	page_put(p, "<meta name=\"color-scheme\" content=\"light dark\">\n");
	if (strcmp(title, site) == 0)
		page_put(p, "<title>%s</title>\n", site);
	else
		page_put(p, "<title>%s · %s</title>\n", title, site);
	page_put(p, "<link rel=\"stylesheet\" href=\"/style.css?%s\">\n", style_version());
	page_put(p, "<link rel=\"icon\" type=\"image/svg+xml\" href=\"/mark.svg\">\n");
	if (feed)
		page_put(p,
		    "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"%s\" href=\"%s\">\n",
		    title, feed);
	page_put(p, "</head>\n<body>\n<a class=\"skip\" href=\"#main\">");
	page_word(p, N_("Skip to the content"));
	page_put(p,
	    "</a>\n<header class=\"top\"><a class=\"brand\" href=\"/\"><img src=\"/mark.svg\" alt=\"\" "
	    "width=\"32\" height=\"32\"><bdi>%s</bdi></a>",
	    site);
	navigation(v);
	page_put(p, "</header>\n");
	notice = conf_map(v->web->site->section, "notice", v->lang);
	tag[strcspn(tag, "-")] = '\0';
	if (notice == NULL)
		notice = conf_map(v->web->site->section, "notice", tag);
	if (notice && *notice)
		page_put(p, "<p class=\"notice\" dir=\"auto\">%s</p>\n", notice);
	page_put(p, "<main id=\"main\">\n");
}

void
layout_end(struct visit *v)
{
	struct page *p = &v->page;

	page_put(p, "</main>\n<footer class=\"foot\"><p>");
	page_say(p, N_("{1}: short messages for people, by text, chat, mail and on the web."),
	    v->web->site->name, NULL);
	page_put(p, "</p></footer>\n</body>\n</html>\n");
}

void
layout_notice(struct visit *v, const char *text, bool good)
{
	page_put(&v->page, "<p class=\"%s\" role=\"%s\" dir=\"auto\">", good ? "good" : "bad",
	    good ? "status" : "alert");
	page_said(&v->page, text);
	page_put(&v->page, "</p>\n");
}

void
layout_box(struct visit *v, const char *action, const char *text, int64_t reply_to)
{
	struct page *p = &v->page;
	char once[SECRET_TOKEN_SIZE], limit[16];

	secret_new_token(once);
	snprintf(limit, sizeof limit, "%d", v->web->site->limit);
	page_put(p,
	    "<form class=\"card box\" method=\"post\" action=\"%s\" accept-charset=\"utf-8\">",
	    action);
	visit_proof(v);
	/* Sent twice, by a double click or a reload, it is still said once. */
	page_put(p, "<input type=\"hidden\" name=\"once\" value=\"%s\">", once);
	if (reply_to)
		page_put(
		    p, "<input type=\"hidden\" name=\"re\" value=\"%lld\">", (long long)reply_to);
	page_put(p, "<label for=\"text\">");
	page_word(p, reply_to ? N_("Your answer") : N_("What are you doing?"));
	page_put(p,
	    "</label><textarea id=\"text\" name=\"text\" rows=\"3\" dir=\"auto\" required "
	    "aria-describedby=\"limit\">%s</textarea>",
	    text);
	page_put(p, "<p class=\"row\"><span id=\"limit\" class=\"hint\">");
	page_say(p, N_("At most {1} characters"), limit, NULL);
	page_put(p, "</span><button>");
	page_word(p, reply_to ? N_("Answer") : N_("Update"));
	page_put(p, "</button></p></form>\n");
}
