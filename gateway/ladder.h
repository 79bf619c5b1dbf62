#ifndef HUDHUD_GATEWAY_LADDER_H
#define HUDHUD_GATEWAY_LADDER_H

#include <stdbool.h>
#include <stddef.h>

#include "store/people.h"

/**
 * The rung: the first of ${a}[0..n), in ladder order, that is verified and whose channel
 * ${up}(cookie, chan) says can deliver; NULL ${up}: any configured one.  Return its index, or -1.
 * Pure.
 */
int ladder_pick(
    const struct address *a, size_t n, bool (*up)(void *cookie, int chan), void *cookie);

/** After a change of ${user}'s addresses: let the channel of the first rung carry what it follows. */
int ladder_settle(struct tx *tx, int64_t user);

#endif
