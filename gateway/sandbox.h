#ifndef HUDHUD_GATEWAY_SANDBOX_H
#define HUDHUD_GATEWAY_SANDBOX_H

#include "gateway/channel.h"

/*
 * The box a channel's process lives in: it reads what strangers write, with libraries that
 * have had their faults.  It keeps its sockets, threads and memory, and nothing else.
 */

/** Before the kind is opened: limits, no core dumps, and where started as root another user. */
int sandbox_prepare(const char *channel);

/**
 * When it needs no more files: no new privileges; Landlock with reading only what the resolver
 * and the C library load, and ${kind}->files; seccomp with what such a process calls.  A kernel
 * without Landlock is told of in the log.  0, or -1 after logging why.
 */
int sandbox_close(const struct channel_kind *kind);

#endif
