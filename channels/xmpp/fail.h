#ifndef HUDHUD_CHANNELS_XMPP_FAIL_H
#define HUDHUD_CHANNELS_XMPP_FAIL_H

#include "gateway/channel.h"

/**
 * What a stanza error (RFC 6120 8.3) of ${type} with ${condition} (both may be NULL) makes of a
 * delivery: DEFER or BOUNCE, and ${why} in words for the operator.  Pure.
 */
enum outcome fail_outcome(const char *type, const char *condition, const char **why);

#endif
