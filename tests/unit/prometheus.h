#ifndef HUDHUD_TESTS_UNIT_PROMETHEUS_H
#define HUDHUD_TESTS_UNIT_PROMETHEUS_H

#include <stdbool.h>

/*
 * A reader of the text format 0.0.4 that forgives nothing: each family announced once, with help and type, its
 * samples behind it and nowhere else, no series twice, names and escapes as they must be, counters called _total, the
 * buckets of a histogram ascending and ending with +Inf, which is its count.
 */

/** NULL if ${text} is well made, or what is wrong with it; that is good until the next call. */
const char *prometheus_fault(const char *text);

/** The value of the series ${series}, written as in ${text}; -1: there is none. */
double prometheus_value(const char *text, const char *series);

#endif
