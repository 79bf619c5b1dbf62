/*
 * A channel comes back while it is still to be written who waits for it: they are not left out, since the
 * store, which wakes the others, does not know of them yet.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "gateway/fanout.h"
#include "gateway/settle.h"
#include "tests/tap.h"

#define HERE 1
#define ELSEWHERE 2

static struct core core;
static struct channel channel = { .core = &core, .chan = HERE };

/* Somebody whose row on ${chan} is due in an hour, for ${reason}. */
static struct who *
somebody(int64_t user, int chan, enum behind_reason reason)
{
	struct who *w = who_get(&core, user);

	w->behind = (struct behind){ .follower = user,
		.chan = chan,
		.next = 1,
		.reason = reason,
		.next_at = clock_wall() + 3600 };
	return w;
}

static bool
is_due(const struct who *w)
{
	return w->behind.next_at <= clock_wall();
}

int
main(void)
{
	struct who *fresh = somebody(1, HERE, BEHIND_OFFLINE);
	struct who *saving = somebody(2, HERE, BEHIND_OFFLINE);
	struct who *refused = somebody(3, HERE, BEHIND_REFUSED);
	struct who *other = somebody(4, ELSEWHERE, BEHIND_OFFLINE);
	struct who *held = somebody(5, HERE, BEHIND_HELD);
	struct who *failed = somebody(6, HERE, BEHIND_FAILED);
	struct who *leaving = somebody(7, HERE, BEHIND_OFFLINE);
	struct who *again = somebody(8, HERE, BEHIND_REFUSED);

	fresh->touched = refused->touched = other->touched = held->touched = true;
	failed->touched = again->touched = true;
	saving->saving = leaving->saving = leaving->leaving = true;
	again->behind.attempts = 1;
	window_wake(&channel);
	ok(is_due(fresh) && fresh->touched, "whose row is to be written is due");
	ok(is_due(saving) && saving->touched, "whose row is just written is due by the next");
	ok(is_due(refused), "so is whom another channel has refused");
	ok(core.write_at != 0, "and all of that is to be written");
	ok(!is_due(other), "another channel is not back");
	ok(!is_due(held), "who is not there does not come by that");
	ok(!is_due(failed) && !is_due(again), "what failed waits out its time");
	ok(!is_due(leaving) && !leaving->touched, "what ends is not begun again");
	core.write_at = 0;
	window_wake(&channel);
	ok(core.write_at == 0, "once is enough");
	for (int64_t user = 1; user <= 8; user++)
		free(who_find(&core, user));
	return tap_done();
}
