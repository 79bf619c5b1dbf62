#ifndef HUDHUD_GATEWAY_TRACKING_H
#define HUDHUD_GATEWAY_TRACKING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct tx;
struct roster;

/** Whether anybody tracks words, for who takes statuses in: most services need not look. */
struct tracking {
	atomic_bool any; /* true until it is known */
	int64_t seen;    /* roster_seen() + 1 when that was looked at; 0: never */
};

/** Look again, in ${tx}, if ${r} says that anybody has changed. */
void tracking_turn(struct tracking *t, struct tx *tx, const struct roster *r);

#endif
