#ifndef HUDHUD_CHANNELS_WEB_SETTINGS_H
#define HUDHUD_CHANNELS_WEB_SETTINGS_H

#include "base/form.h"
#include "channels/web/web.h"
#include "gateway/parse.h"

/* What the pages below /settings share. */

/* ---- settings.c */

#define SETTINGS_PROFILE "/settings/profile"
#define SETTINGS_PRIVACY "/settings/privacy"
#define SETTINGS_ADDRESSES "/settings/addresses"
#define SETTINGS_DELIVERY "/settings/delivery"
#define SETTINGS_PEOPLE "/settings/people"
#define SETTINGS_FEED "/settings/feed"
#define SETTINGS_ACCOUNT "/settings/account"

/**
 * Begin the page of settings called ${title} (a msgid), with what pages/settings_nav.html shows, and with a line
 * that says what has been done if settings_done() led here.
 */
struct view *settings_view(struct visit *v, const char *title);
/** It is done: on to the page at ${path}, which says ${done}: a word of settings.c's list. */
void settings_done(struct visit *v, const char *path, const char *done);
/** ${text} (a msgid, or NULL: nothing) is ${name} in ${w}: what is wrong with a field. */
void settings_wrong(const struct visit *v, struct view *w, const char *name, const char *text);
/** ${name} is the number ${n} in ${w}, as the visitor's language writes it. */
void settings_number(const struct visit *v, struct view *w, const char *name, int64_t n);
/** What clocks show at ${at} where the visitor lives, with the day if that is not today: in ${out}. */
void settings_time(const struct visit *v, int64_t at, char out[FORM_SIZE]);
/** The network of ${kind} in the visitor's language. */
const char *settings_kind(const struct visit *v, const char *kind);
/** What ${state} of an address is called. */
const char *settings_state(const struct visit *v, enum address_state state);

/* ---- settings_save.c: what a form changes, in one transaction */

#define SAVE_TEXTS 4
#define SAVE_TEXT_SIZE 256

struct save {
	struct visit *visit;
	struct {
		char text[SAVE_TEXT_SIZE];
		enum verb verb;
		bool off;
	} texts[SAVE_TEXTS];
	size_t n;
	const char *
	    unmeant; /* a msgid: a text is another than it was meant to be; NULL: in general words */
	int (*rest)(struct tx *tx, struct save *s);
	const char *path, *done;
	void (*refused)(struct visit *v, const char *why);
	/* the page's own, for ${rest} */
	char words[BIO_SIZE];
	struct address address;
	int move;
	unsigned wishes;
	int64_t number;
	/* how it ended */
	bool often;
	const char *no; /* a msgid: ${rest} refused */
	char why[512];  /* a text was refused, with these words */
	int result;
};

/** Begin; it is ${v}'s, which need not free it. */
struct save *save_new(struct visit *v);
/**
 * Say "${fmt}" for the visitor, as they could themselves.  It is only said if it asks for ${verb}, with "off" or
 * (${off} is false) without: whatever was typed into it, it never becomes a status.
 */
void save_text(struct save *s, enum verb verb, bool off, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/**
 * Do it, all or nothing: what was said, then ${s}->rest (may be NULL), which sets ${s}->no and returns
 * STORE_FAILED where it may not be.  Then the visitor is sent to ${s}->path, which says ${s}->done; or
 * ${s}->refused shows the page again, with ${why} in the visitor's language.
 */
void save_run(struct save *s);

#endif
