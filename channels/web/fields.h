#ifndef HUDHUD_CHANNELS_WEB_FIELDS_H
#define HUDHUD_CHANNELS_WEB_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What browsers send, taken apart.  All of it comes from strangers: nothing here trusts a length,
 * a sign or an encoding.  Pure; fuzzed.
 */
#define FIELDS_MAX 32

/** The fields of a form or a query. */
struct fields {
	char *data; /* owned */
	struct {
		const char *name, *value;
	} field[FIELDS_MAX];
	size_t n;
};

/**
 * Cut "a=b&c=d" (application/x-www-form-urlencoded).  False, with nothing in ${f}, if it is malformed:
 * a broken %-sequence, a NUL, more than FIELDS_MAX fields.
 */
bool fields_parse(struct fields *f, const char *data, size_t n);

/** The first field ${name}, or "". */
const char *fields_get(const struct fields *f, const char *name);

void fields_free(struct fields *f);

/** Undo %-encoding of the path ${raw} in ${out}.  False: broken, NUL or a control character, or too long. */
bool fields_path(const char *raw, char *out, size_t size);

/** Copy the value of the cookie ${name} out of a Cookie header (NULL is none); false if there is none or it is too long. */
bool fields_cookie(const char *header, const char *name, char *out, size_t size);

/** The language an Accept-Language header (NULL is none) likes best of those lang_known(); false if none. */
bool fields_language(const char *header, char *out, size_t size);

/**
 * Does an If-None-Match header (NULL is none) name ${etag}, which is in its quotes?  By the weak comparison
 * (RFC 9110, 13.1.2): a proxy that compresses an answer has made its ETag a weak one.
 */
bool fields_etag(const char *header, const char *etag);

/** The second that an HTTP date (RFC 9110, 5.6.7; all three forms; NULL is none) names; -1 if it is none. */
int64_t fields_date(const char *date);
#define FIELDS_DATE_SIZE 30
/** ${at}, from 1970 on, as an HTTP date, which is an RFC 822 one, too. */
void fields_put_date(int64_t at, char out[FIELDS_DATE_SIZE]);

/** A positive decimal number, all of ${s}; 0 if it is none. */
int64_t fields_number(const char *s);

/** Is the Origin header ${origin} that of ${url}, or of the ${host} that was asked? */
bool fields_origin(const char *origin, const char *url, const char *host);

#endif
