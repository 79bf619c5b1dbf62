#ifndef HUDHUD_BASE_CATALOGUE_H
#define HUDHUD_BASE_CATALOGUE_H

#include <stddef.h>

/* One gettext catalogue (.mo file) in memory.  lang.h is for everybody else. */
struct catalogue;

/** The most a catalogue may hold. */
#define CATALOGUE_MAX (4 * 1024 * 1024)

/** Check and keep a copy of the ${n} bytes of a .mo file, of either byte order; NULL if malformed. */
struct catalogue *catalogue_read(const void *data, size_t n);

/** What is between a context and its text in an id. */
#define CATALOGUE_CONTEXT "\004"

/**
 * The translation of ${msgid} (CONTEXT \004 TEXT for one with a context), for plurals the form for
 * ${number}; NULL if there is none.
 */
const char *catalogue_find(const struct catalogue *c, const char *msgid, unsigned long number);

void catalogue_free(struct catalogue *c);

#endif
