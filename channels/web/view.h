#ifndef HUDHUD_CHANNELS_WEB_VIEW_H
#define HUDHUD_CHANNELS_WEB_VIEW_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a page says, before it is markup: values by name, and lists of views that have names of their own.
 * A page's C fills one in, its template (template.h) shows it; neither knows the other's business.
 * Names are literals and stay the caller's, what they stand for is copied.  A name given twice has its last value.
 */
struct view;

/** A new one, with nothing in it. */
struct view *view_new(void);
/** Release it with all that is in it; NULL is fine. */
void view_free(struct view *w);

/** ${name} is ${text}; NULL is "". */
void view_text(struct view *w, const char *name, const char *text);
/** ${name} is what printf would print. */
void view_print(struct view *w, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/** ${name} is ${n}. */
void view_number(struct view *w, const char *name, int64_t n);
/** ${name} holds, or does not. */
void view_flag(struct view *w, const char *name, bool on);
/** ${name} is a list of one, which is made where it is not there yet. */
struct view *view_in(struct view *w, const char *name);
/** One more in the list ${name}; where it has no such name, one that stands around it answers. */
struct view *view_add(struct view *w, const char *name);
/** The list ${name} is there, though nothing may be in it. */
void view_list(struct view *w, const char *name);

/* ---- as templates read it */

enum view_kind { VIEW_NONE, VIEW_TEXT, VIEW_NUMBER, VIEW_LIST };

struct view_value {
	const char *name;
	enum view_kind kind;
	const char *text;   /* VIEW_TEXT */
	int64_t number;     /* VIEW_NUMBER */
	struct view *first; /* VIEW_LIST; the next by view_next() */
	struct view *last;
	bool used; /* a template has shown it */
	struct view_value *next;
};

/** What ${name} is in ${w}, or in what stands around it; NULL: nothing. */
struct view_value *view_get(const struct view *w, const char *name);
/** The view behind ${w} in its list, or NULL. */
const struct view *view_next(const struct view *w);
/** Does it hold: a text that is not empty, a number but 0, a list with something in it? */
bool view_holds(const struct view_value *value);
/** Has a template shown ${name} of ${w}? */
bool view_used(const struct view *w, const char *name);

#endif
