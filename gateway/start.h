#ifndef HUDHUD_GATEWAY_START_H
#define HUDHUD_GATEWAY_START_H

#include "gateway/core.h"

/* The life of a core, for main.c and tests. */

/**
 * Make a core of ${conf} on ${store}, whose channels' processes are
 * hudhud-KIND --channel NAME, else ${exe} --channel NAME.
 * All of them must outlive it.  NULL, after logging why.
 */
struct core *core_new(const struct conf *conf, struct store *store,
    const struct channel_kind *const *kinds, const char *exe);

/**
 * Count in ${m}, which must outlive ${c}, instead of a meter of its own: figures go on where another core's
 * ended.  Before core_start().
 */
void core_lend_meter(struct core *c, struct meter *m);

/** Start the fan-out, the channels' processes and what runs in the core.  -1, after logging why. */
int core_start(struct core *c);

/** Stop them again, within a few seconds: nothing accepted is lost. */
void core_stop(struct core *c);

/** Release it, after core_stop(). */
void core_free(struct core *c);

#endif
