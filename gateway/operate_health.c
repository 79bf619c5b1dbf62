/* "hudhudctl health": a line for each channel, then one for each node of a store that several share. */
#include <stdlib.h>

#include "base/mem.h"
#include "gateway/operate.h"
#include "store/node.h"

#define CHANNELS_MAX 64

static void
say_channel(struct operation *o, json_t *list, const struct health *h)
{
	static const char *const states[] = { [CHANNEL_CONNECTING] = "connecting",
		[CHANNEL_UP] = "up",
		[CHANNEL_DOWN] = "down",
		[CHANNEL_PAUSED] = "paused" };
	char oldest[24], waiting[24] = "?", error_at[24];

	operate_time(oldest, h->oldest);
	operate_time(error_at, h->error_at);
	if (h->waiting >= 0)
		snprintf(waiting, sizeof(waiting), "%lld", (long long)h->waiting);
	if (!o->json)
		operate_say(o, "%s %s %s%s%s waiting %s oldest %s%s%s%s%s\n", h->name, h->kind,
		    states[h->state], h->at[0] != '\0' ? " at " : "", h->at, waiting,
		    h->oldest != 0 ? oldest : "-", h->error[0] != '\0' ? " error of " : "",
		    h->error[0] != '\0' ? error_at : "", h->error[0] != '\0' ? " " : "", h->error);
	else
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I}",
			"name", h->name, "kind", h->kind, "state", states[h->state], "at", h->at,
			"waiting", (json_int_t)h->waiting, "oldest", (json_int_t)h->oldest, "error",
			h->error, "error_at", (json_int_t)h->error_at, "sent", (json_int_t)h->sent,
			"deferred", (json_int_t)h->deferred, "bounced", (json_int_t)h->bounced,
			"restarts", (json_int_t)h->restarts));
}

static void
say_node(struct operation *o, json_t *list, const struct node_health *h)
{
	const char *state = h->alive ? "up" : "down";
	char since[24], id[24];

	operate_time(since, h->alive ? h->started : h->seen);
	snprintf(id, sizeof(id), "%016llx", (unsigned long long)h->id);
	if (!o->json)
		operate_say(o, "%s node %s %s%s since %s owns %s\n", h->name, state, id,
		    h->here ? " here" : "", since, h->owns[0] != '\0' ? h->owns : "-");
	else
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:s}", "name", h->name,
			      "kind", "node", "state", state, "incarnation", id, "here", h->here,
			      "since", (json_int_t)(h->alive ? h->started : h->seen), "seen",
			      (json_int_t)h->seen, "owns", h->owns));
}

static void
say_store(struct operation *o, json_t *list)
{
	char since[24];
	int64_t at;
	const char *what = core_store_trouble(o->core, &at);

	if (what == NULL)
		return;
	operate_time(since, at);
	if (!o->json)
		operate_say(o, "store store down since %s error %s\n", since, what);
	else
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:I, s:s}", "name", "store", "kind", "store",
			      "state", "down", "since", (json_int_t)at, "error", what));
}

bool
operate_health(struct operation *o)
{
	struct health *h = mem_new(CHANNELS_MAX * sizeof(*h));
	struct node_health *nodes = mem_new(NODES_MAX * sizeof(*nodes));
	size_t n = core_health(o->core, h, CHANNELS_MAX);
	bool unread = n > 0 && h[0].waiting == -1;
	json_t *list = json_array();

	say_store(o, list);
	for (size_t i = 0; i < n; i++)
		say_channel(o, list, &h[i]);
	n = core_nodes(o->core, nodes, NODES_MAX);
	for (size_t i = 0; i < n; i++)
		say_node(o, list, &nodes[i]);
	if (o->json)
		operate_say_json(o, list);
	else
		json_decref(list);
	free(nodes);
	free(h);
	/* What can be told from memory was told. */
	if (unread)
		return operate_fail(
		    o, "the store cannot be read now (is the database away?): try later");
	return true;
}
