#ifndef HUDHUD_GATEWAY_BEAT_H
#define HUDHUD_GATEWAY_BEAT_H

#include <pthread.h>
#include <stdatomic.h>

#include "gateway/node.h"
#include "gateway/share.h"

/* The inside of a node: node.c, and beat.c, which is what goes to the store and comes back. */
#define SERVES_MAX 4096
#define SERVES_OWN_MAX 64
#define PAUSED_MAX 256

/** What one transaction found. */
struct found {
	struct node nodes[NODES_MAX];
	struct serves serves[SERVES_MAX];
	struct lease leases[LEASES_MAX];
	int paused[PAUSED_MAX]; /* channels that the operator holds */
	size_t nodes_n, serves_n, leases_n, paused_n;
	int64_t moved; /* when the store was moved elsewhere; 0: it was not */
};

/** A beat with all that goes with it. */
struct beat {
	struct store_job job;
	int64_t begun;
	int result;
	struct lease claim[LEASES_MAX], give[LEASES_MAX];
	int64_t beats[LEASES_MAX]; /* of the owners of what is claimed */
	size_t claims, gives;
	int64_t forget, forget_beat; /* a node that died long ago; 0: none */
	struct serves tell[SERVES_OWN_MAX];
	size_t tells;
	struct found found;
};

struct held {
	struct lease lease;
	enum { KEPT, DRAINING, DRAINED, GIVEN } state;
};

struct node_self {
	struct store *store;
	int64_t id;
	char name[NODE_NAME_MAX + 1];
	bool alone;
	char *path;     /* where the id is kept; owned, may be NULL */
	int64_t former; /* the life before, or 0 */
	void (*ring)(void *cookie);
	void *cookie;
	_Atomic int64_t acts_until;
	atomic_bool landed; /* the beat that was sent has come back */

	bool sent;
	int64_t next_at;
	struct beat beat;
	struct sights sights;
	struct share_plan plan;
	struct held held[LEASES_MAX];
	size_t held_n;
	const char *lost;
	unsigned changes;
	struct serves news[SERVES_OWN_MAX]; /* of our channels, to be told */
	size_t news_n;
	bool company;
	bool newer_paused; /* what we know of pauses is newer than the beat that is on its way */

	pthread_mutex_t lock; /* of what follows, to write it or from another thread */
	struct found found;   /* as of the last beat that was committed */
	struct sights shown_sights;
};

/** Read all of ${f}. */
void beat_find(struct tx *tx, struct found *f);
/** What is in ${n}->beat, begun at ${begun}, is committed; it is ${now}. */
void beat_heard(struct node_self *n, int64_t begun, int64_t now);
/** What ${n} holds of it; NULL. */
struct held *held_find(const struct node_self *n, int chan, int shard);

#endif
