#ifndef HUDHUD_GATEWAY_FANOUT_H
#define HUDHUD_GATEWAY_FANOUT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bell.h"
#include "base/buf.h"
#include "gateway/checkpoint.h"
#include "gateway/core.h"
#include "gateway/link.h"
#include "gateway/meter.h"
#include "gateway/node.h"
#include "gateway/notes.h"
#include "gateway/tenure.h"
#include "gateway/window.h"
#include "store/hint.h"

/*
 * The inside of the core's fan-out thread: fanout.c (the loop), checkpoint.c (what is written),
 * link.c, speak.c and heed.c (the channels' processes), and what window.h has.  All of it belongs to that
 * one thread, but for what has a lock or is atomic.
 */
#define CHANNELS_MAX 64
#define TOLD_SPENT 256
#define RECEIVING_MAX 256         /* read no more from a channel while so many wait for the store */
#define OUT_MAX (8 * 1024 * 1024) /* tell a channel nothing more while so many bytes wait for it */
#define UNREAD_MAX (2 * OUT_MAX)  /* nor read from one that makes us answer, and does not read */

/*
 * Behind rows that a channel may change before that is committed: others have something to write, too, and
 * on a database far away each takes two trips.
 */
#define ROWS_A_CHECKPOINT 256

/** A configured channel. */
struct channel {
	struct core *core;
	int chan;
	const char *name;
	const struct channel_kind *kind;
	const struct conf_section *section;
	char *exe;     /* its process's program; owned */
	void *in_core; /* of a kind that runs in the core */
	unsigned window, used, used_by[VIA_KINDS];
	unsigned done;         /* of those, settled and in no checkpoint yet */
	bool full;             /* lanes or jobs had no room at the last look */
	struct entry *entries; /* by the low bits of their ids */
	unsigned *free_slots;
	struct source lanes[SHARDS];
	size_t next_lane; /* whose turn it is */
	struct source *jobs;
	int64_t jobs_pos; /* jobs up to here are in memory */
	int jobs_shard;
	struct entry *loose; /* VIA_BEHIND and VIA_ANSWER */
	struct queue {
		struct entry *first, **tail;
	} ready, ready_jobs;
	struct pace pace;
	const struct tariff *tariff; /* the site's; NULL: it costs nothing */
	/* of several nodes: sets of lanes */
	unsigned owned;               /* that are walked here */
	unsigned kept;                /* ... and filled; the others drain */
	unsigned frozen;              /* ... and forgotten: their cursors stand */
	unsigned adopt;               /* that are ours, and to be read from the store */
	int64_t drain_by;             /* clock_ms; 0: nothing drains */
	bool wanted;                  /* its process should be here */
	int64_t leave_by, lease;      /* clock_ms; what the process knows of node_acts_until() */
	bool refuses;                 /* what it brings is to be brought later: the lease is over */
	bool handed;                  /* there may be deliveries in ${out} */
	bool elsewhere, elsewhere_up; /* another node has its process; under core->lock */
	char elsewhere_at[64];        /* its name; the same */
	/* lanes and jobs, or behind rows and answers, may have something to fill in */
	bool look, look_rows;
	bool has_rows;   /* some were due at the last look */
	int64_t look_at; /* wall seconds of the next behind row or answer, 0: none */

	unsigned rows_changed;    /* behind rows, since the last checkpoint was committed */
	bool rows_more;           /* not all behind rows that are due were looked at */
	struct behind rows_after; /* ... only those up to this one */
	int64_t rows_at;          /* clock_ms of the look at the next, 0: with any other */

	/* the process */
	int pid, pidfd, fd;
	struct buf in, out;
	bool between; /* under core->hooks_lock: what it was sent ended with a whole frame */
	unsigned credit;
	/* what it brought and is not through the store; that by its sender (hear.c) */
	atomic_uint receiving, crowd[RECEIVING_MAX];
	atomic_bool wake_more; /* there are more who wait for it to be up */
	struct hearing *heard; /* of that, what its process waits for */
	bool killed, pinged, was_up;
	unsigned incarnation;                              /* of the process */
	int64_t start_at, started_at, ping_at, down_since; /* clock_ms; 0: not */
	unsigned failures;
	bool told_down; /* the log has it, for the reason ${told} */
	char told[160];
	bool paused;

