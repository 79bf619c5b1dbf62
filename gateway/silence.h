#ifndef HUDHUD_GATEWAY_SILENCE_H
#define HUDHUD_GATEWAY_SILENCE_H

#include "gateway/command.h"

/*
 * Numbers are given to somebody else when they were not used for long.  One that says nothing for half
 * a year is asked whose it is; without an answer nothing goes there any more, and whoever writes from
 * it must show who they are.
 */

/** Is ${a} a number that failed, or was put on hold, after so long a silence? */
bool silence_is_held(const struct address *a, int64_t now);

/** Is ${a} no number, and its user's: what comes from there shows who they are? */
bool silence_is_proof(const struct address *a);
/** Can ${user} show in another way than by a number who they are? */
bool silence_elsewhere(struct tx *tx, int64_t user);
/** The same, or by a PIN. */
bool silence_guarded(struct tx *tx, int64_t user);

/** Something came from ${a}->address, and from its user: alert the others if that is strange, and note it. */
void silence_heard(struct act *a);

/** What was sent to ${user}'s address (${kind}, ${peer}) came back, and nothing goes there now: tell them elsewhere. */
void silence_failed(struct tx *tx, const struct site *site, int64_t now, int64_t user,
    const char *kind, const char *peer);

/**
 * A store_fn, for once in a while: ask and hold those whose time has come, a hundred each, once an hour
 * whoever calls it.  ${arg} is a struct silence_job.
 */
int silence_run(struct tx *tx, void *arg);
struct silence_job {
	const struct site *site;
	int64_t now;
};

#endif
