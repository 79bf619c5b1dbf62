#ifndef HUDHUD_GATEWAY_WINDOW_H
#define HUDHUD_GATEWAY_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/channel.h"
#include "gateway/render.h"
#include "store/fanout.h"

/*
 * What is on its way, for the files of the fan-out thread: said.c (statuses in words), window.c
 * (what settling means), lane.c and catchup.c (who fills the window).
 *
 * Truth is in the store.  Memory holds a window on it: per channel at most ${window} copies that are
 * on their way or not yet committed, whoever put them there.
 */
#define WHO_BUCKETS 4096
#define SAID_BUCKETS 1024
#define TOLD_MAX 10 /* copies of a status that have a line of their own in the log */

struct audience_thing;
struct channel;
struct core;

/**
 * How many of jobs' copies a channel may have in its hands: enough to keep the peer busy, not so many
 * that what comes by a lane waits long behind them (pace.c).  As in TCP Vegas: what takes longer than
 * the fastest did was queueing.
 */
struct pace {
	unsigned flying, cap, most;
	unsigned left, n; /* of this round: still to settle, settled */
	unsigned rounds;  /* since the last probe */
	bool settled;     /* there was a queue, once */
	unsigned saved;   /* the cap from before the probe that is going on; 0 */
	int64_t sum;      /* microseconds of those settled in this round */
	int64_t fastest;  /* since the last probe, microseconds; 0: not known */
};

