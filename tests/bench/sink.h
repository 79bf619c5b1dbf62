#ifndef HUDHUD_TESTS_BENCH_SINK_H
#define HUDHUD_TESTS_BENCH_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * sink: a peer that is as fast as it can be.  One thread, one epoll; what it hears is counted (tally.h),
 * nothing is checked that costs time.
 */
#define SINK_ROOM (1u << 20)

/** A connection to the sink. */
struct peer {
	int fd;
	char *in; /* SINK_ROOM bytes */
	size_t len;
	struct buf out;
	bool data;             /* SMTP: inside of a mail */
	uint32_t *who;         /* SMTP: the recipients of this mail */
	size_t n, room;        /* of who */
	bool writing;          /* waits for room in the socket */
	unsigned number, step; /* XMPP clients: who, and how far logged in */
	struct peer *next;
};

/** A protocol. */
struct sink_kind {
	const char *name;
	/** What to say at once to who connects, or to whom we connect; NULL: nothing. */
	const char *greeting;
	bool dials; /* it connects, rather than listens */
	/** Take what is complete of ${p}[0..n), what came; answer into p->out; return how much was taken. */
	size_t (*heard)(struct peer *p, const char *in, size_t n);
};

extern const struct sink_kind sink_xmpp, sink_http, sink_smtp, sink_clients, sink_smsc;

/** How many that dial have logged in. */
extern unsigned sink_ready;

/** XMPP: let users post by ${p} (sink.c tells). */
void sink_flood(struct peer *p, unsigned long n, unsigned long under_way, unsigned long seq,
    unsigned long people);

/** Percent of deliveries that are to be refused for now, as the command "refuse" says. */
extern unsigned sink_refuse;
/** Is this one of them? */
bool sink_unlucky(void);

#endif
