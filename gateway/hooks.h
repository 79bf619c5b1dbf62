#ifndef HUDHUD_GATEWAY_HOOKS_H
#define HUDHUD_GATEWAY_HOOKS_H

#include "gateway/fanout.h"

/* Callbacks from outside that wait for the answer of a channel's process (hooks.c). */

struct pending_hook {
	struct pending_hook *next;
	uint64_t id;
	struct channel *channel;
	int64_t deadline;
	void (*done)(void *cookie, unsigned status, const char *type, const char *body);
	void *cookie;
};

/** Take ${ch}'s hook ${id} out of the table, to answer and free it; NULL if it is not there. */
struct pending_hook *fanout_hook_take(struct channel *ch, uint64_t id);
/** Take the callback of ${ch}'s hook ${id} out of the table and call it. */
void fanout_hook_done(
    struct channel *ch, uint64_t id, unsigned status, const char *type, const char *body);
/** Answer the hooks that have waited too long at ${now}, clock_ms(); the milliseconds until the next, or -1. */
int fanout_hooks_expire(struct core *c, int64_t now);
/** The channel's process is gone: nobody answers its hooks. */
void fanout_hooks_gone(struct channel *ch);
/** Nobody will answer any. */
void fanout_hooks_end(struct core *c);

#endif
