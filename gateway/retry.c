#include "gateway/retry.h"

#define WAIT_FIRST 60
#define DAY 86400

int64_t
retry_wait(int attempts, uint32_t dice)
{
	int64_t wait = WAIT_FIRST;

	while (--attempts > 0 && wait < RETRY_LONGEST)
		wait *= 2;
	if (wait > RETRY_LONGEST)
		wait = RETRY_LONGEST;
	/* so that what failed together does not come back together */
	return wait - wait / 10 + dice % (wait / 5 + 1);
}

bool
retry_over(int64_t first_at, int64_t now, bool costs)
{
	return now - first_at >= (costs ? 1 : 5) * (int64_t)DAY;
}
