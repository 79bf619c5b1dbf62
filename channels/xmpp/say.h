#ifndef HUDHUD_CHANNELS_XMPP_SAY_H
#define HUDHUD_CHANNELS_XMPP_SAY_H

#include "base/buf.h"
#include "gateway/channel.h"

/*
 * The stanzas we send, written as text at the end of ${out}.  NULL for an attribute
 * leaves it out; all values are escaped here.
 */

#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"

/*
 * A delivery is a chat message with its key as id and origin id.  All of it but key and
 * recipient is the same for many: rendered once, as the form.
 */
struct say_form {
	struct buf text;
	size_t to, id; /* of text, where the recipient and where the second key go */
};

/** Make ${form} ready for copies of ${o} from ${from}.  Zeroed before its first use; its room is used again. */
void say_form(struct say_form *form, const char *from, const struct outbound *o);
void say_form_free(struct say_form *form);

/** The copy for ${to}, whose key is ${key}. */
void say_delivery(struct buf *out, const struct say_form *form, const char *to, const char *key);

/** A chat message of the channel's own. */
void say_chat(struct buf *out, const char *from, const char *to, const char *text);

/** "Message ${id} has arrived" (XEP-0184), in a message of ${type}. */
void say_receipt(
    struct buf *out, const char *from, const char *to, const char *type, const char *id);

/** A presence of ${type} (NULL: available). */
void say_presence(struct buf *out, const char *from, const char *to, const char *type);

/** A ping (XEP-0199). */
void say_ping(struct buf *out, const char *from, const char *to, const char *id);

/** The answer to an iq, around ${payload}, XML that is added as it is. */
void say_result(
    struct buf *out, const char *from, const char *to, const char *id, const char *payload);

/** An error for the ${stanza} ("iq", "message") ${id}: ${type} "cancel", "wait", ..., ${condition}. */
void say_error(struct buf *out, const char *stanza, const char *from, const char *to,
    const char *id, const char *type, const char *condition, const char *text);

#endif
