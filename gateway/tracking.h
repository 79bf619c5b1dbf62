#ifndef HUDHUD_GATEWAY_TRACKING_H
#define HUDHUD_GATEWAY_TRACKING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct core;
struct tx;

/** What the fan-out thread remembers of who tracks words, and how far that has been seen to. */
struct tracking {
	bool any;                   /* somebody tracks words, as the roster stood at ${seen} */
	int64_t seen;               /* roster_seen() + 1; 0: not looked at */
	int64_t given;              /* so far statuses have been given to the job */
	atomic_bool running, again; /* the job; there is more for it */
};

/** Have what is new in ${tx} looked through for words that people track, where anybody does. */
void tracking_turn(struct core *c, struct tx *tx);

#endif
