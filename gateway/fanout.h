#ifndef HUDHUD_GATEWAY_FANOUT_H
#define HUDHUD_GATEWAY_FANOUT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bell.h"
#include "base/buf.h"
#include "gateway/core.h"
#include "gateway/render.h"
#include "store/fanout.h"

/*
 * The inside of the core's fan-out thread, for the files that make it up: fanout.c (the
 * loop), lane.c, catchup.c (who fills the window), window.c (what settling means), said.c
 * (statuses in words), checkpoint.c (what is written), link.c (the channels' processes).
 * All of it belongs to that one thread, but for what has a lock or is atomic.
 *
 * Truth is in the store.  Memory holds a window on it: per channel at most ${window}
 * copies that are on their way or not yet committed, whoever put them there.
 */
#define PATIENCE_MS                                                                                \
	30000 /* a channel may be away this long before its followers fall to another rung */
#define CHANNELS_MAX 64
#define RECEIVING_MAX 256 /* read no more from a channel while so many wait for the store */
#define WHO_BUCKETS 4096

struct channel;
struct source;

/** A status in words, once for all who get it. */
struct said {
	struct said *next; /* newest first */
	int refs;
	struct status status; /* its text is owned */
	bool big;
	struct wording {
		struct wording *next;
		char lang[12];
		bool letter;
		struct rendering r;
	} * wordings;
};

enum via { VIA_LANE, VIA_JOB, VIA_BEHIND, VIA_ANSWER, VIA_KINDS };
enum stage {
	HELD,   /* the same follower has an earlier one on its way */
	READY,  /* waits for the channel to want it */
	FLYING, /* the channel has it */
	DONE,   /* settled; holds its place until that is committed */
};

/** One copy on its way: a place in a channel's window. */
struct entry {
	uint64_t id;
	enum via via;
	enum stage stage;
	bool saving; /* DONE, and in the checkpoint that is being written */
	struct channel *channel;
	struct source *source; /* lane or job */
	struct entry *next;    /* in the source, in its order; or in the channel's loose ones */
	struct entry *queue;   /* in the channel's ready queue */
	struct entry *later;   /* the same follower's next */
	struct who *who;
	struct said *said;     /* NULL for an answer */
	struct answer *answer; /* owned; NULL for a status */
	int64_t pos, follower;
	char name[USER_NAME_MAX + 1], lang[12], peer[PEER_MAX + 1];
	int64_t sent_us;
	enum outcome outcome; /* of an answer, when DONE */
	int tries, bounces;
};

/** A follower with something in the windows, or whose behind row is being changed. */
struct who {
	struct who *chain;
	int64_t user;
	struct entry *first, *last; /* its entries, in the order to send them */
	struct behind behind;       /* next 0: none */
	bool touched;               /* behind differs from what the store has */
	bool saving;                /* ... and is in the checkpoint that is being written */
	bool leaving;               /* nothing more is owed: the row is to go */
};

/** A cursor that walks followers: a lane over many statuses, a job over one. */
struct source {
	struct source *next; /* the channel's jobs */
	struct channel *channel;
	bool job, ended; /* a job's last follower has been read */
	int shard;
	int64_t pos, sub;             /* read up to here */
	int64_t at_pos, at_sub;       /* settled up to here */
	int64_t saved_pos, saved_sub; /* committed up to here */
	int64_t author;               /* a job's */
	struct entry *first, *last;
	unsigned used;
	bool saving;
};

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
	struct entry **slots; /* by the low bits of their ids */
	unsigned *free_slots;
	struct source lanes[SHARDS];
	size_t next_lane; /* whose turn it is */
	struct source *jobs;
	int64_t jobs_pos; /* jobs up to here are in memory */
	int jobs_shard;
	struct entry *loose; /* VIA_BEHIND and VIA_ANSWER */
	struct entry *ready, **ready_tail;
	bool look;       /* there may be something to fill in */
	int64_t look_at; /* wall seconds of the next behind row or answer, 0: none */

	/* the process */
	int pid, pidfd, fd;
	struct buf in, out;
	unsigned credit, receiving;
	bool killed, pinged;
	unsigned incarnation;                              /* of the process */
	int64_t start_at, started_at, ping_at, down_since; /* clock_ms; 0: not */
	unsigned failures;
	bool paused;

	/* what core_health() shows, under core->lock */
	enum channel_state state;
	char error[160];
	int64_t sent, deferred, bounced, holds;
	bool shown_paused;
	unsigned restarts;
};

struct pending_hook {
	struct pending_hook *next;
	uint64_t id;
	struct channel *channel;
	int64_t deadline;
	void (*done)(void *cookie, unsigned status, const char *type, const char *body);
	void *cookie;
};

/** Something another thread wants the fan-out thread to do. */
struct errand {
	struct errand *next;
	void (*run)(struct core *c, struct errand *e); /* frees ${e} */
};

struct core {
	struct site site;
	struct store *store;
	unsigned char secret[32];
	struct channel *channels;
	size_t n;

	pthread_t thread;
	struct bell *bell;
	atomic_bool stopping, look;
	pthread_mutex_t lock; /* errands, and what core_health() shows */
	struct errand *errands, **errands_tail;

	/* the fan-out thread's */
	int64_t head; /* of the log, as last seen */
	uint64_t last_id;
	struct who *who[WHO_BUCKETS];
	struct said *said;
	struct checkpoint *checkpoint; /* being written */
	int64_t again_at; /* clock_ms to submit it again, the disk being full; 0: not */
	struct dead_note *deads;
	struct receipt_note *receipts;
	struct bounce_note *bounces;
	bool dirty;
	struct pending_hook *hooks;
	size_t hooks_n;
	uint64_t last_hook;
};

