/* How each channel is, for the operator and /healthz; on any thread. */
#include "base/mem.h"
#include "gateway/fanout.h"

#define WAITING_MAX 10000 /* of copies in lanes, which are counted one by one */

/* What ${chan} owes: behind rows, answers, and what its cursors have before them. */
static int64_t
count_waiting(struct tx *tx, int chan, int64_t *oldest)
{
	int64_t n, at[3];

	n = behind_count(tx, chan, &at[0]) + answer_count(tx, chan, &at[1]) +
	    lane_waiting(tx, chan, WAITING_MAX, &at[2]);
	*oldest = 0;
	for (int i = 0; i < 3; i++)
		if (at[i] != 0 && (*oldest == 0 || at[i] < *oldest))
			*oldest = at[i];
	return n;
}

size_t
core_health(struct core *c, struct health *out, size_t max)
{
	struct tx *tx = store_read(c->store);
	size_t n = c->n < max ? c->n : max;

	for (size_t i = 0; i < n; i++) {
		const struct channel *ch = &c->channels[i];
		struct health *h = &out[i];

		*h = (struct health){ .state = CHANNEL_UP };
		mem_copy(h->name, sizeof(h->name), ch->name);
		mem_copy(h->kind, sizeof(h->kind), ch->kind->name);
		if (ch->kind->core == NULL)
			h->waiting = count_waiting(tx, ch->chan, &h->oldest);
		pthread_mutex_lock(&c->lock);
		if (ch->kind->core == NULL)
			h->state = ch->shown_paused ? CHANNEL_PAUSED : ch->state;
		mem_copy(h->error, sizeof(h->error), ch->error);
		h->sent = atomic_load(&ch->settled[SENT]);
		h->deferred = atomic_load(&ch->settled[DEFER]);
		h->bounced = atomic_load(&ch->settled[BOUNCE]);
		h->restarts = ch->restarts;
		pthread_mutex_unlock(&c->lock);
	}
	if (store_read_end(tx) != STORE_OK)
		for (size_t i = 0; i < n; i++)
			out[i].waiting = -1;
	return n;
}
