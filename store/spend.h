#ifndef HUDHUD_STORE_SPEND_H
#define HUDHUD_STORE_SPEND_H

#include <stdint.h>

#include "store/store.h"

/* What texts cost: by user, channel and the day where the user lives; user 0 is all (days of UTC). */

/** ${user} (0: nobody known) had one more by ${chan}, which cost ${cost} thousandths. */
int spend_add(struct tx *tx, int64_t user, int chan, int64_t cost, int64_t now);
/** How many ${user} had by ${chan} on ${day}. */
int64_t spend_count(struct tx *tx, int64_t user, int chan, int64_t day);
/** What ${user} cost by ${chan} (0: all) from day ${first} to before ${end}. */
int64_t spend_sum(struct tx *tx, int64_t user, int chan, int64_t first, int64_t end);

#endif
