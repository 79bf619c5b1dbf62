#ifndef HUDHUD_TESTS_UNIT_VISIBLE_ASK_H
#define HUDHUD_TESTS_UNIT_VISIBLE_ASK_H

#include "gateway/site.h"
#include "tests/unit/visible_world.h"

enum output {
	ASK_ONE,
	ASK_LANE,
	ASK_OWED,
	ASK_PUBLIC,
	ASK_HOME,
	ASK_REPLIES,
	ASK_DIRECTS,
	ASK_FAVOURITES,
	ASK_PROFILE,
	ASK_STATUS,
	ASK_FEED,
	ASK_FEED_PUBLIC,
	ASK_FEED_HOME,
	ASK_GONE,
	ASK_GET,
	ASK_TRACE,
	ASKED
};
extern const char *const outputs[ASKED]; /* in words */
/** Of all that was asked: seen and not to be, or the other way round; rightly seen; rightly not. */
extern long wrong[ASKED], given[ASKED], withheld[ASKED];

/** Ask the outputs what somebody in ${w}, the ${n}th world, sees; the people's home is ${chan}. */
void ask_all(struct tx *tx, const struct world *w, int chan, const struct site *site, int n);

#endif
