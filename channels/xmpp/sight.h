#ifndef HUDHUD_CHANNELS_XMPP_SIGHT_H
#define HUDHUD_CHANNELS_XMPP_SIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/channel.h"

/* Who is there: the presence of each bare address, from that of its resources. */
struct sight;
struct _xmpp_stanza_t; /* libstrophe's */

/** The most addresses remembered; of the rest nothing is known. */
#define SIGHT_MAX 100000

/** ${news}(cookie, peer, is) is told when somebody who is watched looks different. */
struct sight *sight_new(
    void (*news)(void *cookie, const char *peer, enum presence is), void *cookie);
void sight_free(struct sight *s);

/** What the presence ${stanza} says of the resource that it comes from; PRESENCE_UNKNOWN: nothing. */
enum presence sight_of(struct _xmpp_stanza_t *stanza);

/** ${resource} of ${peer} is ${is}. */
void sight_set(struct sight *s, const char *peer, const char *resource, enum presence is);

/** Tell of ${peer} from now on, and now if anything is known.  False: it is watched already. */
bool sight_watch(struct sight *s, const char *peer);

/** The stream is gone: nobody is known to be there, and nobody is watched. */
void sight_clear(struct sight *s);

#endif
