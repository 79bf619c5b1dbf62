#ifndef HUDHUD_TESTS_UNIT_SHARE_H
#define HUDHUD_TESTS_UNIT_SHARE_H

#include "store/node.h"

/* The channels of the tests: "phone" and "text" are shared, "jabber" and "mail" have an endpoint. */
enum { PHONE = 1, TEXT, JABBER, MAIL };
#define SHARED_LANES 8
#define LANES 4

static inline void
add_leases(struct lease *l, size_t *n)
{
	for (int chan = PHONE; chan <= MAIL; chan++) {
		if (chan >= JABBER)
			l[(*n)++] = (struct lease){ .chan = chan, .shard = SHARD_ENDPOINT };
		for (int i = 0; i < LANES; i++)
			l[(*n)++] = (struct lease){ .chan = chan, .shard = i };
	}
}

#endif
