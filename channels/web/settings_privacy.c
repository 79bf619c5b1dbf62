/* Who sees and asks one, and whom one does not hear. */
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "channels/web/settings.h"

#define PEOPLE_A_PAGE 50

/* ---- the page */

static bool
is_on(struct visit *v, const char *field)
{
	return *fields_get(&v->form, field) != '\0';
}

struct people {
	struct visit *v;
	struct view *w;
	int n;
	char last[USER_NAME_MAX + 1];
};

/* False: there is one more than a page has. */
static bool
next_of(struct people *p)
{
	return p->n++ < PEOPLE_A_PAGE;
}

static bool
add_blocked(void *cookie, const struct user *u)
{
	struct people *p = cookie;

	if (!next_of(p)) {
		view_text(p->w, "blocked_more", p->last);
		return false;
	}
	view_text(view_add(p->w, "blocked"), "who", u->name);
	mem_copy(p->last, sizeof p->last, u->name);
	return true;
}

static bool
add_muted(void *cookie, const struct user *u, int64_t until)
{
	struct people *p = cookie;
	char end[FORM_SIZE] = "";
	struct view *item;

	if (!next_of(p)) {
		view_text(p->w, "muted_more", p->last);
		return false;
	}
	item = view_add(p->w, "muted");
	if (until != INT64_MAX)
		settings_time(p->v, until, end);
	view_text(item, "who", u->name);
	view_text(item, "until", end);
	mem_copy(p->last, sizeof p->last, u->name);
	return true;
}

/* ${why}: what was chosen could not be kept; NULL: what is. */
static void
show(struct visit *v, const char *why)
{
	struct view *w = settings_view(v, N_("Privacy"));
	bool typed = why && strcmp(v->http->path, SETTINGS_PRIVACY) == 0;
	struct people blocked = { .v = v, .w = w }, muted = { .v = v, .w = w };

	view_flag(w, "protected", typed ? is_on(v, "protected") : v->me.is_protected);
	view_flag(w, "nudges", typed ? is_on(v, "nudges") : !(v->me.wishes & WISH_NO_NUDGES));
	view_flag(w, "whole", typed ? is_on(v, "whole") : (v->me.wishes & WISH_WHOLE) != 0);
	settings_number(v, w, "limit", v->web->site->limit);
	block_each(v->tx, v->me.id, fields_get(&v->query, "blocked"), PEOPLE_A_PAGE + 1,
	    add_blocked, &blocked);
	mute_each(v->tx, v->me.id, v->now, fields_get(&v->query, "muted"), PEOPLE_A_PAGE + 1,
	    add_muted, &muted);
	if (why)
		layout_notice(v, why, false);
	layout_answer(v, "settings_privacy", why ? 422 : 200);
}

void
privacy_get(struct visit *v)
{
	show(v, NULL);
}

/* ---- to change it */

static int
write_wishes(struct tx *tx, struct save *s)
{
	struct user u;

	if (!user_by_id(tx, s->visit->me.id, &u))
		return STORE_FAILED;
	u.wishes = (u.wishes & ~(unsigned)WISH_NO_NUDGES) | s->wishes;
	return user_update(tx, &u);
}

void
privacy_post(struct visit *v)
{
	struct save *s = save_new(v);
	bool whole = is_on(v, "whole");

	if (is_on(v, "protected") != v->me.is_protected)
		save_text(s, v->me.is_protected ? VERB_UNPROTECT : VERB_PROTECT, false, "%s",
		    v->me.is_protected ? "unprotect" : "protect");
	if (whole != ((v->me.wishes & WISH_WHOLE) != 0))
		save_text(s, VERB_WHOLE, !whole, "whole %s", whole ? "on" : "off");
	s->wishes = is_on(v, "nudges") ? 0 : WISH_NO_NUDGES;
	s->rest = write_wishes;
	s->path = SETTINGS_PRIVACY;
	s->refused = show;
	save_run(s);
}

/* A block or a mute ends. */
void
privacy_end(struct visit *v)
{
	const char *what = fields_get(&v->form, "do"), *who = fields_get(&v->form, "who");
	struct save *s = save_new(v);

	s->path = SETTINGS_PRIVACY;
	s->refused = show;
	if (text_is_name(who) && strcmp(what, "unblock") == 0)
		save_text(s, VERB_UNBLOCK, false, "unblock %s", who);
	else if (text_is_name(who) && strcmp(what, "unmute") == 0)
		save_text(s, VERB_UNMUTE, false, "unmute %s", who);
	if (s->n > 0)
		save_run(s);
	else
		visit_error(v, 400);
}
