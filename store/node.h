#ifndef HUDHUD_STORE_NODE_H
#define HUDHUD_STORE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/*
 * Who works on this store, and who owns what of it.  A node is one life of one process: its id is
 * random and never used again.  It shows that it lives by its beat; whoever has seen the same beat for
 * long enough, by a clock of their own, takes over what it owned.  Nobody compares clocks.
 *
 * What is owned has an epoch, which grows with each owner.  Every write that rests on owning something
 * says leases_held() first, in the same transaction: so a node that is believed dead, and is not, can
 * write nothing about what has another owner by now.
 */
#define NODES_MAX 64
#define NODE_NAME_MAX 63
#define LEASES_MAX 512
/** The shard of a lease on a whole channel, which has its one connection and all its lanes. */
#define SHARD_ENDPOINT (-1)

struct node {
	int64_t id; /* of this life; never 0 */
	char name[NODE_NAME_MAX + 1];
	int64_t beat;
	int64_t started, seen; /* wall seconds of that node's clock, for the operator */
};

/** A lane, or a channel's endpoint, and who owns it. */
struct lease {
	int chan, shard;
	int64_t owner, epoch; /* owner 0: nobody */
};

/** Which node has which channel in its settings, and can deliver by it. */
struct serves {
	int64_t node;
	int chan;
	bool up;
};

/** ${n} (id, name, started) begins.  What an earlier life by this name had in its settings counts no more. */
int node_add(struct tx *tx, const struct node *n);
/** ${id} has channel ${chan} in its settings; it is not up there, or from now on it is, or not. */
int node_serve(struct tx *tx, int64_t id, int chan);
int node_serve_up(struct tx *tx, int64_t id, int chan, bool up);
/** ${id} lives, at ${now} (wall).  STORE_FENCED: it was forgotten, and owns nothing any more. */
int node_beat(struct tx *tx, int64_t id, int64_t now);
/** ${id} leaves, or is known to have ended: what it owned is nobody's. */
int node_remove(struct tx *tx, int64_t id);
/** The same, if its beat is ${beat} still.  STORE_FAILED: it lives. */
int node_forget(struct tx *tx, int64_t id, int64_t beat);
/** ${id} is the only one there can be: the others have ended, and left nothing to wait for. */
int node_alone(struct tx *tx, int64_t id);
/** All lanes and endpoints are ${id}'s, whoever had them. */
int lease_take_all(struct tx *tx, int64_t id);

/** In the order of their ids; at most ${max}; return how many. */
size_t node_list(struct tx *tx, struct node *out, size_t max);
size_t serves_list(struct tx *tx, struct serves *out, size_t max);
/** Lanes and endpoints of the channels that any node has in its settings, by channel and shard. */
size_t lease_list(struct tx *tx, struct lease *out, size_t max);
/** The one of ${l}[0..n) for ${shard} of ${chan}; NULL. */
const struct lease *lease_find(const struct lease *l, size_t n, int chan, int shard);

/** Can ${chan} be connected only once, so that it has an endpoint? */
int endpoint_set(struct tx *tx, int chan, bool once);

/**
 * ${me} takes the lane or endpoint ${seen} (with it all lanes of the channel), whose epoch is one more
 * from then on.  Its owner was nobody, or one whose beat ${beat} has not changed for long.  STORE_FAILED: it
 * is not as it was seen any more, or ${me} is not known.
 */
int lease_claim(struct tx *tx, const struct lease *seen, int64_t beat, int64_t me);
/** Its owner gives up ${l}.  STORE_FENCED: it was not the owner any more. */
int lease_release(struct tx *tx, const struct lease *l);

/**
 * What this transaction writes rests on ${owner} having the lanes ${l}[0..n) at their epochs: STORE_OK, or
 * STORE_FENCED, and then nothing of it may stand.
 */
int leases_held(struct tx *tx, int64_t owner, const struct lease *l, size_t n);

/** When the store was moved elsewhere, in wall seconds; 0: it was not. */
int64_t node_moved_away(struct tx *tx);

#endif
