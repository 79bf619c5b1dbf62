/*
 * What a channel's process brought in, on its way through the store; and its verdict: back to the
 * process, or, where a web request brought it, at once to whoever waits for that.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gateway/fanout.h"
#include "gateway/frame.h"
#include "gateway/hooks.h"

struct hearing {
	struct store_job job;
	struct errand errand;
	struct receive receive;
	struct channel *channel;
	unsigned incarnation;
	uint64_t token;
	struct hearing *next, **at; /* of channel.heard; ${at} is NULL where it is not there */
	atomic_bool withdrawn;     /* its process was told "later": no effect, if it has none yet */
	struct pending_hook *hook; /* what brought it, or NULL; owned */
	unsigned status[VERDICTS]; /* and what that is answered with; texts are owned */
	char *body[VERDICTS];
};

static void
hearing_free(struct hearing *h)
{
	atomic_fetch_sub(&h->channel->receiving, 1);
	for (int i = 0; i < VERDICTS; i++)
		free(h->body[i]);
	receive_free(&h->receive);
	free(h->hook);
	free(h);
}

static void
put_verdict(struct channel *ch, uint64_t token, enum verdict v)
{
	size_t mark = frame_begin(&ch->out, FRAME_VERDICT);

	frame_u64(&ch->out, token);
	frame_u64(&ch->out, v);
	frame_end(&ch->out, mark);
}

static void
enlist(struct hearing *h)
{
	struct channel *ch = h->channel;

	h->next = ch->heard;
	h->at = &ch->heard;
	if (h->next != NULL)
		h->next->at = &h->next;
	ch->heard = h;
}

static void
delist(struct hearing *h)
{
	*h->at = h->next;
	if (h->next != NULL)
		h->next->at = h->at;
}

void
fanout_refuse(struct channel *ch)
{
	ch->refuses = true;
	for (struct hearing *h = ch->heard; h != NULL; h = h->next)
		if (h->incarnation == ch->incarnation && !atomic_exchange(&h->withdrawn, true))
			put_verdict(ch, h->token, VERDICT_LATER);
	link_flush(ch);
}

/* On the fan-out's thread: tell the channel. */
static void
tell_verdict(struct core *c, struct errand *e)
{
	struct hearing *h = (struct hearing *)((char *)e - offsetof(struct hearing, errand));
	struct channel *ch = h->channel;

	(void)c;
	delist(h);
	if (ch->pid != 0 && ch->incarnation == h->incarnation && !atomic_load(&h->withdrawn))
		put_verdict(ch, h->token, h->receive.verdict);
	hearing_free(h);
}

static void
receive_done(struct store_job *job, int result)
{
	struct hearing *h = job->arg;
	struct core *c = h->channel->core;
	struct receive *r = &h->receive;

	if (result == STORE_LATER)
		r->verdict = VERDICT_LATER;
	if (h->hook == NULL) {
		h->errand.run = tell_verdict;
		atomic_store(&c->look, true);
		fanout_errand(c, &h->errand);
		return;
	}
	/* First those who are to send it, so that they wake while this goes on. */
	fanout_look(c);
	h->hook->done(h->hook->cookie, h->status[r->verdict], "text/plain", h->body[r->verdict]);
	hearing_free(h);
}

static int
receive_job(struct tx *tx, void *arg)
{
	struct hearing *h = arg;

	return atomic_load(&h->withdrawn) ? STORE_OK : receive_run(tx, &h->receive);
}

static struct hearing *
hearing_new(struct channel *ch, const struct inbound *in)
{
	struct hearing *h = mem_new(sizeof(*h));

	receive_fill(&h->receive, in);
	h->receive.site = &ch->core->site;
	h->receive.kind = ch->kind;
	h->receive.chan = ch->chan;
	h->receive.now = clock_wall();
	receive_prepare(&h->receive);
	h->channel = ch;
	h->incarnation = ch->incarnation;
	h->job = (struct store_job){ .run = receive_job, .arg = h, .done = receive_done };
	atomic_fetch_add(&ch->receiving, 1);
	return h;
}

void
fanout_receive(struct channel *ch, uint64_t token, const struct inbound *in)
{
	struct hearing *h;

	if (ch->refuses) {
		put_verdict(ch, token, VERDICT_LATER);
		link_flush(ch);
		return;
	}
	h = hearing_new(ch, in);
	h->token = token;
	enlist(h);
	store_submit(ch->core->store, &h->job);
}

void
fanout_receive_hook(
    struct channel *ch, uint64_t id, const struct hook_answers *a, const struct inbound *in)
{
	struct pending_hook *hook = fanout_hook_take(ch, id);
	struct hearing *h;

	/* Nobody waits any more: they bring it again. */
	if (hook == NULL)
		return;
	h = hearing_new(ch, in);
	h->hook = hook;
	for (int i = 0; i < VERDICTS; i++) {
		h->status[i] = a->status[i];
		h->body[i] = mem_dup(a->body[i]);
	}
	store_submit(ch->core->store, &h->job);
}
