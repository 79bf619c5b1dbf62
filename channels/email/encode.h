#ifndef HUDHUD_EMAIL_ENCODE_H
#define HUDHUD_EMAIL_ENCODE_H

#include "base/buf.h"

/*
 * The only way by which a text gets into a header: no line end, no control character and no byte
 * above ASCII comes through, whatever ${text} holds.
 */

/** "Name: text", folded, in encoded words (RFC 2047) where needed. */
void encode_text(struct buf *out, const char *name, const char *text);

/** "Name: phrase <address>"; ${address} must be valid. */
void encode_address(struct buf *out, const char *name, const char *phrase, const char *address);

/** "Name: token" for what must not be encoded; left out if ${token} is not printable ASCII of at most 900 bytes. */
void encode_plain(struct buf *out, const char *name, const char *token);

/** The header fields of ${body} (UTF-8, LF) for its encoding, an empty line, the body. */
void encode_body(struct buf *out, const char *body);

#endif
