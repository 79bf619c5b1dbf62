#ifndef HUDHUD_BASE_PLURAL_H
#define HUDHUD_BASE_PLURAL_H

#include <stddef.h>

/* The rule by which a language chooses its plural form: C with the one variable n. */
struct plural;

/** Read "nplurals=2; plural=n != 1;" out of the header entry ${header}; NULL if it is malformed. */
struct plural *plural_read(const char *header);

/** How many forms there are. */
unsigned plural_forms(const struct plural *p);

/** The form for ${n}, below plural_forms(). */
unsigned plural_form(const struct plural *p, unsigned long n);

void plural_free(struct plural *p);

#endif
