#ifndef HUDHUD_GATEWAY_EXPORT_H
#define HUDHUD_GATEWAY_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "store/store.h"

enum export_result {
	EXPORT_OK,
	EXPORT_NOBODY, /* there is nobody of that name; nothing was said */
	EXPORT_BROKEN  /* the store went away, or say() wanted no more */
};

/**
 * All that is kept of ${name}, as one JSON object, said piece by piece by ${say}, which returns false to
 * end it.  Reads in pages, so that it holds up nothing, however much there is.  Not from the
 * committer's thread.
 */
enum export_result export_person(struct store *s, const char *name,
    bool (*say)(void *cookie, const char *text, size_t n), void *cookie);

#endif
