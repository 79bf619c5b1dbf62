#ifndef HUDHUD_EMAIL_COMPOSE_H
#define HUDHUD_EMAIL_COMPOSE_H

#include "base/buf.h"
#include "channels/email/address.h"
#include "gateway/channel.h"

struct draft;

/** Call once: the library that encodes. */
void compose_load(void);

/**
 * What is the same in all mails that bring ${o}, to whomever: encoded once.  ${name} is what the service calls
 * itself; ${r}[0..n) are those it will go to.  ${post} must outlive it.  May be used by several threads.
 */
struct draft *draft_new(const struct post *post, const char *name, const struct outbound *o,
    const struct recipient *r, size_t n);
void draft_free(struct draft *d);

/**
 * Add the mail to ${r} to ${out}: CRLF line ends, lines of at most 76 bytes of ASCII, the same bytes
 * for the same key.  Return -1 if ${r->peer} is no address to send to.
 */
int draft_write(const struct draft *d, const struct recipient *r, struct buf *out);

/** All of it for a single recipient. */
int compose(const struct post *post, const char *name, const struct outbound *o,
    const struct recipient *r, struct buf *out);

#endif
