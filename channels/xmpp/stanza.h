#ifndef HUDHUD_CHANNELS_XMPP_STANZA_H
#define HUDHUD_CHANNELS_XMPP_STANZA_H

#include <stdbool.h>
#include <strophe.h>

/* Looking into a stanza that came in, where everything may be missing. */

/** The first element in ${s} that is called ${name} (NULL: any) in ${ns} (NULL: that of ${s}). */
xmpp_stanza_t *stanza_child(xmpp_stanza_t *s, const char *name, const char *ns);

/** Is the attribute ${name} of ${s} ${value}?  A missing one is "". */
bool stanza_is(xmpp_stanza_t *s, const char *name, const char *value);

/** The attribute ${name}; "" if it is missing. */
const char *stanza_get(xmpp_stanza_t *s, const char *name);

/** The text in ${s}; the caller frees it.  "" if there is none. */
char *stanza_text(xmpp_stanza_t *s);

#endif
