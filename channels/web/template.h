#ifndef HUDHUD_CHANNELS_WEB_TEMPLATE_H
#define HUDHUD_CHANNELS_WEB_TEMPLATE_H

#include <stddef.h>

#include "channels/web/page.h"
#include "channels/web/view.h"

/*
 * Templates: what pages/NAME.html says, read once at start, filled in from a view.  All but these words is
 * markup as it stands; blanks at the beginning of lines are left out.
 *
 *	{{name}}                   a value, escaped; percent-encoded within href, src and action
 *	{{link name}}              a value as the beginning of such an attribute: a path or http(s), else "#"
 *	{{say "Text"}}             a text, translated
 *	{{say "Hello {1}" name}}   with {1} and {2} replaced by values, each in <bdi> where markup may stand,
 *	                           numbers as the language writes them
 *	{{count "{1} day" "{1} days" n}}  with plural forms
 *	{{said name}}              what somebody wrote: its lines kept, with links
 *	{{when name}}              a moment, in seconds since 1970, as so long before {{now}}
 *	{{if name}} {{unless name}} {{else}} {{end}}  whether it holds: view_holds()
 *	{{each name}} {{end}}      for each view of a list; its names hide those around it
 *	{{use file}}               another template, in the same names
 *	{{* remark}}
 *
 * Every value is escaped for where it stands, and there is no way around it: a template that puts one where
 * no escaping helps (in a tag's name, in an attribute without double quotes, in style or on..., in a script,
 * at the beginning of an address without "link") is not accepted, nor one whose branches end at different
 * places of the markup.
 */
struct template;

/** The text of the template called ${name}, for {{use}}; NULL: there is none. */
typedef const char *template_text(const char *name);

/**
 * Read the template ${name} of ${texts}.  NULL: it has a mistake, which stands in ${error}[0..${size}) as
 * "NAME:LINE: reason".  Strings of ${texts} must stay.
 */
struct template *template_new(const char *name, template_text *texts, char *error, size_t size);
void template_free(struct template *t);

/** Add ${t}, filled in from ${w}, to ${p}.  What ${w} has no name for is left out. */
void template_put(const struct template *t, struct page *p, const struct view *w);

/** Read those that stand in the program; one with a mistake ends it. */
void templates_init(void);
/** The one of pages/${name}.html; ends the program if there is none. */
const struct template *templates_get(const char *name);

#endif
