#ifndef HUDHUD_CHANNELS_WEB_OPERATOR_H
#define HUDHUD_CHANNELS_WEB_OPERATOR_H

#include "channels/web/web.h"

/* What the files of the operator's page share. */

/** Is the visitor an operator? */
bool operator_is(const struct visit *v);

/** ${name} of ${w} is ${n}, as people write it. */
void operator_number(const struct visit *v, struct view *w, const char *name, int64_t n);

/** ${name} of ${w} is so long a time, for pages/span.html. */
void operator_span(const struct visit *v, struct view *w, const char *name, int64_t us);

/** Add the charts of the last hour or day, of all channels ${h}[0..n) or of one, as the query says, to the visit's view. */
void operator_charts(struct visit *v, const struct health *h, size_t n);

#endif
