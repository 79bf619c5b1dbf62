#ifndef HUDHUD_GATEWAY_CORE_H
#define HUDHUD_GATEWAY_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/channel.h"
#include "gateway/meter.h"
#include "gateway/receive.h"
#include "gateway/site.h"
#include "store/store.h"

/*
 * The core as its own threads see it: the web server, the control socket, the fan-out.
 * Everything here may be called from any thread.
 */
struct core;

const struct site *core_site(const struct core *c);
struct store *core_store(const struct core *c);

/** The number of the channel called ${name}, or 0; and back. */
int core_chan(const struct core *c, const char *name);
const char *core_chan_name(const struct core *c, int chan);
/** The first configured channel of kind ${kind}, or 0; its section for kind->peer(). */
int core_chan_of_kind(const struct core *c, const char *kind);
const struct channel_kind *core_kind(const struct core *c, int chan);
const struct conf_section *core_section(const struct core *c, int chan);

/**
 * Run ${r} on the committer; ${done} is called on the committer's thread once it is durable, with
 * STORE_OK or STORE_LATER; be quick there.  The fan-out is told by itself.  ${r} and ${cookie} stay
 * the caller's.
 */
void core_receive(struct core *c, struct receive *r,
    void (*done)(struct receive *r, int result, void *cookie), void *cookie);

/** The same, and wait.  Not from done() callbacks. */
int core_receive_wait(struct core *c, struct receive *r);

/** Run a write of another kind and tell the fan-out to look. */
int core_write(struct core *c, store_fn *fn, void *arg);

/**
 * Pass ${h} (its id is ignored) on to channel ${name}.  ${done} is called once, on another thread:
 * with the channel's answer, 404 if there is no such channel or it takes no hooks, or 503 if it does
 * not answer within 10 s, is down, or 256 are under way.
 */
void core_hook(struct core *c, const char *name, const struct hook *h,
    void (*done)(void *cookie, unsigned status, const char *type, const char *body), void *cookie);

/** One channel's health. */
struct health {
	char name[32], kind[12];
	enum channel_state state;
	int64_t
	    waiting; /* owed: followers behind, answers, copies in lanes and jobs (to about 10000); -1:
			the store is away */
	int64_t oldest;   /* wall seconds of the oldest, 0: none */
	char error[160];  /* the last, "" */
	int64_t error_at; /* wall seconds of that */
	char at[64]; /* the node that is to have its one connection, where that is not this; "" */
	int64_t sent, deferred, bounced; /* since start */
	unsigned restarts;
};
size_t core_health(struct core *c, struct health *out, size_t max);

/** What is counted. */
struct meter *core_meter(const struct core *c);

/** What is wrong with the store, in words ("the database is away"), and since when; NULL: nothing. */
const char *core_store_trouble(struct core *c, int64_t *since);

/** One node's health. */
struct node_health {
	char name[64];
	uint64_t id;     /* of its life */
	bool alive;      /* it beats; of this node: it may act on what it owns */
	bool here;       /* it is this one */
	int64_t started; /* wall seconds of its clock */
	int64_t seen;
	char owns[400]; /* "jabber, phone 0 2": a channel with its one connection, or its lanes */
};
/** The nodes that share the store, as this one saw them last; none where the store admits only one. */
size_t core_nodes(struct core *c, struct node_health *out, size_t max);

/**
 * Stop or go on handing deliveries to a channel, on all nodes, within a beat of theirs, and in all lives to come.
 * STORE_OK; STORE_FAILED: no such channel; STORE_LATER.
 */
int core_pause(struct core *c, const char *name, bool pause);

/** A kind that runs in the core. */
struct core_kind {
	/** Start to serve, on threads of its own.  NULL, after logging why. */
	void *(*start)(struct core *c, const char *name, const struct conf_section *conf);
	/** Stop serving, finish what is under way (2 s at most), release. */
	void (*stop)(void *self);
};

#endif
