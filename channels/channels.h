#ifndef HUDHUD_CHANNELS_CHANNELS_H
#define HUDHUD_CHANNELS_CHANNELS_H

#include "gateway/channel.h"

/** Every kind of channel in this build; NULL-terminated. */
extern const struct channel_kind *const channel_kinds[];

#endif
