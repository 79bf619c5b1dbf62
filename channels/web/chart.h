#ifndef HUDHUD_CHANNELS_WEB_CHART_H
#define HUDHUD_CHANNELS_WEB_CHART_H

#include <stddef.h>
#include <stdint.h>

#include "channels/web/view.h"

/*
 * Lines over time, for pages/chart.html: pure.  What they mean is told by the page's words and a table; they are
 * drawn in a field of CHART_WIDTH by CHART_HEIGHT, the earliest at its left in every language, as clocks and
 * monitoring have it.
 */
#define CHART_WIDTH 600
#define CHART_HEIGHT 120

/** A number not below ${most}, 1 at least, that people take for round: 1, 2 or 5 and zeros. */
int64_t chart_round(int64_t most);

/** The highest of ${v}[0..n); 0: none is known. */
int64_t chart_most(const int64_t *v, size_t n);

/**
 * Add ${v}[0..n) to the list "lines" of ${w}, each with "class", ${class}, and "points": -1 is not known and
 * leaves a gap.  ${top} is the field's upper end, not 0.
 */
void chart_line(struct view *w, const char *class, const int64_t *v, size_t n, int64_t top);

#endif
