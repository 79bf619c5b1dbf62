#ifndef HUDHUD_GATEWAY_RUNGS_H
#define HUDHUD_GATEWAY_RUNGS_H

#include "gateway/ladder.h"
#include "gateway/site.h"
#include "store/log.h"

/** What ladder_choose() wants to know, gathered from the store, the settings and the networks. */
struct rungs {
	struct user user;
	struct address address[LADDER_MAX];
	struct ladder_rung rung[LADDER_MAX];
	int64_t left_all[LADDER_MAX]; /* of the month's money that all have together */
	struct ladder_case c;         /* its class is to be set */
	const struct site *site;
};

/**
 * Gather the ladder of ${user} as it is at ${now}; ${up}(cookie, chan) says which channels can deliver (NULL:
 * all can).  False: there is no such user.  Give it back by rungs_put().
 */
bool rungs_get(struct tx *tx, const struct site *site, int64_t user, int64_t now,
    bool (*up)(void *cookie, int chan), void *cookie, struct rungs *r);
void rungs_put(struct rungs *r);

/** Where a thing of ${class} goes. */
void rungs_choose(struct rungs *r, enum owed_class class, struct ladder_choice *out);

/** At most so many a day may somebody wish for. */
#define RUNG_DAILY_MAX 999
/** Can an address of ${kind} have the conditions ${takes}?  Only some networks show who is there. */
bool rungs_can(const char *kind, unsigned takes);
/** Keep takes and daily of ${a}, which is their user's; then rungs_changed(). */
int rungs_set(struct tx *tx, const struct address *a);
/** ${user}'s ladder has another order, or other conditions: what they held may go now. */
int rungs_changed(struct tx *tx, int64_t user, int64_t now);

/** What an attempt by rung ${i} is to be counted for: its cap, or its price. */
bool rungs_counts(const struct rungs *r, int i);

/**
 * The same for what is at ${pos}, as it would go now; NULL: there is no such thing, or it is not for
 * ${user}.
 */
char *ladder_explain(struct tx *tx, const struct site *site, int64_t user, int64_t pos, int64_t now,
    const char *lang);

#endif
