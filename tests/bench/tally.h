#ifndef HUDHUD_TESTS_BENCH_TALLY_H
#define HUDHUD_TESTS_BENCH_TALLY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * What arrived at a sink: one record of 16 bytes a delivery, looked at when the run is over, so that the
 * sink stays fast.  A status of the benchmark says "bench-SEQ-MICROSECONDS-": its number, and when
 * its author sent it by the clock that only grows, which all processes of a machine share.
 */

/** Read the clock: what is noted from now on arrived now. */
void tally_clock(void);
/** Note that ${text}[0..n) came for the follower ${who}.  Return 0, or -1 if it is no status of ours. */
int tally_note(uint32_t who, const char *text, size_t n);
/** Note something that is no status: an answer, say. */
void tally_other(void);
/** How many have been noted since tally_reset(): of the status ${seq} alone, if tally_watch() named one. */
size_t tally_count(void);
/** Count that status alone from now on, or all (0). */
void tally_watch(uint32_t seq);
/** Forget all; room for ${expected} at once. */
void tally_reset(size_t expected);
/** Write what is known of the statuses numbered ${lo} to ${hi} to ${out}, as a line of JSON. */
void tally_report(FILE *out, uint32_t lo, uint32_t hi);

/** The decimal number at ${*p} before ${end}; moves ${*p} behind it. */
uint64_t tally_number(const char **p, const char *end);

#endif
