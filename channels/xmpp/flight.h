#ifndef HUDHUD_CHANNELS_XMPP_FLIGHT_H
#define HUDHUD_CHANNELS_XMPP_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/channel.h"

/*
 * The deliveries that were written to the stream and are not settled.  A write proves
 * nothing; a ping behind them that comes back does (a barrier).  Several barriers may be
 * under way, one behind the other.  Of those settled not long ago the keys are kept, so
 * that an error that comes late can be told from a forgery.
 */
struct flight;

/** ${ids}[0..n) have all ended so. */
typedef void flight_settle_fn(
    void *cookie, const uint64_t *ids, size_t n, enum outcome o, const char *why);

struct flight *flight_new(flight_settle_fn *settle, void *cookie);
void flight_free(struct flight *f);

/** Delivery ${id} of ${key} to ${peer} has been written. */
void flight_add(struct flight *f, uint64_t id, const char *key, const char *peer);

/** How many are not settled; how many of them no barrier stands behind. */
size_t flight_count(const struct flight *f);
size_t flight_open(const struct flight *f);

/** Barrier ${serial}, higher than all before it, has been written at ${now} behind all there is. */
void flight_mark(struct flight *f, uint64_t serial, int64_t now);

/** When the oldest barrier that has not come back was written; 0: none is under way. */
int64_t flight_waits(const struct flight *f);

/** Barrier ${serial} came back: all before it were SENT.  False if it is not under way. */
bool flight_pass(struct flight *f, uint64_t serial);

/** What an error for ${key} from ${peer} (NULL: the server) is about. */
enum flight_found {
	FLIGHT_SETTLED, /* a delivery under way, settled by this */
	FLIGHT_LATE,    /* one that was settled before */
	FLIGHT_UNKNOWN, /* none of ours */
};
enum flight_found flight_fail(
    struct flight *f, const char *key, const char *peer, enum outcome o, const char *why);

/** The stream is lost: all are DEFERed, and no barrier comes back. */
void flight_lose(struct flight *f, const char *why);

#endif
