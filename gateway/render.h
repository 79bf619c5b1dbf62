#ifndef HUDHUD_GATEWAY_RENDER_H
#define HUDHUD_GATEWAY_RENDER_H

#include <stdbool.h>

#include "gateway/site.h"
#include "store/log.h"

/** How much room a kind of channel has. */
enum form {
	FORM_LINE,  /* one line: "alice: hello" */
	FORM_BRIEF, /* the same, and what is longer than a status may be is cut, with a link */
	FORM_LETTER /* a mail: bare text, subject, footer */
};

/** What a status looks like to one kind of channel in one language; texts are the holder's to free. */
struct rendering {
	char *text;
	char *subject;
	char *footer;
};

/**
 * Render ${s} in ${lang}.  A letter has the bare text, a subject (one line, at most 60
 * graphemes) and a footer; else one line: "alice: hello", or "alice (direct): hello", the name kept
 * apart by isolates (UAX #9) only where the text's first strong letter runs from right to left.
 * A brief form has no more graphemes of text and link together than ${site}->limit, or a half of that
 * in text where the link is very long.
 */
void render_status(const struct site *site, const struct status *s, enum form form,
    const char *lang, struct rendering *out);

/** Render an answer of the service; for a ${letter} with a subject. */
void render_answer(const struct site *site, const char *text, bool letter, const char *lang,
    struct rendering *out);

void rendering_free(struct rendering *r);

#endif
