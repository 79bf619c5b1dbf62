#ifndef HUDHUD_CHANNELS_XMPP_HEAR_H
#define HUDHUD_CHANNELS_XMPP_HEAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "channels/xmpp/jid.h"
#include "gateway/channel.h"

/*
 * What becomes of a stanza that comes in.  Everyone on the network may send any; each
 * is answered as its kind demands, in ${out}, and messages of people go to the core.
 */
struct hear;
struct _xmpp_stanza_t; /* libstrophe's */

/** What the channel does for it. */
struct hear_calls {
	/** Hand ${in} to the core; return its token; 0: it takes nothing more. */
	uint64_t (*receive)(void *cookie, const struct inbound *in);

	/** An error came back for the stanza ${key}, from bare address ${peer} (NULL: our server). */
	void (*failed)(
	    void *cookie, const char *key, const char *peer, enum outcome o, const char *why);

	/** A result or an error for our iq ${id} came from ${from} (NULL: our server). */
	void (*answered)(void *cookie, const char *id, const char *from);

	/** ${resource} of ${peer} is ${is}.  NULL: nobody wants to know. */
	void (*seen)(void *cookie, const char *peer, const char *resource, enum presence is);
};

struct hear_self {
	bool component;
	char domain[JID_SIZE]; /* component: ours; client: our server's */
	char jid[2 * JID_SIZE +
		 1024];      /* what we speak as: bot@domain, or the full one of our login */
	char bare[JID_SIZE]; /* that without its resource */
};

/** ${self}, ${out} and ${calls} must outlive it; the channel may change *${self} at each login. */
struct hear *hear_new(
    const struct hear_self *self, struct buf *out, const struct hear_calls *calls, void *cookie);
void hear_free(struct hear *h);

/** What people may choose from: see struct channel_kind. */
void hear_menu(struct hear *h, const struct menu *m);

/** Deal with ${stanza}, which stays the caller's. */
void hear_stanza(struct hear *h, struct _xmpp_stanza_t *stanza);

/** The same with a stanza as text, for tests; false if it is no XML. */
bool hear_text(struct hear *h, const char *xml);

/** The core's verdict on what receive() called ${token}: acknowledge it, or give the error. */
void hear_verdict(struct hear *h, uint64_t token, enum verdict v);
/** Is there something on which there is no verdict yet? */
bool hear_waits(const struct hear *h);

/** Tell those who have us in their list that we go. */
void hear_goodbye(struct hear *h);

/** Cut the quotation that precedes an answer (XEP-0461) out of ${text}: code points ${start} to
 * ${end}.  In place.  Pure. */
void hear_unquote(char *text, unsigned long start, unsigned long end);

#endif
