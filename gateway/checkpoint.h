#ifndef HUDHUD_GATEWAY_CHECKPOINT_H
#define HUDHUD_GATEWAY_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

/* What the fan-out writes: cursors and exceptions in one transaction.  The fan-out thread's alone. */
struct core;

/**
 * Write what has been settled since the last one, unless one is being written.  Not ${now}: unless it
 * may wait for more to come.  Returns the milliseconds until it is due, or -1.
 */
int checkpoint_write(struct core *c, bool now);
/** The disk was full: submit it again. */
void checkpoint_again(struct core *c);
/** Forget what is to be written, and what the committer has given back. */
void checkpoint_forget(struct core *c);
/*
 * What was settled may wait so long for more, so that one sync serves many.  Also where a copy costs money:
 * a crash repeats what flies, too, and that is more.
 */
#define GATHER_MS 25
/** There is something to write, within ${wait} milliseconds. */
void checkpoint_dirty(struct core *c, int wait);
/** Note what the next one writes. */
void checkpoint_dead(struct core *c, int64_t pos, int64_t follower, int chan, const char *code);
void checkpoint_receipt(
    struct core *c, int64_t pos, int64_t follower, int chan, const char *foreign);
/** Who sends "more" from ${peer} gets ${body} (copied). */
void checkpoint_more(struct core *c, const char *kind, const char *peer, const char *body);
/** One more to ${peer} arrived, which cost ${cost}; ${follower} 0: of whoever has that address. */
void checkpoint_spend(
    struct core *c, const char *kind, const char *peer, int64_t follower, int chan, int64_t cost);
void checkpoint_bounce(
    struct core *c, const char *kind, const char *peer, int64_t follower, bool ok);

#endif
