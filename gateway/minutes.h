#ifndef HUDHUD_GATEWAY_MINUTES_H
#define HUDHUD_GATEWAY_MINUTES_H

struct core;
struct minutes;

/** Keep what each minute of ${c} was like (meter.h), on a thread of its own.  NULL, after logging why: it is not kept. */
struct minutes *minutes_start(struct core *c);

/** End it; NULL is none. */
void minutes_stop(struct minutes *m);

#endif
