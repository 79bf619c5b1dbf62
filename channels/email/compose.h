#ifndef HUDHUD_EMAIL_COMPOSE_H
#define HUDHUD_EMAIL_COMPOSE_H

#include "base/buf.h"
#include "channels/email/address.h"
#include "gateway/channel.h"

/** Call once: the library that encodes. */
void compose_load(void);

/**
 * Write the mail that brings ${o} to ${r} into ${out}: CRLF line ends, lines of at most 76 bytes
 * of ASCII, the same bytes for the same key.  ${name} is what the service calls itself.  Return -1
 * if ${r->peer} is no address to send to.
 */
int compose(const struct post *post, const char *name, const struct outbound *o,
    const struct recipient *r, struct buf *out);

#endif
