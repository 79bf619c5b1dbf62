#ifndef HUDHUD_CHANNELS_SMS_CHARSET_H
#define HUDHUD_CHANNELS_SMS_CHARSET_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Texts as gateways hand them over, into UTF-8, and forms (what follows '?' in an
 * address).  Everything here is bytes with a length: UTF-16 has NULs in it.  iconv
 * would read its tables from files, which a channel no longer can.
 */

/** The code point at ${*s}, which moves on; U+FFFD for what is not UTF-8.  ${*s} < ${end}. */
unsigned charset_next(const char **s, const char *end);

/** Add ${cp} in UTF-8. */
void charset_put(struct buf *out, unsigned cp);

/**
 * Add the ${n} bytes at ${data}, in ${charset} ("" is UTF-8; any case), to ${out} in UTF-8.
 * Return -1, adding nothing, for a charset that is not known.
 */
int charset_utf8(const char *charset, const char *data, size_t n, struct buf *out);

/** Add "name=value" to the form in ${out}, "&" first where needed. */
void form_put(struct buf *out, const char *name, const char *value);

/** Add ${s} with everything but [A-Za-z0-9._~-] as %XX. */
void form_escape(struct buf *out, const char *s);

/**
 * Add the decoded value of the first ${name} in the form of ${n} bytes at ${form} to ${out}.
 * Return 0, or -1 if there is none.  A '%' that begins no escape stands for itself.
 */
int form_get(const char *form, size_t n, const char *name, struct buf *out);

#endif
