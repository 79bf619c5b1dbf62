/* How a core becomes one of the nodes of its store, with its channels. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/fanout.h"

static int
register_channels(struct tx *tx, void *arg)
{
	struct core *c = arg;
	const char *names[CHANNELS_MAX], *kinds[CHANNELS_MAX];
	int ids[CHANNELS_MAX], rc;

	for (size_t i = 0; i < c->n; i++) {
		names[i] = c->channels[i].name;
		kinds[i] = c->channels[i].kind->name;
	}
	store_secret(tx, c->secret);
	rc = node_enter(tx, c->node);
	if (rc >= 0)
		rc = channels_register(tx, names, kinds, c->n, ids);
	for (size_t i = 0; rc >= 0 && i < c->n; i++) {
		c->channels[i].chan = ids[i];
		if (c->channels[i].kind->core == NULL)
			rc = node_offer(tx, c->node, ids[i], c->channels[i].kind->once);
	}
	return rc >= 0 ? node_settle(tx, c->node) : rc;
}

static void
ring(void *core)
{
	bell_ring(((struct core *)core)->bell);
}

int
core_join(struct core *c, const struct conf_section *top)
{
	char *path = mem_printf("%s/node", conf_text(top, "state"));
	int64_t begun = clock_boot();
	int rc;

	c->node = node_new(
	    c->store, conf_text(top, "node"), store_is_alone(c->store) ? NULL : path, ring, c);
	free(path);
	store_known_as(c->store, node_id(c->node));
	rc = store_write(c->store, register_channels, c);
	if (rc >= 0)
		node_joined(c->node, begun, clock_boot());
	for (size_t i = 0; rc >= 0 && i < c->n; i++) {
		struct channel *ch = &c->channels[i];

		ch->paused = ch->shown_paused = node_is_paused(c->node, ch->chan);
		if (ch->paused)
			log_info("channel %s is paused by the operator", ch->name);
	}
	return rc >= 0 ? 0 : -1;
}
