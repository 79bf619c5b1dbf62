#ifndef HUDHUD_BASE_BELL_H
#define HUDHUD_BASE_BELL_H

#include <stdbool.h>

/*
 * A bell wakes one thread.  It carries no data: whoever hears it looks in
 * the store for work.  Rings that nobody has heard yet count as one, and a
 * lost ring costs a delay, never a message.
 */
struct bell;

/** Make a bell; NULL on error. */
struct bell *bell_new(void);

/** Ring ${b}, from any thread or signal handler; never blocks. */
void bell_ring(struct bell *b);

/** Return the descriptor that polls readable once ${b} has been rung. */
int bell_fd(const struct bell *b);

/** Silence ${b}, and tell whether it had been rung. */
bool bell_heard(struct bell *b);

/**
 * Wait until ${b} is rung, ${fd} (if not -1) is readable, or ${ms}
 * milliseconds have passed.  Leaves ${b} ringing.
 */
void bell_wait(struct bell *b, int fd, int ms);

/** Free ${b}; NULL is fine. */
void bell_free(struct bell *b);

#endif
