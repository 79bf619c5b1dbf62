#ifndef HUDHUD_GATEWAY_NODE_H
#define HUDHUD_GATEWAY_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/node.h"

/*
 * This process as one of several on a store: it shows that it lives, takes what is its share of lanes
 * and endpoints, and gives up what is more.  Where the store admits one process only, all of it is ours
 * from the start, nothing beats, and nothing is ever given up.
 *
 * All but node_may_act() and node_show() belong to one thread, the fan-out's.  Times are clock_boot().
 */
struct node_self;

/**
 * A new life, called ${name} ("": as the machine is called), on ${s}.  Its id is kept in the file ${path}
 * (NULL: nowhere), so that the next life knows whom it need not wait for: only one process at a time has
 * that file.  ${ring} is called with ${cookie} on the committer's thread when node_tick() has something to do.
 */
struct node_self *node_new(
    struct store *s, const char *name, const char *path, void (*ring)(void *cookie), void *cookie);
void node_free(struct node_self *n);
int64_t node_id(const struct node_self *n);

/**
 * The three steps of joining, in one transaction: the first before channels_register(), then one for each
 * channel whose deliveries are shared out, then the last.  STORE_OK.  May be run again from the first.
 */
int node_enter(struct tx *tx, struct node_self *n);
int node_offer(struct tx *tx, struct node_self *n, int chan, bool once);
int node_settle(struct tx *tx, struct node_self *n);
/** That transaction, begun at ${begun}, was committed; it is ${now}. */
void node_joined(struct node_self *n, int64_t begun, int64_t now);
/** Leave: what is owned is the others'.  Nothing may be under way in the store any more. */
void node_leave(struct node_self *n);

/** Beat, take and give up, as is due at ${now}.  Milliseconds until the next time, or -1. */
int node_tick(struct node_self *n, int64_t now);
/** Does the operator hold ${chan}, as of the last beat? */
bool node_is_paused(const struct node_self *n, int chan);
/** That was changed here, and is committed: the others learn of it by their next beat. */
void node_pause(struct node_self *n, int chan, bool pause);
/** Grows whenever what node_has() and node_keeps() tell may have changed. */
unsigned node_changes(const struct node_self *n);
/** Why this life is over (and nothing of it may be written any more), or NULL. */
const char *node_lost(const struct node_self *n);
/** Do we own this lane or endpoint?  *${epoch} (may be NULL) is to be given to leases_held(). */
bool node_has(const struct node_self *n, int chan, int shard, int64_t *epoch);
/** Do we own it, and not as something to give up? */
bool node_keeps(const struct node_self *n, int chan, int shard);
/** Are others alive? */
bool node_has_company(const struct node_self *n);
/** Is it shared out at all: does any node have ${chan} in its settings? */
bool node_shares(const struct node_self *n, int chan);
/** Can the owner of this lane, another node, deliver by its channel, as far as we know? */
bool node_is_up(const struct node_self *n, int chan, int shard);
/** The name of that owner, or "". */
const char *node_owner(const struct node_self *n, int chan, int shard);
/** Let the others know, with the next beat, that we can deliver by ${chan}, or not. */
void node_tell(struct node_self *n, int chan, bool up);
/** Nothing of this lane or endpoint, which we have but do not keep, is in memory any more: give it up. */
void node_drained(struct node_self *n, int chan, int shard);

/**
 * May what we own still be acted on at this moment?  What others believe of us ends later, since our last beat
 * that was committed had begun before they saw it.  Any thread.
 */
bool node_may_act(const struct node_self *n);
/** Until when, or INT64_MAX. */
int64_t node_acts_until(const struct node_self *n);
/** The same at ${now}. */
bool node_may_act_at(const struct node_self *n, int64_t now);

/** A node as the operator sees it. */
struct node_view {
	struct node node;
	bool alive, here;
};
/**
 * All nodes by id, at most ${max}, and what they own: ${leases}, at most *${leases_n}, which is set.  As this
 * node saw them last; 0 where the store admits only one.  Any thread.
 */
size_t node_show(
    struct node_self *n, struct node_view *out, size_t max, struct lease *leases, size_t *leases_n);

#endif
