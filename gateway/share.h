#ifndef HUDHUD_GATEWAY_SHARE_H
#define HUDHUD_GATEWAY_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/node.h"

/*
 * Who of several nodes should have what: pure, the same for all who see the same.  Times are
 * milliseconds of the caller's own clock_boot(); nobody else's clock is asked.
 */

/** A node adds to its beat so often; one whose beat stands still for NODE_TTL_MS is dead. */
#define NODE_BEAT_MS 1000
#define NODE_TTL_MS 5000
/** For so long from the beginning of its last beat that was committed, a node acts on what it owns. */
#define NODE_HOLD_MS 3000
/** Nobody gives anything up for a node that has been there for less. */
#define NODE_NEW_MS 3000

/** What this node has seen of another's beat. */
struct sight {
	int64_t id, beat;
	int64_t first, since; /* when it was seen first; when this beat was */
	bool told;            /* the log has it that the beat stands still */
};

struct sights {
	struct sight of[NODES_MAX];
	size_t n;
	int64_t looked; /* when last */
};

/**
 * ${nodes}[0..n) is how the store has them, read before ${now}.  If the look before is so long ago that
 * this node could not have acted any more itself, what stood still meanwhile counts for nothing: the
 * store was away from all, or this node was, and the others have their time to show themselves.
 */
void sights_see(struct sights *s, const struct node *nodes, size_t n, int64_t now);

/** Has the beat of ${id} stood still for too long?  So has that of a node that is not there. */
bool sights_dead(const struct sights *s, int64_t id, int64_t now);

/** The beat of ${id} as last seen; 0 if it is not there. */
int64_t sights_beat(const struct sights *s, int64_t id);

/** The world as one snapshot of the store has it. */
struct share_world {
	int64_t me, now;
	const struct sights *sights;
	const struct serves *serves;
	size_t serves_n;
	const struct lease *leases; /* by channel and shard */
	size_t leases_n;
};

/** What ${me} should do about it: indices into the leases. */
struct share_plan {
	unsigned short claim[LEASES_MAX], give[LEASES_MAX];
	size_t claims, gives;
};

/**
 * Claims come from nobody or from the dead, and go to who has least; who has two more than another
 * who could have them gives up one.  Endpoints, and the lanes of channels that have none, are counted
 * each for themselves.
 */
void share_plan(const struct share_world *w, struct share_plan *out);

#endif
