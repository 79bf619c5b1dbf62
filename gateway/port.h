#ifndef HUDHUD_GATEWAY_PORT_H
#define HUDHUD_GATEWAY_PORT_H

#include "gateway/channel.h"

/*
 * The channel's end of the socket, for those who start one: the child's main, and
 * tests that run a channel on a thread.
 */

/**
 * Be a channel of one of ${kinds} on the connected socket ${fd}, which is closed at
 * the end: wait for the core's hello, open the kind, call ${sealed} (may be NULL) when
 * it needs no more files, run it.  Return the exit status: 0 after a stop, 1 otherwise.
 */
int port_main(int fd, const struct channel_kind *const *kinds,
    int (*sealed)(const struct channel_kind *kind));

#endif
