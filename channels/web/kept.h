#ifndef HUDHUD_CHANNELS_WEB_KEPT_H
#define HUDHUD_CHANNELS_WEB_KEPT_H

#include "channels/web/cache.h"
#include "channels/web/web.h"

/*
 * Pages and feeds for who has not logged in, kept as the bytes that they are until what they show changes.  What
 * proves that a form is ours is another for each visitor: there a kept page has a hole.
 */

/** What a visit has to do with that; zeroed. */
struct kept {
	struct cache_entry *entry; /* it is to be made; NULL: it is not */
	int64_t at;
	int seconds; /* so long the answer is good, if nothing happens; 0: as long as others */
	struct change_set set;
	struct cache_waiter waiter;
	struct request *request; /* that waits */
};

/** A cache of ${bytes} for ${w}; kept_stop() ends it. */
void kept_start(struct web *w, size_t bytes);
void kept_stop(struct web *w);

/** Answer ${q} from it, now or later, or make what it asks for.  False: nothing of it is kept. */
bool kept_serve(struct web *w, struct request *q);
/** Is the answer of ${v}, if it is 200, wanted whole, to be kept? */
bool kept_wants(const struct visit *v);
/** The answer of ${v} is there, 200, of ${type}: answer with it and keep it, if that is wanted.  Takes ${body} over. */
bool kept_answer(struct visit *v, const char *type, struct buf *body);
#endif
