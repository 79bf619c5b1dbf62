#ifndef HUDHUD_GATEWAY_FIGURES_H
#define HUDHUD_GATEWAY_FIGURES_H

#include "gateway/core.h"

/**
 * Write all that is counted, and how everything is now, to ${out} in the text form that Prometheus reads.  It asks the
 * store what waits; where that is away, those samples are not there.  Any thread.
 */
void figures_expose(struct core *c, struct buf *out);

#endif
