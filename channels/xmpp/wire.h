#ifndef HUDHUD_CHANNELS_XMPP_WIRE_H
#define HUDHUD_CHANNELS_XMPP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * What shall go out on a stream and has not yet, in order.  It goes into a socket as far as
 * there is room, or is taken in pieces by who encrypts it.  Zeroed: an empty one.
 */
struct wire {
	struct buf out; /* add to its end */
	size_t at;      /* of it, what has gone */
	bool cut;       /* the socket takes no more, ever */
};

/** How many bytes have not gone. */
size_t wire_left(const struct wire *w);

/** ${n} of them have. */
void wire_gone(struct wire *w, size_t n);

/** Write to the socket ${fd} what it has room for; does not wait.  After an error it is cut. */
void wire_write(struct wire *w, int fd);

/** Does the socket ${fd} (-1: none) poll so at this moment? */
bool wire_ready(int fd, short events);

/** How many bytes have come in on the TCP socket ${fd}, as the kernel counts; 0 if it does not tell. */
uint64_t wire_received(int fd);

/** Forget it all. */
void wire_free(struct wire *w);

#endif