/** A status in words, once for all who get it; of those that many get, the log has the first few and a sum. */
struct said {
	struct said *chain; /* in its bucket */
	int refs;
	int64_t sent, taken_us; /* copies of lanes that arrived; accepted at, by clock_us(), or 0 */
	struct status status;   /* its text is owned */
	bool big;
	bool plain; /* no status but a word of the service's; nobody finds it by position */
	char *more; /* ... and what "more" brings then; owned */
	struct wording {
		struct wording *next;
		char lang[12];
		enum form form;
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
	struct said *said;           /* NULL for an answer */
	struct answer *answer;       /* owned; NULL for a status */
	const struct member *member; /* held; NULL for an answer */
	int64_t pos, follower;
	int64_t sent_us;
	enum outcome outcome; /* of an answer, when DONE */
	int tries;
	enum owed_class class; /* what the behind row takes it for; OWED_CLASSES: no matter */
	bool counts;           /* for a cap of its address */
	int64_t upto;          /* a summary of what is owed up to here; 0: no summary */
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
	bool changed;               /* the store has news of it: look again at what waits */
	unsigned spending; /* copies that count, and are in no checkpoint that is committed */
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
	bool saving;
	int64_t epoch; /* a lane's, of our owning it */
	int64_t sent;  /* a job's copies that arrived */
	struct edge_page page;
};

/* ---- said.c */
/** The status at ${pos}, held; NULL if there is none.  Give it back by said_release(). */
struct said *said_get(struct core *c, struct tx *tx, int64_t pos);
/**
 * What the service says itself, ${text}, about ${pos} and what follows; ${more} is what "more" brings then.  It takes
 * them over; held.
 */
struct said *said_plain(char *text, char *more, int64_t pos);
/** Read those of ${pos}[0..n) that nobody has read yet, OWED_MAX at most, in one query; 0 is none. */
void said_load(struct core *c, struct tx *tx, const int64_t *pos, size_t n);
void said_hold(struct said *s);
/** ${pos} was taken back: whoever has not been reached is not to be.  Does anybody hold it? */
bool said_gone(struct core *c, int64_t pos);
void said_release(struct said *s);
/** Its words for ${lang}, made once. */
const struct rendering *said_words(
    struct core *c, struct said *s, enum form form, const char *lang);
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
/** Where ${e} goes to, and in which language. */
const char *entry_peer(const struct entry *e);
const char *entry_lang(const struct entry *e);
/** Its key, the same over every retry. */
void entry_key(const struct entry *e, char key[64]);
/** Make an entry for ${e} and queue it, or hold it behind the same follower's earlier ones. */
struct entry *window_add(struct channel *ch, enum via via, struct source *source, struct said *said,
    const struct edge *e);
/**
 * Make an entry for an answer, which it takes over; ${said}: the delivery that it brings, or NULL.  It is
 * not ready yet.
 */
struct entry *window_add_answer(
    struct channel *ch, struct answer *a, struct said *said, int64_t follower);
/** Let the next held entry of ${w} go, or end it where the behind row owes it; may free ${w}. */
void window_advance(struct core *c, struct who *w);
/** ${e} may be handed over. */
void window_ready(struct entry *e);
/** ${e}, the first of its follower's, has ended: let the next one go. */
void window_leave(struct core *c, struct entry *e);
/** The attempt on ${e} ended. */
void window_settle(struct entry *e, enum outcome o, const char *why, const char *foreign);
/** The channel lost its process or its peer: what was flying is ready again. */
void window_unfly(struct channel *ch);
/** The entry with this id on ${ch}, flying; NULL. */
struct entry *window_flying(struct channel *ch, uint64_t id);
/**
 * Somebody (${all}: anybody; else those who are marked as changed) stopped, left, blocked or moved: take out
 * what has not been handed over and is not owed any more.
 */
void window_recheck(struct core *c, struct tx *tx, bool all);
/** Take the first ready entry: jobs' when there is no other. */
struct entry *window_next(struct channel *ch);
/** The one that window_next() would take; NULL. */
struct entry *window_peek(const struct channel *ch);
/** Forget what of lane ${shard} the channel does not have in its hands: it is owed.  Its cursors stand. */
void window_evict(struct channel *ch, int shard);
/** The lane that ${e} belongs to. */
int entry_shard(const struct entry *e);
/** The channel is away for long: put what is ready on another rung, or behind. */
void window_fall(struct channel *ch, struct tx *tx);
/** It is over: its end may be written. */
void entry_done(struct entry *e);
/** Release ${e}, whose end is committed. */
void entry_free(struct entry *e);

/* ---- pace.c */
/** Begin with a window of ${most} for jobs. */
void pace_begin(struct pace *p, unsigned most);
/** A copy that flew for ${us} was settled. */
void pace_settled(struct pace *p, int64_t us);

/** A cursor of another node's, as of one look: many rows wait for the same. */
struct far {
	uint64_t look; /* 0: nothing is known */
	int chan, shard;
	int64_t job;         /* the job of this status; 0: the lane */
	bool found;          /* there is one */
	int64_t at_pos, sub; /* up to where */
};
#define FAR_MAX 256

/* ---- lane.c */
/** Read lanes and jobs into the windows. */
void lane_fill(struct channel *ch, struct tx *tx);
/** Read what the jobs will want next, while others are busy with what they gave. */
void lane_ahead(struct channel *ch, struct tx *tx);
/** Begin to walk lane ${shard} and its jobs, where the store says; false: there is none. */
bool lane_start(struct channel *ch, struct tx *tx, int shard, int64_t epoch);
/** Leave it; nothing of it is in the window. */
void lane_stop(struct channel *ch, int shard);
/**
 * May a lane bring ${s} to ${e}, which edge_each() has given for it?  Of what repeats something,
 * ${thing} is what audience_of() says of it.
 */
bool lane_may_bring(
    struct tx *tx, struct audience_thing *thing, const struct status *s, const struct edge *e);
/**
 * The last position that the lane of ${follower} on ${chan} has read past it; where another node walks it,
 * has settled.
 */
int64_t lane_limit(struct core *c, struct tx *tx, int chan, int64_t follower);
/** Has the job of ${pos}, if there is one for this follower, passed it? */
bool job_passed(struct core *c, struct tx *tx, int chan, int64_t pos, int64_t follower);
/** The rung for ${user} now, as an edge with its channel's number; 0: none is up. */
int lane_rung(struct core *c, struct tx *tx, int64_t user, struct edge *e);

/* ---- catchup.c */
/** Read behind rows and answers that are due into the window. */
void catchup_fill(struct channel *ch, struct tx *tx);

#endif
