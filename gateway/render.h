#ifndef HUDHUD_GATEWAY_RENDER_H
#define HUDHUD_GATEWAY_RENDER_H

#include <stdbool.h>

#include "gateway/site.h"
#include "store/log.h"

/** What a status looks like to one kind of channel in one language; texts are the holder's to free. */
struct rendering {
	char *text;
	char *subject;
	char *footer;
};

/**
 * Render ${s} in ${lang}.  A ${letter} (mail) has the bare text, a subject (one line, at most 60
 * graphemes) and a footer; else one line: "alice: hello", or "alice (direct): hello", the name kept
 * apart by isolates (UAX #9) only where the text's first strong letter runs from right to left.
 */
void render_status(const struct site *site, const struct status *s, bool letter, const char *lang,
    struct rendering *out);

/** Render an answer of the service; for a ${letter} with a subject. */
void render_answer(const struct site *site, const char *text, bool letter, const char *lang,
    struct rendering *out);

void rendering_free(struct rendering *r);

#endif
