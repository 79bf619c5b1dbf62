#ifndef HUDHUD_CHANNELS_WEB_HEADERS_H
#define HUDHUD_CHANNELS_WEB_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#define HEADERS_MAX 12

/** The headers of an answer. */
struct headers {
	struct {
		const char *name; /* not copied */
		char *value;
	} set[HEADERS_MAX];
	size_t n;
};

/** Add one; a value with control characters is left out.  More than HEADERS_MAX end the program. */
void headers_add(struct headers *h, const char *name, const char *value);
/** The value of ${name}, or NULL. */
const char *headers_get(const struct headers *h, const char *name);
void headers_free(struct headers *h);

/**
 * Do a request's If-None-Match and If-Modified-Since (NULL: it has none) say that who asks has what the
 * answer's "ETag" and "Last-Modified" stand for?  By RFC 9110, 13.2.2.
 */
bool headers_unchanged(const struct headers *h, const char *none_match, const char *modified_since);

#endif
