#ifndef HUDHUD_CHANNELS_WEB_WORKERS_H
#define HUDHUD_CHANNELS_WEB_WORKERS_H

#include <stdbool.h>

/*
 * A few threads for work that takes long on purpose (Argon2: 64 MiB and a tenth of a second each), so
 * that a flood of it costs a bounded amount of memory and stops nothing else.
 */
struct workers;

/** Start ${threads}; at most ${queue} pieces of work wait for them. */
struct workers *workers_start(unsigned threads, unsigned queue);

/** Have ${work} done on some thread; it is called once, ${dropped} if the workers stop before.  False: the queue is full. */
bool workers_add(struct workers *w, void (*work)(void *arg, bool dropped), void *arg);

/** How many pieces wait. */
unsigned workers_waiting(struct workers *w);

/** End what is under way, drop what waits, release. */
void workers_stop(struct workers *w);

#endif
