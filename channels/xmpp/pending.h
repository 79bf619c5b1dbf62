#ifndef HUDHUD_CHANNELS_XMPP_PENDING_H
#define HUDHUD_CHANNELS_XMPP_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "gateway/channel.h"

/* What the core has and has not decided on: what its sender is told then. */

#define PENDING_MAX 256

struct pending {
	uint64_t token;              /* 0: free */
	char *from, *to, *type, *id; /* owned */
	char *command; /* it came as a command, which this answers when it is kept (XML); owned */
	bool receipt;  /* asked for */
};

struct pendings {
	struct pending slot[PENDING_MAX];
	unsigned waiting; /* of them */
};

/** A free place, or NULL. */
struct pending *pending_free(struct pendings *all);

/** Keep copies of ${like}'s strings in ${p}, a place of ${all}; its command is taken over. */
void pending_keep(struct pendings *all, struct pending *p, const struct pending *like);

/** Say why it is refused: an error of ${type} with ${condition}; ${text} may be NULL. */
void pending_refuse(struct buf *out, const struct pending *p, const char *type,
    const char *condition, const char *text);

/** ${token} came to ${v}: tell its sender in ${out}, and forget it. */
void pending_end(struct pendings *all, struct buf *out, uint64_t token, enum verdict v);

/** Forget all. */
void pending_clear(struct pendings *all);

#endif
