#ifndef HUDHUD_GATEWAY_MORE_H
#define HUDHUD_GATEWAY_MORE_H

#include <stddef.h>

/*
 * Answers that are longer than one text message: in pages, each of which fits one and says how many are
 * left.  A form feed in a text begins a new page wherever it stands.
 */

#define MORE_MAX 4000 /* bytes of the whole; what is longer is cut */

/**
 * The first page of ${text}; *${rest} is what is left for the next, in ${text}, "" if it is all.  The
 * caller frees it.
 */
char *more_page(const char *lang, const char *text, const char **rest);

/** Make ${text} one page, for where there is room. */
void more_join(char *text);

#endif
