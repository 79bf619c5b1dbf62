/*
 * Who tracks words gets what has them: where anybody does, the committer looks through what is new
 * (track.c), some at a time, on the node that has the first of the lanes.
 */
#include "gateway/tracking.h"

#include <stdlib.h>

#include "base/mem.h"
#include "gateway/fanout.h"
#include "gateway/track.h"

struct errand_of {
	struct store_job job;
	struct core *core;
	bool more;
};

static int
run(struct tx *tx, void *arg)
{
	return track_run(tx, &((struct errand_of *)arg)->more);
}

static void
done(struct store_job *job, int result)
{
	struct errand_of *e = job->arg;
	struct core *c = e->core;

	/* not all, or it could not be written */
	if (result < 0 || e->more)
		atomic_store(&c->tracking.again, true);
	atomic_store(&c->tracking.running, false);
	if (result >= 0)
		fanout_look(c);
	free(e);
}

static void
submit(struct core *c)
{
	struct errand_of *e = mem_new(sizeof(*e));

	e->core = c;
	e->job = (struct store_job){ .run = run, .arg = e, .done = done };
	atomic_store(&c->tracking.running, true);
	store_submit(c->store, &e->job);
}

/* Of the nodes that have the channel of the lowest number, one has its first lane. */
static bool
is_ours(const struct core *c)
{
	const struct channel *first = NULL;

	for (size_t i = 0; i < c->n; i++)
		if (c->channels[i].kind->core == NULL &&
		    (first == NULL || c->channels[i].chan < first->chan))
			first = &c->channels[i];
	return first != NULL && (first->owned & 1) != 0;
}

void
tracking_turn(struct core *c, struct tx *tx)
{
	struct tracking *t = &c->tracking;

	/* Whoever begins to track has changed, as far as the roster knows. */
	if (t->seen != roster_seen(c->roster) + 1) {
		t->seen = roster_seen(c->roster) + 1;
		t->any = track_any(tx);
	}
	if (atomic_load(&t->running) || !t->any || !is_ours(c))
		return;
	if (!atomic_exchange(&t->again, false) && c->head <= t->given)
		return;
	t->given = c->head;
	submit(c);
}
