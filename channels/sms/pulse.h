#ifndef HUDHUD_CHANNELS_SMS_PULSE_H
#define HUDHUD_CHANNELS_SMS_PULSE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Do single texts fail, or all?  A busy gateway refuses one in twenty, and three in a row by chance once in
 * 8000; a dead one lets nothing pass any more.  So failures count only as long as nothing succeeds, and they
 * are believed when they are many, or few over some time.
 */
struct pulse {
	int64_t good_at;   /* clock_ms of the last success */
	unsigned failures; /* since then */
};

/** A text passed at ${now}, clock_ms; or the gateway said that it is there. */
void pulse_good(struct pulse *p, int64_t now);
/** A text failed in a way that may be all texts'.  True: nothing passes any more. */
bool pulse_failed(struct pulse *p, int64_t now);

#endif
