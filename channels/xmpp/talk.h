#ifndef HUDHUD_CHANNELS_XMPP_TALK_H
#define HUDHUD_CHANNELS_XMPP_TALK_H

#include "channels/xmpp/flight.h"
#include "channels/xmpp/hear.h"
#include "channels/xmpp/lookup.h"
#include "channels/xmpp/say.h"
#include "channels/xmpp/sight.h"
#include "channels/xmpp/stream.h"
#include "gateway/channel.h"

/* The channel at work: connect, speak, settle, connect again. */

#define WINDOW 1000 /* deliveries written and not settled, if the settings say nothing else */

struct xmpp {
	struct port *port;
	struct hear_self self;
	struct stream_settings settings;
	char *jid, *password, *ca_path; /* owned; settings point here */
	int ca_fd;                      /* what ca_path leads to, or -1 */
	char host[256];                 /* of the server; "": find it by the domain's SRV records */
	uint16_t host_port;
	char ping[JID_SIZE]; /* whom to ask whether the stream lives */
	unsigned window;
	double rate; /* deliveries a second; 0: any */
	int wait_ms, keepalive_ms;

	struct stream *stream;
	struct hear *hear;
	struct flight *flight;
	struct sight *sight;
	struct say_form form; /* of the frame at hand */

	/* finding and reaching the server */
	struct lookup *lookup;
	struct lookup_address list[LOOKUP_MAX];
	size_t n, at;
	unsigned tries;
	int64_t retry_at; /* 0: not waiting */
	int64_t up_since; /* 0: not up */
	int64_t leave_by; /* 0: not stopping */

	/* barriers */
	char nonce[20];
	uint64_t serial; /* of the last */
	int64_t pong_at; /* when the last came back */

	/* pace */
	unsigned credit; /* asked for and not here yet */
	double tokens;
	int64_t tokens_at;
};

extern const struct hear_calls talk_calls;

/** What talk_run() calls when a stanza comes. */
void talk_heard(void *cookie, struct _xmpp_stanza_t *stanza);

/** A flight_settle_fn. */
void talk_settled(void *cookie, const uint64_t *ids, size_t n, enum outcome o, const char *why);

/** As in struct channel_kind. */
int talk_run(void *self);
void talk_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n);
void talk_received(void *self, uint64_t token, enum verdict v);
void talk_watch(void *self, const char *peer, bool ask);

/** What sight.h calls. */
void talk_news(void *cookie, const char *peer, enum presence is);
void talk_menu(void *self, const struct menu *m);

#endif
