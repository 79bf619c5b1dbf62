#ifndef HUDHUD_CHANNELS_XMPP_WINDOW_H
#define HUDHUD_CHANNELS_XMPP_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/channel.h"

/*
 * The deliveries that were written to the stream and are not settled.  A write proves
 * nothing; a ping behind them that comes back does (a barrier).  Of those settled not
 * long ago a mark is kept, so that an error that comes late can be told from a forgery.
 */
struct window;

typedef void window_settle_fn(void *cookie, uint64_t id, enum outcome o, const char *why);

struct window *window_new(window_settle_fn *settle, void *cookie);
void window_free(struct window *w);

/** Delivery ${id} of ${key} to ${peer} has been written. */
void window_add(struct window *w, uint64_t id, const char *key, const char *peer);

/** How many are not settled; how many of them no barrier stands behind. */
size_t window_count(const struct window *w);
size_t window_open(const struct window *w);

/** A barrier has been written behind all there is. */
void window_mark(struct window *w);

/** It came back: all before it were SENT. */
void window_pass(struct window *w);

/** What an error for ${key} from ${peer} (NULL: the server) is about. */
enum window_found {
	WINDOW_SETTLED, /* a delivery under way, settled by this */
	WINDOW_LATE,    /* one that was settled before */
	WINDOW_UNKNOWN, /* none of ours */
};
enum window_found window_fail(
    struct window *w, const char *key, const char *peer, enum outcome o, const char *why);

/** The stream is lost: all are DEFERed. */
void window_lose(struct window *w, const char *why);

#endif
