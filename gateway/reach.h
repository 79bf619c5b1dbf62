#ifndef HUDHUD_GATEWAY_REACH_H
#define HUDHUD_GATEWAY_REACH_H

#include <stddef.h>

#include "gateway/channel.h"

/** A channel by which somebody new can be written to. */
struct reach {
	const struct channel_kind *kind;
	const struct conf_section *section;
	int chan;
};

/**
 * Which of ${r}[0..n) reaches the address that somebody ${typed}: what has an '@' is a mail address,
 * "xmpp:..." one of Jabber, digits are a number.  Its one form goes into ${peer}.  NULL: none, or it is
 * no address.
 */
const struct reach *reach_find(
    const struct reach *r, size_t n, const char *typed, char *peer, size_t size);

#endif
