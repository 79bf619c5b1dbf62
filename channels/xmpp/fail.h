#ifndef HUDHUD_CHANNELS_XMPP_FAIL_H
#define HUDHUD_CHANNELS_XMPP_FAIL_H

#include "channels/xmpp/stream.h"
#include "gateway/channel.h"

/**
 * What a stanza error (RFC 6120 8.3) of ${type} with ${condition} (both may be NULL) makes of a
 * delivery: DEFER or BOUNCE, and ${why} in words for the operator.  Pure.
 */
enum outcome fail_outcome(const char *type, const char *condition, const char **why);

/** A stream error (RFC 6120 4.9; ${type} is libstrophe's xmpp_error_type_t) in words, and its sort. */
const char *fail_stream(int type, enum stream_fault *fault);

/** What libstrophe's log line ${msg} says of a failed login, in words; NULL if nothing. */
const char *fail_login(const char *msg);

#endif
