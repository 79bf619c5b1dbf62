#include "gateway/tracking.h"

#include "store/roster.h"
#include "store/track.h"

void
tracking_turn(struct tracking *t, struct tx *tx, const struct roster *r)
{
	/* Whoever begins or ends to track has changed. */
	if (t->seen == roster_seen(r) + 1)
		return;
	t->seen = roster_seen(r) + 1;
	atomic_store(&t->any, track_any(tx));
}
