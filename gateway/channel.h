#ifndef HUDHUD_GATEWAY_CHANNEL_H
#define HUDHUD_GATEWAY_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

/*
 * The contract of a channel: what a kind must do (struct channel_kind) and what it
 * may call (port_*).  A channel in a process of its own includes no other header of
 * the gateway and never sees the store.  The process does not show here: the port
 * speaks frames over a socket, and a test runs a channel on a thread with the same
 * port.
 *
 * Threads: the kind's callbacks are called from inside port_pump(), on the thread
 * that calls it.  The port_* functions may be called from any thread of the channel,
 * but port_pump() from one only.
 */
struct port;
struct core_kind;

/** How an attempt ended.  There is no fourth way. */
enum outcome {
	SENT,   /* the other side has it */
	DEFER,  /* not now: the core tries again later */
	BOUNCE, /* not ever, on this address */
};

enum channel_state { CHANNEL_CONNECTING, CHANNEL_UP, CHANNEL_DOWN, CHANNEL_PAUSED };

/** How a network shows somebody. */
enum presence {
	PRESENCE_UNKNOWN, /* it does not, or has not yet */
	PRESENCE_GONE,    /* not there, not for long, or not for messages */
	PRESENCE_BUSY,    /* there, and not to be disturbed */
	PRESENCE_THERE
};

/** What became of something received. */
enum verdict {
	VERDICT_KEPT,    /* committed (or a repeat of what was): acknowledge it */
	VERDICT_LATER,   /* the store cannot now: give the network's temporary error */
	VERDICT_REFUSED, /* not acceptable and never will be: the network's permanent error */
	VERDICTS,
};

/** How sure the channel is that ${peer} sent it. */
enum proof {
	PROOF_NONE, /* a claim: From of a mail, sender of an open SMS route */
	PROOF_PEER, /* the network vouches: XMPP from, carrier route, trusted DMARC pass */
};

/** It answers something, and that is no delivery of ours: what may have been private is not published. */
#define REPLY_UNKNOWN "?"

/** Something heard.  Strings are the caller's, copied before port_receive() returns. */
struct inbound {
	const char *peer; /* who: E.164, bare JID, mail address; in the form kind->peer() gives */
	const char *to;   /* as addressed, or "" */
	const char *
	    foreign; /* the peer's id of it: the same peer and id twice is one; "" if it has none */
	const char *text; /* bytes as heard, after the channel's own clean-up (quotes, signature) */
	size_t text_len;  /* at most PORT_TEXT_MAX */
	const char *reply_to; /* the key of the delivery it answers, REPLY_UNKNOWN, or "" */
	const char *token;    /* the secret part of the address it was sent to, or "" */
	enum proof proof;
	bool automatic; /* by a machine (RFC 3834, XMPP error ...): never answered */
};

/** What one delivery says: the same for all recipients of a frame. */
struct outbound {
	enum { OUT_STATUS, OUT_DIRECT, OUT_ANSWER } what;
	const char *author; /* name of the user who said it; "" for an answer of the service */
	const char *
	    text; /* ready for this kind: "alice: hello" on SMS and XMPP; the bare text in a mail */
	const char *subject;     /* for kinds that have one, else "" */
	const char *footer;      /* for kinds with room: how to answer, how to stop; else "" */
	const char *lang;        /* of the recipients */
	const char *thread;      /* key-like id of the conversation's first status, or "" */
	const char *in_reply_to; /* id of the status it answers, or "" */
	int64_t at;              /* when it was said, seconds since 1970 */
	bool late; /* said more than 10 minutes ago: mark the delay where the network can */
};

/** One copy of it. */
struct recipient {
	uint64_t id;      /* of this delivery in this process; for port_settle() */
	const char *key;  /* the same over every retry and restart, [a-z0-9.]{1,60}: goes out as
				   stanza id, Message-ID, client reference */
	const char *peer; /* where to */
	const char
	    *token; /* what makes an answer to this copy trusted (address extension), or "" */
	const char *foreign; /* OUT_ANSWER: the peer's id of what is answered, or "" */
};

/** A web request below /hook/CHANNEL/, passed on by the web server. */
struct hook {
	uint64_t id;        /* for port_hook_answer() */
	const char *method; /* "GET", "POST" */
	const char *path;   /* what follows "/hook/CHANNEL/", undecoded: "SECRET/report" */
	const char *query;  /* what follows '?', undecoded, or "" */
	const char *type;   /* Content-Type, or "" */
	const char *body;   /* raw, ${body_len} bytes, at most PORT_TEXT_MAX */
	size_t body_len;
	const char *remote; /* address of the caller, "127.0.0.1" */
};

/** What a hook is answered with, by the verdict on what it brought; as in port_hook_answer(). */
struct hook_answers {
	unsigned status[VERDICTS];
	const char *body[VERDICTS]; /* text/plain */
};

#define PORT_TEXT_MAX 65536

/** A command that people may choose from a list. */
struct menu_item {
	const char *word; /* to be sent, [a-z]; before what it takes and a blank */
	const char *help; /* one line */
	enum { MENU_ALONE, MENU_MAYBE, MENU_NEEDS } takes; /* something behind the word */
};

/** All of them, for people of one language. */
struct menu {
	const char *lang;
	const char *sent; /* what to say when the core has it */
	const struct menu_item *items;
	size_t n;
};

