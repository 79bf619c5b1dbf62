#ifndef HUDHUD_STORE_HINT_H
#define HUDHUD_STORE_HINT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

/*
 * Processes on one store tell each other that there is something new, so that nobody need wait for the
 * next look.  A hint may be lost, late, or of nothing: whoever hears none must look all the same.  It has a
 * connection of its own, writes nothing, and waits for nothing.  One thread's alone.
 */
struct hint;

/** For the processes on ${s}; NULL where there is never more than one. */
struct hint *hint_open(struct store *s);
void hint_close(struct hint *h);

/** What poll() is to wait for; -1: nothing yet.  ${h} may be NULL here and below. */
int hint_fd(const struct hint *h, short *events);
/** Do what is due at ${now}, clock_ms(); true: another process has told something since. */
bool hint_turn(struct hint *h, int64_t now);
/** Something was committed: have the others told, by one of the next hint_turn(). */
void hint_tell(struct hint *h);
/** The milliseconds from ${now} until hint_turn() wants to be called, -1: only poll() knows. */
int hint_wait(const struct hint *h, int64_t now);

#endif
