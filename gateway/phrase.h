#ifndef HUDHUD_GATEWAY_PHRASE_H
#define HUDHUD_GATEWAY_PHRASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * What the service says to people: a text in their language with values put in.  Places are
 * named, "{name}", so that translators may turn them round, and no translation is ever a format.
 */

/**
 * ${msgid} (marked N_()) in ${lang} with values: pairs of a place's name and its value, ended by
 * NULL.  The caller frees it.
 */
char *phrase(const char *lang, const char *msgid, ...) __attribute__((sentinel));
char *phrase_v(const char *lang, const char *msgid, va_list values);

/**
 * A count in words: ${one} or ${many}, or what ${lang} has for ${n}, with "{n}" in its digits.  The
 * caller frees it.
 */
char *phrase_count(const char *lang, const char *one, const char *many, int64_t n);

/** Add ${item} to ${list}, with the sign of ${lang} that parts things in a list. */
void phrase_item(struct buf *list, const char *lang, const char *item);

/** The first words of what somebody said, ${graphemes} at most, in one line, to know it by; the caller frees it. */
char *phrase_glimpse(const char *text, size_t graphemes);

/** Does ${text} fit into one text message: 160 of the GSM alphabet, or 70 UTF-16 units? */
bool phrase_fits(const char *text);

/** Does it fill one, or several, so nearly that it may have been cut there? */
bool phrase_fills(const char *text);

#endif