/** What a kind of channel must do.  One const row of these per kind, in channels/channels.c. */
struct channel_kind {
	const char *name;            /* "xmpp"; the word for addresses, too */
	const struct conf_key *keys; /* what its section takes beside name, kind and window */
	unsigned window;             /* default for "window": deliveries beyond what is committed */
	/** The same where it depends on what else the section says; or NULL. */
	unsigned (*window_for)(const struct conf_section *s);
	bool costs; /* a delivery costs money: receipts are kept */
	bool once;  /* can be connected only once: of several nodes, one has its process */
	bool
	    letter; /* deliveries have a subject and a footer (mail); else one line "alice: hello" */
	const struct core_kind
	    *core; /* runs in the core (web, see core.h); NULL: a process of its own */
	const char *const
	    *files; /* readable after start beside the resolver's; NULL-terminated, or NULL */

	/** See struct conf_kind. */
	void (*check)(const struct conf_section *s, struct conf_faults *f);

	/**
	 * Write the one form of the address ${typed} into ${out}: E.164, bare JID in
	 * lower case, mail address with a lower-case domain.  Pure; runs in the core on
	 * what people type.  Return 0, or -1 with a reason for people in ${why}.  NULL for
	 * a kind that has no addresses.
	 */
	int (*peer)(const struct conf_section *s, const char *typed, char *out, size_t size,
	    const char **why);

	/**
	 * Make a channel that talks through ${port}.  Everything that needs files is done
	 * here: the sandbox closes behind it.  Touch no network.  NULL, after logging why,
	 * to refuse to start.
	 */
	void *(*open)(struct port *port, const struct conf_section *conf);

	/**
	 * Be the channel: connect, hear, speak, call port_pump() whenever port_fd() is
	 * readable, until port_stopping(), then take leave of the peer and return 0 (the
	 * core waits 3 s).  Reconnect by yourself, with port_backoff() between tries and
	 * port_state() at each change.  Return -1 if it can not go on: the process is
	 * started anew, later each time.
	 */
	int (*run)(void *self);

	/** Release ${self}; run has returned. */
	void (*close)(void *self);

	/**
	 * Deliver ${o} to ${r}[0..n); all strings live only during the call.  Each must be
	 * settled once, maybe much later.  Only called while the channel is CHANNEL_UP and
	 * within what it has asked for by port_want().
	 */
	void (*deliver)(void *self, const struct outbound *o, const struct recipient *r, size_t n);

	/** ${token} of port_receive() came to ${v}. */
	void (*received)(void *self, uint64_t token, enum verdict v);

	/**
	 * Tell by port_presence() how the network shows ${peer}, and each time that changes, until the
	 * state is not UP.  ${ask}: who has not let us see them is asked to.  NULL for a kind whose network
	 * shows nobody.
	 */
	void (*watch)(void *self, const char *peer, bool ask);

	/** Answer ${h} by port_hook_answer(), soon.  NULL for a kind without hooks. */
	void (*hook)(void *self, const struct hook *h);

	/**
	 * What people may choose from, once for each language, English first, before anything else; lives
	 * only during the call.  A command that is chosen is handed on by port_receive() as if its
	 * text had been sent.  NULL for a kind without lists.
	 */
	void (*menu)(void *self, const struct menu *m);
};

/** The name this channel has in the file, and in addresses. */
const char *port_name(const struct port *p);

/** A descriptor that polls readable when port_pump() has something to do. */
int port_fd(const struct port *p);

/**
 * Handle what the core has sent, calling the kind's callbacks.  Does not wait.
 * Return 0, or -1 when the core is gone: return from run at once.
 */
int port_pump(struct port *p);

/** Has the core told the channel to stop? */
bool port_stopping(const struct port *p);

/** Say how the channel is; ${why} in a few words for the operator ("" when up). */
void port_state(struct port *p, enum channel_state state, const char *why);

/** Ask for ${n} more deliveries.  What was asked for before a change of state to not UP is forgotten. */
void port_want(struct port *p, unsigned n);

/**
 * Hand ${in} to the core.  Return a token that received() will name.  The channel
 * acknowledges to its network only on VERDICT_KEPT.
 */
uint64_t port_receive(struct port *p, const struct inbound *in);

/**
 * The same for what hook ${id} brought, which the core itself answers from ${a} as soon as there is a
 * verdict: received() is not called, and port_hook_answer() must not be.
 */
void port_receive_hook(
    struct port *p, uint64_t id, const struct hook_answers *a, const struct inbound *in);

/**
 * Say how the attempt on delivery ${id} ended, why in a few words, and which id the peer
 * gave it ("" for none).  An id that is not outstanding is ignored.
 */
void port_settle(struct port *p, uint64_t id, enum outcome o, const char *why, const char *foreign);

/** The same for ${ids}[0..n), that all ended so and have no id of the peer's: one message to the core. */
void port_settle_all(
    struct port *p, const uint64_t *ids, size_t n, enum outcome o, const char *why);

/**
 * Keep back what is said from now on, by any thread, until port_release() writes it all at once:
 * one wake-up of the core for a whole turn of a channel's loop.  A channel that waits meanwhile
 * makes the core wait.
 */
void port_hold(struct port *p);
void port_release(struct port *p);

/** What the network said later of a delivery (a report): by its key; "delivered" is SENT. */
void port_report(struct port *p, const char *key, enum outcome o, const char *why);

/** The network shows ${peer}, whom watch() named, like that from now on. */
void port_presence(struct port *p, const char *peer, enum presence is);

/** Answer hook ${id}: ${status} as in HTTP, ${type} of ${body}. */
void port_hook_answer(
    struct port *p, uint64_t id, unsigned status, const char *type, const char *body);

/**
 * Milliseconds to wait before try ${n} (from 0) to reach the peer again: 1 s doubling
 * to 5 min, full jitter.  Pure but for the dice.
 */
int port_backoff(unsigned n);

#endif
