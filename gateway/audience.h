#ifndef HUDHUD_GATEWAY_AUDIENCE_H
#define HUDHUD_GATEWAY_AUDIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/log.h"

/** What is known of one status and one pair of eyes. */
struct audience {
	int64_t viewer; /* user; 0: anybody */
	int64_t author;
	int64_t to; /* the user a direct message is for; 0: a status */
	bool author_protected;
	bool follows;   /* viewer follows author, accepted */
	bool addressed; /* the status mentions or answers the viewer */
	bool blocked;   /* one has blocked the other */
	bool deleted;
	bool suspended; /* the author is */
};

/** May the viewer see it?  Pure; every output asks this and nothing else. */
bool audience_may(const struct audience *a);

/** Gather what audience_may() needs and ask it; ${viewer} 0 is anybody. */
bool audience_sees(struct tx *tx, int64_t viewer, const struct status *s);

#endif
