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

/* Of RECEIVING_MAX, of one sender, who is told to try later: others have something to say, too. */
#define CROWD_MAX 64

struct hearing {
	struct store_job job;
	struct errand errand;
	struct receive receive;
	struct channel *channel;
	atomic_uint *crowd; /* where its sender's are counted */
	unsigned incarnation;
	uint64_t token;
	struct hearing *next, **at; /* of channel.heard; ${at} is NULL where it is not there */
	atomic_bool withdrawn;     /* its process was told "later": no effect, if it has none yet */
	bool ran;                  /* it is through, or was tried: the committer's */
	struct pending_hook *hook; /* what brought it, or NULL; owned */
	unsigned status[VERDICTS]; /* and what that is answered with; texts are owned */
	char *body[VERDICTS];
};

static void
hearing_free(struct hearing *h)
{
	atomic_fetch_sub(h->crowd, 1);
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

/* Two senders may share a place; that no more than a few of them fill it is enough. */
static atomic_uint *
crowd_of(struct channel *ch, const char *peer)
{
	uint32_t hash = 2166136261u;

	for (; *peer != '\0'; peer++)
		hash = (hash ^ (unsigned char)*peer) * 16777619u;
	return &ch->crowd[hash % RECEIVING_MAX];
}

static bool
is_flood(struct channel *ch, const char *peer)
{
	return atomic_load(crowd_of(ch, peer)) >= CROWD_MAX;
}

static void
receive_done(struct store_job *job, int result)
{
	struct hearing *h = job->arg;
	struct core *c = h->channel->core;
	struct receive *r = &h->receive;

	if (result == STORE_LATER)
		r->verdict = VERDICT_LATER;
	if (h->ran)
		meter_heard(c->meter, h->channel->meter, r);
	else
		meter_add(h->channel->meter, METER_LATER, 1);
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

	h->ran = !atomic_load(&h->withdrawn);
	return h->ran ? receive_run(tx, &h->receive) : STORE_OK;
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
	h->receive.tracking = &ch->core->tracking;
	receive_prepare(&h->receive);
	h->channel = ch;
	h->incarnation = ch->incarnation;
	h->job = (struct store_job){ .run = receive_job, .arg = h, .done = receive_done };
	h->crowd = crowd_of(ch, in->peer);
	atomic_fetch_add(h->crowd, 1);
	atomic_fetch_add(&ch->receiving, 1);
	return h;
}

void
fanout_receive(struct channel *ch, uint64_t token, const struct inbound *in)
{
	struct hearing *h;

	if (ch->refuses || is_flood(ch, in->peer)) {
		meter_add(ch->meter, METER_LATER, 1);
		put_verdict(ch, token, VERDICT_LATER);
		if (ch->refuses)
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
	if (is_flood(ch, in->peer)) {
		meter_add(ch->meter, METER_LATER, 1);
		hook->done(
		    hook->cookie, a->status[VERDICT_LATER], "text/plain", a->body[VERDICT_LATER]);
		free(hook);
		return;
	}
	h = hearing_new(ch, in);
	h->hook = hook;
	for (int i = 0; i < VERDICTS; i++) {
		h->status[i] = a->status[i];
		h->body[i] = mem_dup(a->body[i]);
	}
	store_submit(ch->core->store, &h->job);
}
