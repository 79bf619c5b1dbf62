#ifndef HUDHUD_CHANNELS_XMPP_ADHOC_H
#define HUDHUD_CHANNELS_XMPP_ADHOC_H

#include "base/buf.h"
#include "gateway/channel.h"

/*
 * The commands as a list to choose from (XEP-0050), in the language of who asks.  Nothing is kept
 * between two steps: a form that comes back says itself what it is the answer to.
 */

#define NS_COMMANDS "http://jabber.org/protocol/commands"

struct adhoc;
struct _xmpp_stanza_t; /* libstrophe's */

struct adhoc *adhoc_new(void);
void adhoc_free(struct adhoc *a);

/** Keep a copy of ${m}, in place of what there was for its language. */
void adhoc_add(struct adhoc *a, const struct menu *m);

/** Is there anything to choose from? */
bool adhoc_has(const struct adhoc *a);

/** Add the payload that lists all, each as an item of ${jid}, in ${lang}. */
void adhoc_list(const struct adhoc *a, struct buf *out, const char *jid, const char *lang);

/** Add the payload that describes the command ${node}; false if there is none. */
bool adhoc_info(const struct adhoc *a, struct buf *out, const char *node, const char *lang);

/** What a step of a command comes to. */
struct adhoc_step {
	const char *fault; /* the condition of an error, or NULL */
	char *text;        /* to be said as if it had been sent; NULL: nothing yet; owned */
	char *payload;     /* the answer, if there is a text once it is kept; owned */
};

/** Take the step that ${command} (of NS_COMMANDS) asks for, in ${lang}. */
struct adhoc_step adhoc_take(
    const struct adhoc *a, struct _xmpp_stanza_t *command, const char *lang);

#endif
