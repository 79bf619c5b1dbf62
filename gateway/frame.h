#ifndef HUDHUD_GATEWAY_FRAME_H
#define HUDHUD_GATEWAY_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * What core and channel say to each other: a 32-bit length (little endian, of what
 * follows it), one byte of type, then fields in the order that port.c and link.c
 * know: 64-bit numbers (little endian) and strings (32-bit length, bytes, NUL).
 */
#define FRAME_MAX (1024 * 1024)

enum frame_type {
	/* core to channel */
	FRAME_HELLO = 1, /* name, packed section */
	FRAME_DELIVER,   /* outbound, n, recipients */
	FRAME_VERDICT,   /* token, verdict */
	FRAME_HOOK,
	FRAME_STOP,
	FRAME_PING,  /* answered with FRAME_PONG: is it alive? */
	FRAME_LEASE, /* milliseconds: then the process ends, unless there is another of these */
	FRAME_WATCH, /* peer, whether to ask for leave */
	FRAME_MENU,  /* language, what to say, n, items */
	/* channel to core */
	FRAME_STATE = 32, /* state, why */
	FRAME_WANT,       /* n */
	FRAME_RECEIVE,    /* token, inbound */
	FRAME_SETTLE,     /* id, outcome, why, foreign */
	FRAME_REPORT,     /* key, outcome, why */
	FRAME_HOOK_ANSWER,
	FRAME_PONG,
	FRAME_SETTLE_ALL,   /* outcome, why, n, ids */
	FRAME_RECEIVE_HOOK, /* hook, a status and a body for each verdict, inbound */
	FRAME_PRESENCE,     /* peer, how the network shows it */
};

/** Begin a frame in ${out}; returns a mark for frame_end(), which fills in its length. */
size_t frame_begin(struct buf *out, enum frame_type type);
void frame_u64(struct buf *out, uint64_t v);
void frame_bytes(struct buf *out, const void *p, size_t n);
void frame_text(struct buf *out, const char *s); /* NULL is "" */
void frame_end(struct buf *out, size_t mark);

/** A frame being read.  A field that is missing or cut makes it bad, and reads as 0 or "". */
struct frame {
	enum frame_type type;
	const unsigned char *at, *end;
	bool bad;
};

/**
 * Cut the next whole frame out of the ${n} bytes at ${data}.  Return the bytes it takes (read the
 * fields before they move), 0 if it is not complete, -1 if this can be no frame (too long, no type).
 */
long frame_next(const void *data, size_t n, struct frame *f);
uint64_t frame_get_u64(struct frame *f);
/** A string of ${len} (may be NULL) bytes, NUL-terminated, in the frame itself. */
const char *frame_get(struct frame *f, size_t *len);
/** Was everything there, and nothing left over? */
bool frame_done(const struct frame *f);

#endif
