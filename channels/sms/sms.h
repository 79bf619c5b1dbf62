#ifndef HUDHUD_CHANNELS_SMS_SMS_H
#define HUDHUD_CHANNELS_SMS_SMS_H

#include "channels/sms/dialect.h"
#include "channels/sms/http.h"
#include "gateway/channel.h"

/*
 * What the parts of the channel share.  send.c makes deliveries into requests, hook.c
 * makes what the gateway tells us into things heard and reports; sms.c is the kind, its
 * settings and the loop.  All on one thread.
 */
struct sms {
	struct port *port;
	const struct conf_section *conf;
	const struct dialect *dialect;
	unsigned connections, window;
	struct http *http;
	struct sender *sender;
	struct hooks *hooks;
};

/** Makes of deliveries requests, at most so many parts a second, and watches the gateway. */
struct sender *sender_new(struct sms *s);

/** Begin: ask the gateway whether it is there. */
void sender_begin(struct sender *s);
void sender_deliver(
    struct sender *s, const struct outbound *o, const struct recipient *r, size_t n);

/** Do what is due.  Return the milliseconds until something will be, -1 for nothing. */
int sender_turn(struct sender *s);

/** Take no more; settle what has not been tried. */
void sender_leave(struct sender *s);

/** Deliveries that are not settled. */
unsigned sender_busy(const struct sender *s);

/** Settle what is still under way, release it all. */
void sender_free(struct sender *s);

/** Takes what the gateway tells: texts and reports. */
struct hooks *hooks_new(struct sms *s);
void hooks_hear(struct hooks *k, const struct hook *h);
void hooks_free(struct hooks *k);

#endif
