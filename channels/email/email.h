#ifndef HUDHUD_EMAIL_EMAIL_H
#define HUDHUD_EMAIL_EMAIL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "channels/email/address.h"
#include "channels/email/wire.h"
#include "gateway/channel.h"

/*
 * One mail channel: a main thread that talks to the core, one thread for IMAP (inbox.c),
 * a few for SMTP (outbox.c), because libetpan's calls wait.
 */

#define EMAIL_WINDOW 600 /* unless the operator says otherwise */
#define EMAIL_CONNECTIONS_MAX 64

struct inbox;
struct outbox;

/** Where a server is and how to speak to it. */
struct server {
	char host[256];
	uint16_t port;
	bool tls;      /* from the first byte */
	bool starttls; /* must become encrypted */
	char *user;    /* owned, as the next; "" for no login */
	char *password;
};

struct email {
	struct port *port;
	struct post post;
	char *name; /* of the service, in From; owned, as all that follow */
	char *mailbox, *processed, *rejected, *authserv;
	struct server imap, smtp;
	size_t max_size;
	unsigned connections, window;
	int timeout_ms;
	struct wire_base wire;
	struct inbox *inbox;
	struct outbox *outbox;

	pthread_mutex_t lock; /* of what follows */
	bool stopping;
	bool smtp_up;
	char smtp_why[160], imap_why[160]; /* "" when fine */
	unsigned outstanding;              /* deliveries that we hold */
	unsigned freed;                    /* places for more, not asked for yet */
};

/** Tell the core how it is: SMTP works (${why} NULL) or not. */
void email_smtp_state(struct email *e, const char *why);
/** The same of IMAP; only words, mail goes out without it. */
void email_imap_state(struct email *e, const char *why);
bool email_stopping(struct email *e);

struct outbox *outbox_new(struct email *e);
void outbox_start(struct outbox *o);
/** Take ${n} deliveries. */
void outbox_add(struct outbox *o, const struct outbound *out, const struct recipient *r, size_t n);
/** Wait until its threads have ended; e->stopping is set. */
void outbox_stop(struct outbox *o);
void outbox_free(struct outbox *o);

struct inbox *inbox_new(struct email *e);
void inbox_start(struct inbox *i);
void inbox_verdict(struct inbox *i, uint64_t token, enum verdict v);
void inbox_stop(struct inbox *i);
void inbox_free(struct inbox *i);

#endif
