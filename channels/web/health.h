#ifndef HUDHUD_CHANNELS_WEB_HEALTH_H
#define HUDHUD_CHANNELS_WEB_HEALTH_H

#include "channels/web/web.h"

/** Room for what /healthz says; health_stop() ends it. */
struct health_kept *health_start(void);
void health_stop(struct health_kept *k);

#endif
