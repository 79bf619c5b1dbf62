#ifndef HUDHUD_GATEWAY_RETRY_H
#define HUDHUD_GATEWAY_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Seconds to wait after ${attempts} failures in a row (1: the first): 60 doubling to 4000,
 * give or take a tenth by ${dice} (any number).  Pure.
 */
int64_t retry_wait(int attempts, uint32_t dice);

/** The longest retry_wait() before the dice. */
#define RETRY_LONGEST 4000

/** Has it been tried for too long: since ${first_at}, at ${now}: 5 days; where it ${costs}, 24 hours. */
bool retry_over(int64_t first_at, int64_t now, bool costs);

#endif
