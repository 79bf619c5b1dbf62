#ifndef HUDHUD_GATEWAY_AGAIN_H
#define HUDHUD_GATEWAY_AGAIN_H

#include "gateway/site.h"
#include "store/fanout.h"

/**
 * What is at ${pos} did not reach ${user} by ${chan} after all, as that says now: bring it once more, by the next rung
 * of their ladder, without anything that came since.  1: it is on its way; 0: there is no such rung, or it was
 * brought once more already.
 */
int again_bring(
    struct tx *tx, const struct site *site, int64_t pos, int64_t user, int chan, int64_t now);

#endif
