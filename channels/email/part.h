#ifndef HUDHUD_EMAIL_PART_H
#define HUDHUD_EMAIL_PART_H

#include <gmime/gmime.h>

/**
 * What a reader of ${message} would see as its text, in UTF-8, before quotes are cut: its plain
 * text, or else its HTML.  The caller frees it.
 */
char *part_text(GMimeMessage *message);

/** The decoded bytes of ${part}, NUL-terminated; at most ${max} of them.  The caller frees. */
char *part_bytes(GMimePart *part, size_t max, size_t *n);

/** The first part of ${type}/${subtype}, depth first, or NULL; stays the message's. */
GMimePart *part_find(GMimeMessage *message, const char *type, const char *subtype);

#endif