	struct meter_channel *meter; /* the core's meter's */

	/* what core_health() shows, under core->lock */
	enum channel_state state;
	char error[160];
	int64_t error_at; /* wall seconds */
	bool shown_paused;
};

/** Something another thread wants the fan-out thread to do. */
struct errand {
	struct errand *next;
	void (*run)(struct core *c, struct errand *e); /* frees ${e} */
};

struct core {
	struct site site;
	struct store *store;
	struct node_self *node;
	struct meter *meter, *own_meter; /* the one in use; that which is ours, or NULL */
	/* what came in by pages, and by the operator's hand */
	struct meter_channel *pages_meter, *hand_meter;
	struct minutes *minutes;
	unsigned char secret[32];
	struct channel *channels;
	size_t n;

	pthread_t thread;
	struct indexer *indexer; /* NULL before the start */
	struct bell *bell;
	atomic_bool stopping, look;
	pthread_mutex_t lock; /* errands, and what core_health() shows */
	struct errand *errands, **errands_tail;

	/* the fan-out thread's */
	uint64_t looks;
	struct far far[FAR_MAX];
	struct hint *hint;
	bool hinted;  /* another node has something new */
	int64_t head; /* of the log, as last seen */
	/* so far nobody can undo any more what was said; wall: when the next will be, 0: all are */
	int64_t ripe, ripe_at;
	uint64_t last_id;
	int64_t now_us; /* when it began to hear what the channels say */
	struct roster *roster;
	struct tracking tracking;
	struct who *who[WHO_BUCKETS], *spare; /* to be used again */
	struct said *said[SAID_BUCKETS];
	size_t saids;
	struct checkpoint *checkpoint; /* being written */
	int64_t shut_until;            /* clock_ms: the store is away, and not looked at before */
	bool lost;                     /* another node may have what was ours: all here is void */
	unsigned changes;              /* of what we own, as last seen */
	bool blind;                    /* it went away during a look: what that one saw is void */
	int64_t again_at;   /* clock_ms to submit it again, the disk being full; 0: not */
	struct notes notes; /* for the next one */
	int64_t told_spent[TOLD_SPENT]; /* who was told that the month's money is gone */
	int64_t presence_at; /* wall seconds: whose presence changed is looked at then; 0 */
	int64_t write_at;    /* clock_ms: when what was settled is to be written; 0: nothing was */
	/* clock_ms: when to forget again what has expired, and to ask numbers that are silent */
	int64_t trim_at, silence_at;
	atomic_bool trim_more; /* there is more of it */

	/* what follows, and whoever sends to a channel's process; a leaf */
	pthread_mutex_t hooks_lock;
	struct pending_hook *hooks;
	size_t hooks_n;
	uint64_t last_hook;
};

/* ---- join.c */
/** Join the nodes of the store, as ${top} says, with our channels.  -1: it cannot be written. */
int core_join(struct core *c, const struct conf_section *top);

/* ---- fanout.c */
/** Give the fan-out thread something to do; from any thread. */
void fanout_errand(struct core *c, struct errand *e);
/** Run what was given; the fan-out thread does, and after its end core_stop(). */
void fanout_errands(struct core *c);
/** Tell it that there may be something new in the store; from any thread. */
void fanout_look(struct core *c);
/** What came in from ${ch}'s process; the verdict goes back when it is durable (hear.c). */
void fanout_receive(struct channel *ch, uint64_t token, const struct inbound *in);
/** The same by the hook ${id}, which is answered from ${a} then; nothing if nobody waits for that. */
void fanout_receive_hook(
    struct channel *ch, uint64_t id, const struct hook_answers *a, const struct inbound *in);
/** The process of ${ch} is about to be ended: what it waits for is to be brought later, as far as anybody knows. */
void fanout_refuse(struct channel *ch);
/** The channel called ${name}; NULL (core.c). */
struct channel *core_channel(const struct core *c, const char *name);
/** The channel numbered ${chan}; NULL. */
struct channel *fanout_channel(struct core *c, int chan);
void *fanout_thread(void *core);
int64_t fanout_wall(void);
/** Up to where ${chan} may bring what the log has: what costs money waits for whoever may undo it. */
int64_t fanout_head(struct core *c, int chan);

#endif
