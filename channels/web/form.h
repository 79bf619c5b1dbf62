#ifndef HUDHUD_CHANNELS_WEB_FORM_H
#define HUDHUD_CHANNELS_WEB_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What browsers send, taken apart.  All of it comes from strangers: nothing here trusts a length,
 * a sign or an encoding.  Pure; fuzzed.
 */
#define FORM_FIELDS_MAX 32

/** The fields of a form or a query. */
struct form {
	char *data; /* owned */
	struct {
		const char *name, *value;
	} field[FORM_FIELDS_MAX];
	size_t n;
};

/**
 * Cut "a=b&c=d" (application/x-www-form-urlencoded).  False, with nothing in ${f}, if it is malformed:
 * a broken %-sequence, a NUL, more than FORM_FIELDS_MAX fields.
 */
bool form_parse(struct form *f, const char *data, size_t n);

/** The first field ${name}, or "". */
const char *form_get(const struct form *f, const char *name);

void form_free(struct form *f);

/** Undo %-encoding of the path ${raw} in ${out}.  False: broken, NUL or a control character, or too long. */
bool form_path(const char *raw, char *out, size_t size);

/** Copy the value of the cookie ${name} out of a Cookie header (NULL is none); false if there is none or it is too long. */
bool form_cookie(const char *header, const char *name, char *out, size_t size);

/** The language an Accept-Language header (NULL is none) likes best of those lang_known(); false if none. */
bool form_language(const char *header, char *out, size_t size);

/** Does an If-None-Match header (NULL is none) name ${etag}, which is in its quotes? */
bool form_etag(const char *header, const char *etag);

/** A positive decimal number, all of ${s}; 0 if it is none. */
int64_t form_number(const char *s);

/** Is the Origin header ${origin} that of ${url}, or of the ${host} that was asked? */
bool form_origin(const char *origin, const char *url, const char *host);

#endif
