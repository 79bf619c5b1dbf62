#ifndef HUDHUD_STORE_FANOUT_H
#define HUDHUD_STORE_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/log.h"
#include "store/owed.h"
#include "store/roster.h"

/*
 * Lanes, jobs, behind, dead, receipts and answers: docs/MESSAGE.md tells the whole story.
 * A follower belongs to shard (id % SHARDS); a lane is one per (channel, shard).
 */
#define SHARDS 4
/** A set of shards: bit (1 << shard). */
#define ALL_SHARDS ((1u << SHARDS) - 1)

enum behind_reason {
	BEHIND_FAILED = 1,
	BEHIND_OFFLINE,
	BEHIND_ADDRESSED,
	BEHIND_SWITCHED,
	BEHIND_QUIET, /* they sleep */
	BEHIND_HELD, /* no address takes it now: they are not there, had enough, have no money left */
	BEHIND_REFUSED /* the channel ${fell} has refused what is at ${next} for good */
};

/** Everything since ${next} is still owed to ${follower}; at most one per follower. */
struct behind {
	int64_t follower;
	int chan;                   /* where it is waiting, for the operator */
	int64_t next;               /* first position owed */
	int64_t done[OWED_CLASSES]; /* but what of this class is before this position */
	enum behind_reason reason;
	int attempts;     /* that failed in a row */
	int64_t tried;    /* when the first of those was */
	int fell;         /* it fell from this channel; 0 */
	int64_t fell_at;  /* ... then */
	int64_t next_at;  /* wall seconds; try no sooner */
	int64_t first_at; /* when it began */
	char code[80];    /* why the last attempt failed */
	int64_t version;  /* grows when something else becomes owed */
};

/** A cursor: everything at or before (pos, sub) is settled.  sub INT64_MAX: all of pos. */
struct lane {
	int chan;
	int shard;
	int64_t pos;
	int64_t sub;
};

/** A status that left the lanes: one row per (channel, shard). */
struct job {
	int64_t pos;
	int64_t author;
	int chan;
	int shard;
	int64_t sub;
};

/** One follower that a status goes to. */
struct edge {
	int64_t follower;
	const struct member *member; /* the roster's; its peer is "" if the address has gone */
	struct behind behind;        /* next is 0 if there is none */
};

/** Jobs after (${pos}, ${shard}) of ${chan}, in that order, at most ${limit}. */
size_t job_load(struct tx *tx, int chan, int64_t pos, int shard, struct job *out, size_t limit);

/** One lane, or the job of ${pos} on it, into ${out}; false if there is none. */
bool lane_get(struct tx *tx, int chan, int shard, struct lane *out);
bool job_get(struct tx *tx, int chan, int64_t pos, int shard, struct job *out);

/** The position of the first job on ${chan} that has not passed ${follower}; INT64_MAX: there is none. */
int64_t job_before(struct tx *tx, int chan, int64_t follower);

/**
 * How many copies lanes and jobs of ${chan} still have before them, and when the oldest was said (0:
 * none).  Counting ends at about ${limit}: it costs a step for each.
 */
int64_t lane_waiting(struct tx *tx, int chan, int64_t limit, int64_t *oldest);

/** Is ${s} a status that lanes must leave to jobs? */
bool status_is_big(struct tx *tx, int64_t pos);

/** Does any job of ${pos} still run? */
bool status_is_going(struct tx *tx, int64_t pos);

#define EDGE_PAGE 1024
/**
 * What a walk has read and not given yet; begins as all 0.  In a later snapshot it is as good as read there, since
 * whatever changes it is told to the roster, and then it is read anew.
 */
struct edge_page {
	int64_t pos, after; /* the walk it is for */
	int64_t seen;       /* as the roster was */
	size_t n, at;       /* read; of these given */
	bool last;          /* there are no more */
	int64_t ids[EDGE_PAGE];
};

/**
 * Call ${each} for active followers of ${author} that want all, whose home is ${chan} and shard ${shard},
 * with an id above *${after}, who followed before ${pos} was said; in id order, until it returns false or
 * ${limit} were given.  *${after} is moved behind each that is over: given to ${each}, which returned
 * true, or left out: blocks, and who is suspended.  Returns how many that were: fewer than the limit
 * means that there are no more.  ${page} belongs to the walk.
 */
size_t edge_each(struct tx *tx, struct roster *r, int64_t author, int chan, int shard, int64_t pos,
    int64_t *after, size_t limit, struct edge_page *page,
    bool (*each)(void *cookie, const struct edge *e), void *cookie);

/** Read into ${page}, and what the roster does not know of them, what edge_each() would give next. */
void edge_ahead(struct tx *tx, struct roster *r, int64_t author, int chan, int shard, int64_t pos,
    int64_t after, struct edge_page *page);

/** The follower ${user} as an edge by its address on ${chan}; false if it has none there. */
bool edge_get(struct tx *tx, struct roster *r, int64_t user, int chan, struct edge *e);

/**
 * Behind rows of followers of ${shards}, due at ${now} (wall), that wait on ${chan}, the longest due first, at
 * most ${limit}: those that come after ${after}, which was such a row once; NULL: from the first.  *${soonest} is
 * when the next that is not due yet will be, or 0.
 */
size_t behind_due(struct tx *tx, int chan, unsigned shards, int64_t now, const struct behind *after,
    struct behind *out, size_t limit, int64_t *soonest);
