#ifndef HUDHUD_BASE_CLOCK_H
#define HUDHUD_BASE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/** Milliseconds that only grow, for waits and time limits. */
int64_t clock_ms(void);

/** Milliseconds that only grow, and grow while the machine sleeps: for leases. */
int64_t clock_boot(void);

/** Microseconds that only grow, to measure with. */
int64_t clock_us(void);

/** Seconds since 1970-01-01 UTC, for what people and the store see. */
int64_t clock_wall(void);

/** Wait for ${c}, under ${m}, until ${until} of clock_ms().  False: that has come. */
bool clock_wait(pthread_cond_t *c, pthread_mutex_t *m, int64_t until);

#endif
