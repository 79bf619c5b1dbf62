#ifndef HUDHUD_CHANNELS_XMPP_XML_H
#define HUDHUD_CHANNELS_XMPP_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Text on its way into a stream.  One character that XML 1.0 forbids ends the whole
 * stream ("not-well-formed"), so nothing from outside gets past here unchecked.
 */

/** Add ${s} to ${out}, escaped for text and for attributes in either quote.  Bytes that are not
 * UTF-8 and characters that XML 1.0 does not allow are left out. */
void xml_escape(struct buf *out, const char *s);

/** Is all of ${s} ASCII that xml_escape() would leave as it is?  Its length goes into ${len} either way. */
bool xml_plain(const char *s, size_t *len);

/** Add " NAME='VALUE'", escaped; nothing if ${value} is NULL. */
void xml_attribute(struct buf *out, const char *name, const char *value);

/** Is ${s} well-formed UTF-8? */
bool xml_valid(const char *s);

/** The byte at which code point number ${n} of ${s} (well-formed) begins; its length if it has fewer. */
size_t xml_offset(const char *s, unsigned long n);

#endif
