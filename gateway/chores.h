#ifndef HUDHUD_GATEWAY_CHORES_H
#define HUDHUD_GATEWAY_CHORES_H

#include "gateway/fanout.h"

/* What the fan-out has the store do beside checkpoints, and does not wait for. */

/** The network's later word on a delivery. */
void chores_report(struct channel *ch, const char *key, enum outcome o, const char *why);
/** The channel is up: what waited for that is due. */
void chores_wake(struct channel *ch);
/** Forget what has expired, a bounded piece at a time; ${now} is clock_ms(). */
void chores_trim(struct core *c, int64_t now);
/** Ask numbers from which nothing came for long whose they are; the same. */
void chores_silence(struct core *c, int64_t now);

#endif
