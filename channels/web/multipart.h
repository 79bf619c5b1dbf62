#ifndef HUDHUD_CHANNELS_WEB_MULTIPART_H
#define HUDHUD_CHANNELS_WEB_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Forms with a file in them: multipart/form-data (RFC 7578), as browsers send it and no other way.  What could be
 * read in two ways is refused.  Pure; fuzzed.
 */
#define MULTIPART_MAX 8
#define MULTIPART_NAME_MAX 31

/** The parts of a body, which they point into. */
struct multipart {
	struct {
		char name[MULTIPART_NAME_MAX + 1];
		bool is_file;
		const char *data;
		size_t len;
	} part[MULTIPART_MAX];
	size_t n;
};

/**
 * Cut ${body}[0..n), sent with the Content-Type ${type}.  False, with nothing in ${m}, if it is malformed: a boundary
 * that is none, something before the first part or behind the last, a part without a name, with one that was there
 * before, or with a coding; more than MULTIPART_MAX parts.
 */
bool multipart_parse(struct multipart *m, const char *type, const char *body, size_t n);

/** Is ${type} (NULL is none) a Content-Type for it? */
bool multipart_is(const char *type);

/** The part ${name}, a file or not: its bytes and their number; NULL: there is none. */
const char *multipart_get(const struct multipart *m, const char *name, bool is_file, size_t *n);

#endif
