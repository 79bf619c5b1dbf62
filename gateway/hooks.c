/* Callbacks from outside that a channel's process has to answer. */
#include <stdlib.h>

#include "gateway/fanout.h"

static void
hook_end(
    struct core *c, struct pending_hook **at, unsigned status, const char *type, const char *body)
{
	struct pending_hook *h = *at;

	*at = h->next;
	c->hooks_n--;
	h->done(h->cookie, status, type, body);
	free(h);
}

void
fanout_hook_done(struct core *c, uint64_t id, unsigned status, const char *type, const char *body)
{
	for (struct pending_hook **at = &c->hooks; *at != NULL; at = &(*at)->next)
		if ((*at)->id == id) {
			hook_end(c, at, status, type, body);
			return;
		}
}

struct pending_hook *
fanout_hook_take(struct channel *ch, uint64_t id)
{
	struct pending_hook *h;

	for (struct pending_hook **at = &ch->core->hooks; (h = *at) != NULL; at = &h->next)
		if (h->id == id && h->channel == ch) {
			*at = h->next;
			ch->core->hooks_n--;
			return h;
		}
	return NULL;
}

void
fanout_hooks_gone(struct channel *ch)
{
	struct pending_hook **at = &ch->core->hooks;

	while (*at != NULL)
		if ((*at)->channel == ch)
			hook_end(ch->core, at, 503, "text/plain", "");
		else
			at = &(*at)->next;
}

int
fanout_hooks_expire(struct core *c, int64_t now)
{
	struct pending_hook **at = &c->hooks;
	int64_t wait = -1;

	while (*at != NULL) {
		if ((*at)->deadline <= now) {
			hook_end(c, at, 503, "text/plain", "");
			continue;
		}
		if (wait == -1 || (*at)->deadline - now < wait)
			wait = (*at)->deadline - now;
		at = &(*at)->next;
	}
	return (int)wait;
}

void
fanout_hooks_end(struct core *c)
{
	while (c->hooks != NULL)
		hook_end(c, &c->hooks, 503, "text/plain", "");
}
