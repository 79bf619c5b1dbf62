#ifndef HUDHUD_GATEWAY_SETTLE_H
#define HUDHUD_GATEWAY_SETTLE_H

#include "gateway/window.h"

/* What the end of an attempt means, and what becomes of behind rows. */

/** The attempt on ${e} ended so: what that means for its follower's behind row, and for what is counted. */
void settle_entry(struct entry *e, enum outcome o, const char *why, const char *foreign);
/** Owe ${pos} and all after it to ${w} by a behind row, due at ${at}. */
void window_owe(
    struct who *w, int chan, int64_t pos, enum behind_reason reason, int64_t at, const char *code);
/** All of ${class} (OWED_CLASSES: of any) up to ${pos} is done. */
void row_done(struct behind *b, enum owed_class class, int64_t pos);
/** The row begins with what is first of all classes. */
void row_first(struct behind *b);
/**
 * The channel is up again: of those whose behind row memory is still to write, or just writes, who waits for
 * that is due.  behind_wake() is for what the store has.
 */
void window_wake(struct channel *ch);

#endif
