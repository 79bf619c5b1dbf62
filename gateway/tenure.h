#ifndef HUDHUD_GATEWAY_TENURE_H
#define HUDHUD_GATEWAY_TENURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/fanout.h"
#include "store/node.h"

/* What of several nodes' lanes is ours, and what is done about it; the fan-out thread's alone. */
struct channel;
struct core;

/** Follow what node.h says is ours.  Milliseconds until it wants to look again, or -1. */
int tenure_turn(struct core *c, int64_t now);
/** While nothing can be read, and nothing new begun: end in time what others may have by now.  The same. */
int tenure_wind_up(struct core *c, int64_t now);
/** Begin to walk the lanes that have become ours. */
void tenure_adopt(struct channel *ch, struct tx *tx);
/** Is the lane of ${follower} on ${chan} walked here?  By another node, or will it be? */
bool tenure_is_here(const struct core *c, int chan, int64_t follower);
bool tenure_is_elsewhere(const struct core *c, int chan, int64_t follower);
/** The lanes that a checkpoint rests on, LEASES_MAX at most; none where the store is ours alone. */
size_t tenure_list(const struct core *c, struct lease *out);
/** Nothing of what is in memory may be sent or written any more: main() starts everything anew. */
void tenure_void(struct core *c, const char *why);

#endif