/* ---- said.c */
/** The status at ${pos}, held; NULL if there is none.  Give it back by said_release(). */
struct said *said_get(struct core *c, struct tx *tx, int64_t pos);
void said_hold(struct said *s);
void said_release(struct said *s);
/** Its words for ${lang}, made once. */
const struct rendering *said_words(struct core *c, struct said *s, bool letter, const char *lang);
/** Forget those that nobody holds. */
void said_sweep(struct core *c);

/* ---- window.c */
/** Make room for ${ch}->window entries, at start; and release it. */
void window_open(struct channel *ch);
void window_close(struct channel *ch);
/** May ${ch} take another entry by ${via}? */
bool window_room(const struct channel *ch, enum via via);
struct who *who_find(struct core *c, int64_t user);
struct who *who_get(struct core *c, int64_t user);
/** Forget ${w} if nothing rests on it any more. */
void who_put(struct core *c, struct who *w);
/** What is owed to ${w}: its own word, else what the store said. */
const struct behind *who_behind(const struct who *w, const struct behind *stored);
/** Make an entry for ${e} and queue it, or hold it behind the same follower's earlier ones. */
struct entry *window_add(struct channel *ch, enum via via, struct source *source, struct said *said,
    const struct edge *e);
/** Make an entry for an answer, which it takes over. */
void window_add_answer(struct channel *ch, struct answer *a);
/** Let the next held entry of ${w} go, or end it where the behind row owes it; may free ${w}. */
void window_advance(struct core *c, struct who *w);
/** The attempt on ${e} ended. */
void window_settle(struct entry *e, enum outcome o, const char *why, const char *foreign);
/** The channel lost its process or its peer: what was flying is ready again. */
void window_unfly(struct channel *ch);
/** Owe ${pos} and all after it to ${w} by a behind row, due at ${at}. */
void window_owe(
    struct who *w, int chan, int64_t pos, enum behind_reason reason, int64_t at, const char *code);
/** The entry with this id on ${ch}, flying; NULL. */
struct entry *window_flying(struct channel *ch, uint64_t id);
/** Take the first ready entry. */
struct entry *window_next(struct channel *ch);
/** The channel is away for long: put what is ready on another rung, or behind. */
void window_fall(struct channel *ch, struct tx *tx);
/** Release ${e}, whose end is committed. */
void entry_free(struct entry *e);

/* ---- lane.c */
/** Read lanes and jobs into the windows. */
void lane_fill(struct channel *ch, struct tx *tx);
/** Where lanes and jobs begin, at start. */
void lane_start(struct channel *ch, struct tx *tx);
/** The last position that the lane of ${follower} on ${chan} has read past it. */
int64_t lane_limit(struct core *c, int chan, int64_t follower);
/** Has the job of ${pos}, if there is one for this follower, passed it? */
bool job_passed(struct core *c, int chan, int64_t pos, int64_t follower);
/** The rung for ${user} now, as an edge with its channel's number; 0: none is up. */
int lane_rung(struct core *c, struct tx *tx, int64_t user, struct edge *e);

/* ---- catchup.c */
/** Read behind rows and answers that are due into the window. */
void catchup_fill(struct channel *ch, struct tx *tx);

/* ---- checkpoint.c */
/** Write what has been settled since the last one, unless one is being written. */
void checkpoint_write(struct core *c);
/** The disk was full: submit it again. */
void checkpoint_again(struct core *c);
/** Note what the next one writes. */
void checkpoint_dead(struct core *c, int64_t pos, int64_t follower, int chan, const char *code);
void checkpoint_receipt(
    struct core *c, const char *key, const char *foreign, int64_t pos, int64_t follower, int chan);
void checkpoint_bounce(
    struct core *c, const char *kind, const char *peer, int64_t follower, bool ok);

/* ---- link.c */
void link_start(struct channel *ch);
/** The process has ended. */
void link_reap(struct channel *ch);
/** Its socket is ready as ${revents} says. */
void link_ready(struct channel *ch, short revents);
/** Start, ping or kill what is due; milliseconds until the next is, or -1. */
int link_tick(struct channel *ch, int64_t now);
/** Hand over what is ready, as far as the channel wants it. */
void link_deliver(struct channel *ch);
void link_flush(struct channel *ch);
/** Ask the process to take leave; end it. */
void link_stop(struct channel *ch);
void link_kill(struct channel *ch);
void link_hook(struct channel *ch, uint64_t id, const struct hook *h);
void link_set_state(struct channel *ch, enum channel_state s, const char *why);
bool link_is_up(const struct channel *ch);
/** Has it been away for longer than patience? */
bool link_is_away(const struct channel *ch);

/* ---- fanout.c */
/** Give the fan-out thread something to do; from any thread. */
void fanout_errand(struct core *c, struct errand *e);
/** Run what was given; the fan-out thread does, and after its end core_stop(). */
void fanout_errands(struct core *c);
/** Tell it that there may be something new in the store; from any thread. */
void fanout_look(struct core *c);
/** What came in from ${ch}'s process; the verdict goes back when it is durable. */
void fanout_receive(struct channel *ch, uint64_t token, const struct inbound *in);
/** The network's later word on a delivery. */
void fanout_report(struct channel *ch, const char *key, enum outcome o, const char *why);
/** The channel is up: what waited for that is due. */
void fanout_wake(struct channel *ch);
/** The channel's process is gone: nobody answers its hooks. */
void fanout_hooks_gone(struct channel *ch);
/** The channel numbered ${chan}; NULL. */
struct channel *fanout_channel(struct core *c, int chan);
/** Take a hook's callback out of the table and call it. */
void fanout_hook_done(
    struct core *c, uint64_t id, unsigned status, const char *type, const char *body);
void *fanout_thread(void *core);
int64_t fanout_wall(void);

#endif
