#include "channels/xmpp/pending.h"

#include <stdlib.h>

#include "base/mem.h"
#include "channels/xmpp/say.h"

struct pending *
pending_free(struct pendings *all)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (all->slot[i].token == 0)
			return &all->slot[i];
	return NULL;
}

void
pending_keep(struct pendings *all, struct pending *p, const struct pending *like)
{
	all->waiting++;
	*p = (struct pending){ .token = like->token,
		.from = mem_dup(like->from),
		.to = mem_dup(like->to),
		.type = mem_dup(like->type),
		.id = mem_dup(like->id),
		.command = like->command,
		.receipt = like->receipt };
}

void
pending_refuse(struct buf *out, const struct pending *p, const char *type, const char *condition,
    const char *text)
{
	say_error(out, p->command != NULL ? "iq" : "message", p->to, p->from, p->id, type,
	    condition, text);
}

static void
forget(struct pending *p)
{
	free(p->from);
	free(p->to);
	free(p->type);
	free(p->id);
	free(p->command);
	*p = (struct pending){ 0 };
}

void
pending_end(struct pendings *all, struct buf *out, uint64_t token, enum verdict v)
{
	struct pending *p = NULL;

	for (size_t i = 0; i < PENDING_MAX && p == NULL; i++)
		if (all->slot[i].token == token)
			p = &all->slot[i];
	if (p == NULL || token == 0)
		return;
	all->waiting--;
	if (v == VERDICT_LATER)
		pending_refuse(out, p, "wait", "resource-constraint", NULL);
	else if (v == VERDICT_REFUSED)
		pending_refuse(out, p, "modify", "not-acceptable", NULL);
	else if (p->command != NULL)
		say_result(out, p->to, p->from, p->id, p->command);
	else if (p->receipt)
		say_receipt(out, p->to, p->from, p->type, p->id);
	forget(p);
}

void
pending_clear(struct pendings *all)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		forget(&all->slot[i]);
	all->waiting = 0;
}
