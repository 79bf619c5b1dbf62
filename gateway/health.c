/* How each channel and each node is, for the operator and /healthz; on any thread. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
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

const char *
core_store_trouble(struct core *c, int64_t *since)
{
	if ((*since = store_away_since(c->store)) != 0)
		return "the database is away";
	if ((*since = store_full_since(c->store)) != 0)
		return "the disk is full";
	return NULL;
}

/* Where another node has its connection, that one's word counts. */
static enum channel_state
state_of(const struct channel *ch)
{
	if (ch->kind->core != NULL)
		return CHANNEL_UP;
	if (ch->shown_paused)
		return CHANNEL_PAUSED;
	if (!ch->elsewhere)
		return ch->state;
	return ch->elsewhere_up ? CHANNEL_UP : CHANNEL_DOWN;
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
		h->state = state_of(ch);
		if (ch->elsewhere)
			mem_copy(h->at, sizeof(h->at), ch->elsewhere_at);
		h->error_at = ch->error_at;
		mem_copy(h->error, sizeof(h->error), ch->error);
		h->sent = meter_get(ch->meter, METER_DELIVERED) +
			  meter_get(ch->meter, METER_SUMMARIES) +
			  meter_get(ch->meter, METER_ANSWERS);
		h->deferred = meter_get(ch->meter, METER_DEFERRED);
		h->bounced = meter_get(ch->meter, METER_BOUNCED);
		h->restarts = (unsigned)meter_get(ch->meter, METER_ENDS);
		pthread_mutex_unlock(&c->lock);
	}
	if (store_read_end(tx) != STORE_OK)
		for (size_t i = 0; i < n; i++)
			out[i].waiting = -1;
	return n;
}

/* ---- nodes */

/* In words: a channel's name, and behind it the lanes where it has no one connection. */
static void
name_owned(
    const struct core *c, int64_t owner, const struct lease *l, size_t n, char *out, size_t size)
{
	struct buf b = { 0 };
	int last = 0;

	for (size_t i = 0; i < n; i++) {
		bool end = l[i].shard == SHARD_ENDPOINT;
		const char *name = core_chan_name(c, l[i].chan);

		if (l[i].owner != owner ||
		    (!end && lease_find(l, n, l[i].chan, SHARD_ENDPOINT) != NULL))
			continue;
		if (l[i].chan != last && name[0] != '\0')
			buf_printf(&b, "%s%s", b.len > 0 ? ", " : "", name);
		else if (l[i].chan != last)
			buf_printf(&b, "%schannel %d", b.len > 0 ? ", " : "", l[i].chan);
		if (!end)
			buf_printf(&b, " %d", l[i].shard);
		last = l[i].chan;
	}
	if (mem_copy(out, size, buf_text(&b)) == -1)
		mem_copy(out, size, "much");
	buf_free(&b);
}

size_t
core_nodes(struct core *c, struct node_health *out, size_t max)
{
	struct node_view *views = mem_new(NODES_MAX * sizeof(*views));
	struct lease *leases = mem_new(LEASES_MAX * sizeof(*leases));
	size_t leases_n = LEASES_MAX;
	size_t n = node_show(c->node, views, max < NODES_MAX ? max : NODES_MAX, leases, &leases_n);

	for (size_t i = 0; i < n; i++) {
		out[i] = (struct node_health){ .id = (uint64_t)views[i].node.id,
			.alive = views[i].alive,
			.here = views[i].here,
			.started = views[i].node.started,
			.seen = views[i].node.seen };
		mem_copy(out[i].name, sizeof(out[i].name), views[i].node.name);
		name_owned(c, views[i].node.id, leases, leases_n, out[i].owns, sizeof(out[i].owns));
	}
	free(leases);
	free(views);
	return n;
}
