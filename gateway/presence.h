#ifndef HUDHUD_GATEWAY_PRESENCE_H
#define HUDHUD_GATEWAY_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/ladder.h"

/*
 * Who is there, as the networks show it: only of addresses whose ladder asks, in memory, a bounded
 * number, from any thread.  Nobody else's presence is kept.
 */
#define PRESENCE_MAX 200000

/** The most that one change of ladder waits for the one before, seconds. */
#define PRESENCE_PACE_S 60

/** How ${chan} shows ${peer}; who is not known is asked for (presence_ask()). */
enum presence presence_get(int chan, const char *peer);

/** Somebody wishes now that ${chan} shows ${peer}: whoever has not let it is asked to. */
void presence_want(int chan, const char *peer);

/**
 * ${chan} shows ${peer} so from now on; true: that is news of somebody whose ladder asks.  *${back}: they
 * have come back, and what is held may go; not more often than once a second.
 */
bool presence_set(int chan, const char *peer, enum presence p, int64_t now, bool *back);

/** ${chan} is gone, or comes back: nobody is there until it says so, and all are asked for anew. */
void presence_drop(int chan);

/** Give ${each} those that ${chan} should look for (${wanted}: as presence_want() says), at most ${limit}; true: there are more. */
bool presence_ask(int chan, size_t limit, void (*each)(void *cookie, const char *peer, bool wanted),
    void *cookie);

/**
 * Give ${each} those whose presence changed and whose ladder is to be looked at again by ${now}: each at most once in
 * PRESENCE_PACE_S.  Returns when the next is due, or 0.
 */
int64_t presence_due(
    int64_t now, void (*each)(void *cookie, int chan, const char *peer), void *cookie);

/** Forget all. */
void presence_end(void);

#endif
