#include <errno.h>
#include <time.h>

#include "base/clock.h"

int64_t
clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_ms(void)
{
	return clock_us() / 1000;
}

int64_t
clock_wall(void)
{
	return (int64_t)time(NULL);
}

int64_t
clock_boot(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool
clock_wait(pthread_cond_t *c, pthread_mutex_t *m, int64_t until)
{
	struct timespec t = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };

	return pthread_cond_clockwait(c, m, CLOCK_MONOTONIC, &t) != ETIMEDOUT;
}
