/* Who one is to others, and in which language and time one is spoken to. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/zone.h"
#include "channels/web/picture.h"
#include "channels/web/settings.h"

struct wrong {
	const char *bio, *lang, *zone; /* msgids */
	char near[ZONE_NAME_SIZE];     /* a zone that may be meant */
	const char *why;               /* what is wrong with all of it, translated */
};

/* ---- the page */

static void
add_language(struct visit *v, const char *lang, const char *chosen)
{
	struct view *item = view_add(v->view, "languages");
	/* TRANSLATORS: the name of your language, in your language */
	const char *name = lang_text(lang, N_("English"));

	/* a catalogue that does not say what it is called */
	if (strcmp(lang, "en") != 0 && strcmp(name, "English") == 0)
		name = lang;
	view_text(item, "code", lang);
	view_text(item, "label", name);
	view_flag(item, "chosen", strcmp(lang, chosen) == 0);
}

static void
add_languages(struct visit *v, const char *chosen)
{
	const char *lang;

	if (!lang_known(chosen))
		chosen = v->lang;
	add_language(v, "en", chosen);
	for (size_t i = 0; (lang = lang_name(i)) != NULL; i++)
		if (strcmp(lang, "en") != 0)
			add_language(v, lang, chosen);
}

static void
add_zone(struct visit *v, const char *zone)
{
	struct view *item = view_add(v->view, "zones");
	const char *slash = strrchr(zone, '/');
	char town[ZONE_NAME_SIZE];

	mem_copy(town, sizeof town, slash ? slash + 1 : zone);
	for (char *c = town; *c; c++)
		*c = (char)(*c == '_' ? ' ' : *c);
	view_text(item, "value", zone);
	view_text(item, "town", town);
}

/* One's own first. */
static void
add_zones(struct visit *v)
{
	const char *zone;

	add_zone(v, v->me.zone);
	for (size_t i = 0; (zone = zone_place(i)) != NULL; i++)
		if (strcmp(zone, v->me.zone) != 0)
			add_zone(v, zone);
}

static void
add_bio(struct visit *v, const char *bio)
{
	char *clean = text_clean(bio, strlen(bio), NULL);
	size_t n = clean ? text_length(clean) : 0;

	view_text(v->view, "bio", bio);
	settings_number(v, v->view, "bio_max", BIO_MAX);
	view_number(v->view, "bio_left", n < BIO_MAX ? (int64_t)(BIO_MAX - n) : 0);
	view_number(v->view, "bio_over", n > BIO_MAX ? (int64_t)(n - BIO_MAX) : 0);
	free(clean);
}

/* ${wrong}: what was typed, with what is wrong with it; NULL: what is kept. */
static void
show(struct visit *v, const struct wrong *wrong)
{
	static const struct wrong nothing;
	struct view *w = settings_view(v, N_("Profile"));
	char now[FORM_SIZE];

	add_bio(v, wrong ? fields_get(&v->form, "bio") : v->me.bio);
	add_languages(v, wrong ? fields_get(&v->form, "lang") : v->me.lang);
	view_text(w, "zone", wrong ? fields_get(&v->form, "zone") : v->me.zone);
	add_zones(v);
	picture_face(w, v->me.name, v->me.id, v->me.picture);
	settings_time(v, v->now, now);
	view_text(w, "clock", now);
	if (wrong == NULL)
		wrong = &nothing;
	settings_wrong(v, w, "wrong_bio", wrong->bio);
	settings_wrong(v, w, "wrong_lang", wrong->lang);
	settings_wrong(v, w, "wrong_zone", wrong->zone);
	view_text(w, "near", wrong->near);
	if (wrong->why)
		layout_notice(v, wrong->why, false);
	layout_answer(v, "settings_profile", wrong == &nothing ? 200 : 422);
}

void
profile_settings_get(struct visit *v)
{
	show(v, NULL);
}

/* ---- to change it */

static void
refused(struct visit *v, const char *why)
{
	show(v, &(struct wrong){ .why = why });
}

static int
write_bio(struct tx *tx, struct save *s)
{
	struct user u;

	if (!user_by_id(tx, s->visit->me.id, &u))
		return STORE_FAILED;
	mem_copy(u.bio, sizeof u.bio, s->words);
	return user_update(tx, &u);
}

/* In one line, as it stands in one in the answers of whois.  A msgid says what is wrong with it. */
static const char *
take_bio(const char *typed, char out[BIO_SIZE])
{
	enum text_fault fault;
	char *clean = text_clean(typed, strlen(typed), &fault);
	const char *wrong = NULL;

	out[0] = '\0';
	if (clean == NULL)
		return fault == TEXT_EMPTY ? NULL : N_("That cannot be read as text.");
	for (char *c = clean; *c; c++)
		*c = (char)(*c == '\n' ? ' ' : *c);
	if (text_length(clean) > BIO_MAX || mem_copy(out, BIO_SIZE, clean) != 0)
		wrong = N_("That is too long.");
	free(clean);
	return wrong;
}

static bool
is_listed(const char *lang)
{
	const char *name;

	for (size_t i = 0; (name = lang_name(i)) != NULL; i++)
		if (strcmp(name, lang) == 0)
			return true;
	return strcmp(lang, "en") == 0;
}

void
profile_settings_post(struct visit *v)
{
	const char *lang = fields_get(&v->form, "lang"), *zone = fields_get(&v->form, "zone");
	struct wrong wrong = { 0 };
	struct save *s = save_new(v);
	char found[ZONE_NAME_SIZE];

	wrong.bio = take_bio(fields_get(&v->form, "bio"), s->words);
	if (!is_listed(lang))
		wrong.lang = N_("Choose one of these languages.");
	if (!zone_find(zone, found)) {
		wrong.zone = N_("There is no such time zone. Give the nearest great city.");
		mem_copy(wrong.near, sizeof wrong.near, found);
	}
	if (wrong.bio || wrong.lang || wrong.zone) {
		show(v, &wrong);
		return;
	}
	if (strcmp(found, v->me.zone) != 0)
		save_text(s, VERB_ZONE, false, "zone %s", found);
	if (strcmp(lang, v->me.lang) != 0)
		save_text(s, VERB_LANG, false, "lang %s", lang);
	s->rest = write_bio;
	s->path = SETTINGS_PROFILE;
	s->refused = refused;
	save_run(s);
}
