#ifndef HUDHUD_GATEWAY_LADDER_H
#define HUDHUD_GATEWAY_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/zone.h"
#include "gateway/channel.h"
#include "store/fanout.h"
#include "store/people.h"

/*
 * Where a thing goes: a person's addresses in their order, each with conditions.  ladder_choose() is
 * pure; rungs.h gathers what it wants to know.
 */

/** More addresses than anybody has; what is beyond is never a rung. */
#define LADDER_MAX 32

/** One address, as it is just now. */
struct ladder_rung {
	int chan; /* 0: no channel serves it */
	enum address_state state;
	unsigned takes; /* of enum rung_when */
	int daily;      /* at most so many a day; 0: any number */
	int today;      /* of those it had */
	bool up;        /* its channel can deliver */
	enum presence presence;
	int64_t cost;    /* of one more copy, in thousandths; 0: nothing */
	int64_t left;    /* of this month's money for its channel */
	int64_t failing; /* attempts on it have failed since, wall seconds; 0: none has */
	bool refused;    /* it has refused this very thing for good */
};

/** All that is asked. */
struct ladder_case {
	enum owed_class class;
	int64_t now;              /* wall seconds */
	const struct zone *zone;  /* where the person lives; NULL: UTC */
	int quiet_from, quiet_to; /* minutes after midnight there; equal: no quiet hours */
	int64_t
	    quiet_until; /* nothing before then, by their own hand; negative: no hours before -it */
	int64_t fall;    /* seconds that an address may fail before the next has its turn */
	const struct ladder_rung *rung;
	size_t n; /* LADDER_MAX at most */
};

/** Why a rung does not take a thing. */
enum ladder_reason {
	LADDER_TAKES,
	LADDER_BELOW, /* it would, and another is before it */
	/* never, as things are set */
	LADDER_UNSERVED,  /* no channel */
	LADDER_PENDING,   /* it has not been verified */
	LADDER_OFF,       /* paused */
	LADDER_STOPPED,   /* opted out */
	LADDER_BROKEN,    /* it failed again and again */
	LADDER_WRITES,    /* they only write from there */
	LADDER_NO_STATUS, /* only what is addressed to them */
	LADDER_NO_PUBLIC, /* only direct messages */
	LADDER_REFUSED,   /* this thing, for good */
	/* not now */
	LADDER_QUIET,
	LADDER_DOWN,   /* the channel is away */
	LADDER_ABSENT, /* they are not there */
	LADDER_BUSY,   /* they are not to be disturbed */
	LADDER_ENOUGH, /* so many today */
	LADDER_SPENT,  /* no money left */
	LADDER_FAILING /* for longer than the others must wait */
};

#define LADDER_HOLD (-1) /* a rung will take it, and none does now */
#define LADDER_NONE (-2) /* no rung ever takes such a thing */
#define LADDER_EVENT INT64_MAX

struct ladder_choice {
	int rung; /* its index, or one of the above */
	int park; /* held: the first rung whose channel is away, else the first that may take it later */
	int64_t until; /* held: ask again then, or (LADDER_EVENT) when something happens */
	enum ladder_reason why[LADDER_MAX];
};

/**
 * Choose for ${c}: the first rung whose conditions all hold; else the first that is only failing; else
 * hold, or none.  Always an answer, for the same ${c} the same; no memory is taken.
 */
void ladder_choose(const struct ladder_case *c, struct ladder_choice *out);

/** When the quiet of ${c} ends: hours, or by hand; ${c}->now where there is none. */
int64_t ladder_quiet_ends(const struct ladder_case *c);

/** Does a rung that gave ${r} never take such a thing, as things are set? */
bool ladder_never(enum ladder_reason r);

/** ${r} for people, to be translated: "{kind}: ..." */
const char *ladder_reason_text(enum ladder_reason r);

/** ${r} for the operator, in English. */
const char *ladder_reason_word(enum ladder_reason r);

/**
 * Where the service itself speaks to somebody: the first of ${a}[0..n), in ladder order, that is verified, may
 * be sent to, and whose channel ${up}(cookie, chan) says can deliver; NULL ${up}: any configured one.
 * Return its index, or -1.  Pure.
 */
int ladder_pick(
    const struct address *a, size_t n, bool (*up)(void *cookie, int chan), void *cookie);

/**
 * After a change of ${user}'s addresses, wishes or presence: let the channel of the first rung that takes
 * statuses carry what it follows, and note which takes what is addressed to it.
 */
int ladder_settle(struct tx *tx, int64_t user);

#endif
