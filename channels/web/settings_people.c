/* Whom one hears of those one follows, and the words that one tracks. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "channels/web/settings.h"
#include "gateway/track.h"

#define PEOPLE_A_PAGE 50

/* ---- the page */

struct people {
	size_t n;
	struct {
		int64_t id;
		char name[USER_NAME_MAX + 1];
	} who[PEOPLE_A_PAGE + 1];
};

static bool
collect(void *cookie, const struct user *u)
{
	struct people *p = cookie;

	p->who[p->n].id = u->id;
	mem_copy(p->who[p->n].name, sizeof p->who[p->n].name, u->name);
	return ++p->n <= PEOPLE_A_PAGE;
}

static void
add_people(struct visit *v)
{
	int64_t before = fields_number(fields_get(&v->query, "before"));
	struct people p = { 0 };
	enum follow_wants wants;

	follow_each(v->tx, v->me.id, false, FOLLOW_ACTIVE, before, PEOPLE_A_PAGE + 1, collect, &p);
	for (size_t i = 0; i < p.n && i < PEOPLE_A_PAGE; i++) {
		struct view *item = view_add(v->view, "people");

		wants = WANTS_ALL;
		follow_get(v->tx, v->me.id, p.who[i].id, &wants);
		view_text(item, "who", p.who[i].name);
		view_flag(item, "on", wants == WANTS_ALL);
		view_flag(item, "mentions", wants == WANTS_MENTIONS);
	}
	if (p.n > PEOPLE_A_PAGE)
		view_number(v->view, "older", p.who[PEOPLE_A_PAGE - 1].id);
}

static bool
add_word(void *cookie, const char *what)
{
	view_text(view_add(cookie, "words"), "what", what);
	return true;
}

static void
show(struct visit *v, const char *name, const char *why)
{
	struct view *w = settings_view(v, N_("People and words"));
	bool full = track_count(v->tx, v->me.id) >= TRACK_MOST;

	add_people(v);
	track_list(v->tx, v->me.id, add_word, w);
	view_flag(w, "full", full);
	settings_number(v, w, "most", TRACK_MOST);
	if (name && !full) {
		view_text(w, "typed", fields_get(&v->form, "words"));
		view_text(w, name, why);
	} else if (why) {
		layout_notice(v, why, false);
	}
	layout_answer(v, "settings_people", why ? 422 : 200);
}

void
people_get(struct visit *v)
{
	show(v, NULL, NULL);
}

/* ---- to change it */

static void
refused(struct visit *v, const char *why)
{
	show(v, NULL, why);
}

static void
refused_word(struct visit *v, const char *why)
{
	show(v, "wrong_words", why);
}

void
people_post(struct visit *v)
{
	const char *what = fields_get(&v->form, "do"), *who = fields_get(&v->form, "who");
	struct save *s = save_new(v);

	s->path = SETTINGS_PEOPLE;
	s->refused = refused;
	if (text_is_name(who) && strcmp(what, "on") == 0)
		save_text(s, VERB_ON, false, "on %s", who);
	else if (text_is_name(who) && strcmp(what, "off") == 0)
		save_text(s, VERB_OFF, false, "off %s", who);
	if (s->n > 0)
		save_run(s);
	else
		visit_error(v, 400);
}

/* As they are kept; false: there is no word in them, or too many. */
static bool
take_words(const char *typed, char what[TRACK_WHAT_MAX + 1])
{
	char word[TRACK_WHAT_MAX + 1], *clean = text_clean(typed, strlen(typed), NULL);
	bool good = clean && track_form(clean, word, what);

	free(clean);
	return good;
}

void
people_track(struct visit *v)
{
	char what[TRACK_WHAT_MAX + 1];
	struct save *s;

	if (!take_words(fields_get(&v->form, "words"), what)) {
		refused_word(v, lang_text(v->lang, N_("That is no word, or too long.")));
		return;
	}
	s = save_new(v);
	s->unmeant = N_("That cannot be tracked.");
	save_text(s, VERB_TRACK, false, "track %s", what);
	s->path = SETTINGS_PEOPLE;
	s->refused = refused_word;
	save_run(s);
}

static int
forget(struct tx *tx, struct save *s)
{
	char word[TRACK_WHAT_MAX + 1], what[TRACK_WHAT_MAX + 1];

	track_form(s->words, word, what);
	return track_set(tx, s->visit->me.id, word, what, false);
}

void
people_untrack(struct visit *v)
{
	struct save *s = save_new(v);

	if (!take_words(fields_get(&v->form, "words"), s->words)) {
		visit_error(v, 400);
		return;
	}
	/* and no text: what is tracked may be the word for "off" in a language chosen since */
	s->rest = forget;
	s->path = SETTINGS_PEOPLE;
	s->refused = refused;
	save_run(s);
}
