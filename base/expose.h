#ifndef HUDHUD_BASE_EXPOSE_H
#define HUDHUD_BASE_EXPOSE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/histogram.h"

/*
 * Figures in the text form that Prometheus reads (version 0.0.4).  A family is announced once, and its
 * samples follow at once.  Numbers are exact decimals: nothing here depends on a locale or rounds.
 */

#define EXPOSE_TYPE "text/plain; version=0.0.4; charset=utf-8"

/** Announce the family ${name} of ${type} ("counter", "gauge", "histogram"). */
void expose_family(struct buf *out, const char *name, const char *type, const char *help);

/**
 * A sample of the family ${name}: ${v} / 10 to the power of ${decimals} (0 to 9).  ${labels} is a list
 * "name", "value", ... that ends with NULL, or NULL: none.  Values are escaped, and may be anything; what is no UTF-8
 * becomes "?".
 */
void expose_value(
    struct buf *out, const char *name, const char *const *labels, int64_t v, int decimals);

/** All samples of a histogram, in seconds; they fit each other, whatever is counted meanwhile. */
void expose_histogram(struct buf *out, const char *name, const char *const *labels,
    const struct histogram_bounds *b, const struct histogram_view *v);

#endif