bool behind_get(struct tx *tx, int64_t follower, struct behind *b);
/** May it be that it waits for nothing but its channel? */
bool behind_awaits(const struct behind *b);
/** Make those that wait on ${chan} for that due now, at most ${limit}; return how many. */
int behind_wake(struct tx *tx, int chan, int64_t now, int limit);
/** Something happened that may give ${follower} what is held (BEHIND_HELD, BEHIND_QUIET): due at ${now}. */
int behind_loosen(struct tx *tx, int64_t follower, int64_t now);
/** How many wait on ${chan}, and since when the oldest. */
int64_t behind_count(struct tx *tx, int chan, int64_t *oldest);

/** Does ${b} owe what is at ${pos}, and of ${class} to its follower? */
bool behind_owes(const struct behind *b, enum owed_class class, int64_t pos);

/* ---- what the fan-out writes, in one transaction a checkpoint */
int lane_move(struct tx *tx, const struct lane *l);
int job_move(struct tx *tx, const struct job *j);
int job_end(struct tx *tx, const struct job *j);
/**
 * Write or overwrite a behind row, keeping version; ${b}->chan 0 leaves it on its channel, a new one on
 * the follower's home (without a home nothing is written).  If it went back or changed channel by
 * another hand since ${b}->version, it is left as it is, or goes further back.
 */
int behind_put(struct tx *tx, const struct behind *b);
/** Nothing is owed any more: remove it, if its version is still ${b}->version; else set next and return 1. */
int behind_end(struct tx *tx, const struct behind *b);
/** Both for many, each of another follower: behind_end() where it is ${leaving}. */
struct behind_note {
	struct behind behind;
	bool leaving;
	bool kept; /* out: what behind_end() has returned 1 for */
};
int behind_save(struct tx *tx, struct behind_note *notes, size_t n);
/** ${follower} will not get ${pos}: ${code} says why. */
int dead_add(struct tx *tx, int64_t pos, int64_t follower, int chan, const char *code, int64_t now);
/**
 * ${chan} says later that ${pos} did not reach ${follower}: dead, if it can have brought it there at
 * all; else nothing.  Returns 1 if it is.
 */
int dead_report(
    struct tx *tx, int64_t pos, int64_t follower, int chan, const char *code, int64_t now);
/** An address bounced (${ok} false) or took a delivery; returns bounces in a row. */
int address_outcome(struct tx *tx, const char *kind, const char *peer, bool ok);

struct dead {
	int64_t id;
	int64_t pos, follower;
	int chan;
	char code[80];
	int64_t at;
};
void dead_each(
    struct tx *tx, int64_t after, bool (*each)(void *cookie, const struct dead *d), void *cookie);
/** ${follower} got ${pos} after all, or will: forget that it is dead. */
int dead_forget(struct tx *tx, int64_t pos, int64_t follower);
/** Owe it again (behind from its position) or forget it.  STORE_FAILED: no such row. */
int dead_retry(struct tx *tx, int64_t id, int64_t now);
int dead_drop(struct tx *tx, int64_t id);

/*
 * ---- receipts: what became of texts that cost money.  A cursor that has passed a copy says that it was sent;
 * rows are for those that no cursor tells of, and for what the network reports.
 */
enum receipt_state { RECEIPT_SENT = 1, RECEIPT_DELIVERED, RECEIPT_FAILED };
/** Note a text sent by ${chan}: ${foreign} is the peer's id. */
int receipt_add(
    struct tx *tx, int64_t pos, int64_t follower, int chan, const char *foreign, int64_t now);
/** Move it on; never back from DELIVERED; an unknown one is no error (returns 0; 1 if it moved). */
int receipt_move(struct tx *tx, int64_t pos, int64_t follower, enum receipt_state s, int64_t now);
/** The same as ${chan} reports it: where there is none, it is made, if ${chan} can have sent that. */
int receipt_report(
    struct tx *tx, int64_t pos, int64_t follower, int chan, enum receipt_state s, int64_t now);

/* ---- answers: what the service says to one address */
struct answer {
	int64_t id;
	int chan;
	char kind[12];
	char peer[PEER_MAX + 1];
	char lang[12];
	char *text; /* the caller's to free */
	char *
	    foreign; /* the peer's id of what is answered; the caller's to free.  "=" and a delivery's key:
			  it is no answer but that delivery, brought here for once */
	int attempts;
	int64_t at, next_at;
};
/** Queue one; sets ${a}->id.  More than 100 waiting for one peer: STORE_FAILED. */
int answer_add(struct tx *tx, struct answer *a);
/** Was there ever an answer ${id}? */
bool answer_was(struct tx *tx, int64_t id);
/** Those due whose ids are of ${shards} and above ${after_id}, in their order; as behind_due(). */
size_t answer_due(struct tx *tx, int chan, unsigned shards, int64_t now, int64_t after_id,
    struct answer *out, size_t limit, int64_t *soonest);
/** How many wait for ${chan}, and since when the oldest (0: none). */
int64_t answer_count(struct tx *tx, int chan, int64_t *oldest);
/** Is it still waiting? */
bool answer_waits(struct tx *tx, int64_t id);
int answer_end(struct tx *tx, int64_t id);
int answer_defer(struct tx *tx, int64_t id, int attempts, int64_t next_at);

/* ---- for the operator */
/** One delivery of a status, as far as the record tells. */
struct trace {
	int64_t user;
	char follower[USER_NAME_MAX + 1];
	int chan;
	enum { TRACE_SETTLED, TRACE_WAITING, TRACE_BEHIND, TRACE_DEAD } what;
	enum receipt_state receipt; /* 0: none kept */
	int attempts;
	char code[80];
};
/** Every delivery of ${pos}.  STORE_FAILED: no such status. */
int trace_each(
    struct tx *tx, int64_t pos, bool (*each)(void *cookie, const struct trace *t), void *cookie);

#endif
