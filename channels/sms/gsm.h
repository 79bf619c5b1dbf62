#ifndef HUDHUD_CHANNELS_SMS_GSM_H
#define HUDHUD_CHANNELS_SMS_GSM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * The alphabet of the phone network (3GPP TS 23.038) and what a text costs there:
 * a part holds 160 septets, or 70 UTF-16 units once a single character is outside
 * the alphabet; parts of a longer text hold 153, or 67.
 */

/** The septets ${cp} takes: 1, 2 (extension table), or 0 if it is not in the alphabet. */
unsigned gsm_septets(unsigned cp);

/** Is all of ${text} (UTF-8) in the alphabet? */
bool gsm_fits(const char *text);

/** How many parts ${text} takes; an escaped character or a surrogate pair is never split. */
unsigned gsm_parts(const char *text);

/**
 * ${text} with curly quotes, dashes, ellipsis and special blanks written the
 * alphabet's way; the caller frees it.
 */
char *gsm_plain(const char *text);

/**
 * ${text} as it will be sent, at most ${max} parts; the caller frees it.  ${plain}: take
 * gsm_plain() of it if that brings it into the alphabet.  What does not fit is cut at a
 * grapheme and ends in "...".
 */
char *gsm_fit(const char *text, bool plain, unsigned max);

/** Add ${n} septets, one a byte, to ${out} in UTF-8. */
void gsm_utf8(const char *septets, size_t n, struct buf *out);

#endif
