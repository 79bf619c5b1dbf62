#ifndef HUDHUD_GATEWAY_LINK_H
#define HUDHUD_GATEWAY_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/channel.h"

struct channel;

/* The channels' processes: link.c (their lives), speak.c and heed.c.  The fan-out thread's alone. */

void link_start(struct channel *ch);
/** The process has ended. */
void link_reap(struct channel *ch);
/** Its socket is ready as ${revents} says (heed.c). */
void link_ready(struct channel *ch, short revents);
/** Start, ping or kill what is due; milliseconds until the next is, or -1. */
int link_tick(struct channel *ch, int64_t now);
/** Hand over what is ready, as far as the channel wants it. */
void link_deliver(struct channel *ch);
void link_flush(struct channel *ch);
/** Ask the process to take leave; end it. */
void link_stop(struct channel *ch);
void link_kill(struct channel *ch);
/** Kill it, for the log's reason ${why}; what it had goes again by the next one. */
void link_end(struct channel *ch, const char *why);
/** It has no process, and should not: ${why}, or "". */
void link_rest(struct channel *ch, const char *why);
/** Its process ends by itself a second after ${until} (clock_boot()), unless it hears of later. */
void link_lease(struct channel *ch, int64_t until);
/** Close its socket. */
void link_shut(struct channel *ch);
void link_set_state(struct channel *ch, enum channel_state s, const char *why);
bool link_is_up(const struct channel *ch);
/** Has it been away for longer than patience? */
bool link_is_away(const struct channel *ch);

#endif
