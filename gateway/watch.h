#ifndef HUDHUD_GATEWAY_WATCH_H
#define HUDHUD_GATEWAY_WATCH_H

#include "gateway/channel.h"

/* Presence, between the channels that show it and the ladders that ask for it; the fan-out thread's alone. */
struct channel;
struct core;

/** ${ch} shows ${peer} like that. */
void watch_news(struct channel *ch, const char *peer, enum presence is);
/** It does not show anybody any more. */
void watch_lost(struct channel *ch);
/** Let channels ask for whom ladders ask, and ladders follow what changed; milliseconds until there is more, or -1. */
int watch_turn(struct core *c);

#endif
