/* The settings' own page, and what all of them share. */
#include "channels/web/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/zone.h"

#define DAY 86400

static const struct {
	const char *path, *label, *about;
} pages[] = {
	{ SETTINGS_PROFILE, N_("Profile"),
	    N_("What others see of you, your language and your time") },
	{ SETTINGS_PRIVACY, N_("Privacy"), N_("Who sees what you say, and whom you do not hear") },
	{ SETTINGS_ADDRESSES, N_("Addresses"), N_("Your phone, your chat and your mail") },
	{ SETTINGS_DELIVERY, N_("Delivery"), N_("What comes where, and when it is quiet") },
	{ SETTINGS_PEOPLE, N_("People and words"), N_("Whom you hear, and words that you track") },
	{ SETTINGS_FEED, N_("Feed"), N_("What your people are doing, in a feed reader") },
	{ SETTINGS_ACCOUNT, N_("Account"), N_("Password, PIN, a copy of all, and the end") },
};

/* What was done can be said after a redirect; nothing else can. */
static const struct {
	const char *word, *text;
} dones[] = {
	{ "saved", N_("Saved.") },
	{ "password", N_("The password is set.") },
	{ "pin", N_("The PIN is set: what you send by text must begin with it now.") },
	{ "pin-off", N_("No PIN any more: texts from your number count as yours.") },
	{ "removed", N_("The address is removed.") },
	{ "feed", N_("Your feed has a new address.") },
	{ "feed-off", N_("Your feed has ended: nobody can read it any more.") },
};

static void
say_done(struct visit *v)
{
	const char *word = fields_get(&v->query, "done");

	for (size_t i = 0; !v->http->post && i < sizeof dones / sizeof dones[0]; i++)
		if (strcmp(dones[i].word, word) == 0)
			layout_notice(v, lang_text(v->lang, dones[i].text), true);
}

static void
add_pages(struct visit *v)
{
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		struct view *item = view_add(v->view, "settings_pages");
		size_t n = strlen(pages[i].path);
		const char *path = v->http->path;

		view_text(item, "path", pages[i].path);
		view_text(item, "label", lang_text(v->lang, pages[i].label));
		view_text(item, "about", lang_text(v->lang, pages[i].about));
		view_flag(item, "here",
		    strncmp(path, pages[i].path, n) == 0 && (!path[n] || path[n] == '/'));
	}
}

struct view *
settings_view(struct visit *v, const char *title)
{
	struct view *w = layout_view(v, lang_text(v->lang, title));

	add_pages(v);
	say_done(v);
	return w;
}

void
settings_get(struct visit *v)
{
	settings_view(v, N_("Settings"));
	layout_answer(v, "settings", 200);
}

void
settings_done(struct visit *v, const char *path, const char *done)
{
	char where[64];

	snprintf(where, sizeof where, "%s?done=%s", path, done);
	visit_redirect(v, where);
}

void
settings_wrong(const struct visit *v, struct view *w, const char *name, const char *text)
{
	view_text(w, name, text ? lang_text(v->lang, text) : "");
}

void
settings_number(const struct visit *v, struct view *w, const char *name, int64_t n)
{
	char text[FORM_SIZE];

	form_number(v->lang, n, text);
	view_text(w, name, text);
}

void
settings_time(const struct visit *v, int64_t at, char out[FORM_SIZE])
{
	const struct zone *z = zone_get(v->me.zone);
	bool today = zone_day(z, at) == zone_day(z, v->now);
	time_t local = (time_t)(at + zone_offset(z, at));
	time_t now = (time_t)(v->now + zone_offset(z, v->now));
	struct tm tm, tm_now;

	zone_put(z);
	gmtime_r(&local, &tm);
	gmtime_r(&now, &tm_now);
	if (today)
		form_clock(v->lang, tm.tm_hour, tm.tm_min, out);
	else
		form_time(v->lang, &tm, tm_now.tm_year + 1900, out);
}

const char *
settings_kind(const struct visit *v, const char *kind)
{
	static const struct {
		const char *kind, *name;
	} kinds[] = {
		{ "sms", N_("Text messages") },
		{ "xmpp", N_("Jabber") },
		{ "email", N_("Mail") },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return lang_text(v->lang, kinds[i].name);
	return kind;
}

const char *
settings_state(const struct visit *v, enum address_state state)
{
	static const char *const names[] = { [ADDRESS_PENDING] = N_("not yet proved"),
		[ADDRESS_VERIFIED] = N_("in use"),
		[ADDRESS_PAUSED] = N_("paused"),
		[ADDRESS_OPTED_OUT] = N_("stopped"),
		[ADDRESS_FAILING] = N_("failing") };

	return lang_text(v->lang, names[state]);
}
