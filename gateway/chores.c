/* Small writes that nobody waits for: late words of networks, wake-ups, and what has expired. */
#include "gateway/chores.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/again.h"
#include "gateway/settle.h"
#include "gateway/silence.h"

#define TRIM_MS 600000
#define SILENCE_MS 3600000
#define TRIM_ROWS 1000 /* in one transaction, which others wait for */
#define WAKE_ROWS 1000
#define KEY_MAX 64 /* of a delivery, as peers report it */

struct note {
	struct store_job job;
	struct channel *channel;
	enum receipt_state state;
	int64_t pos, user;
	char why[80];
};

static int
run_trim(struct tx *tx, void *arg)
{
	(void)arg;
	return store_trim(tx, clock_wall(), TRIM_ROWS);
}

static int
run_silence(struct tx *tx, void *arg)
{
	struct silence_job job = { core_site(((struct note *)arg)->channel->core), clock_wall() };

	return silence_run(tx, &job);
}

static int
run_wake(struct tx *tx, void *arg)
{
	return behind_wake(tx, ((struct note *)arg)->channel->chan, clock_wall(), WAKE_ROWS);
}

static void
note_done(struct store_job *job, int result)
{
	struct note *n = job->arg;
	struct core *c = n->channel->core;

	if (n->job.run == run_trim && result == TRIM_ROWS)
		atomic_store(&c->trim_more, true);
	if (n->job.run == run_wake && result == WAKE_ROWS)
		atomic_store(&n->channel->wake_more, true);
	if (n->state == RECEIPT_FAILED && result == 1)
		meter_add(n->channel->meter, METER_REPORTED, 1);
	atomic_fetch_sub(&n->channel->receiving, 1);
	fanout_look(c);
	free(n);
}

static struct note *
note_new(struct channel *ch, store_fn *run)
{
	struct note *n = mem_new(sizeof(*n));

	n->channel = ch;
	n->job = (struct store_job){ .run = run, .arg = n, .done = note_done };
	/* Its process makes us write: read no more of it than can be written. */
	atomic_fetch_add(&ch->receiving, 1);
	return n;
}

void
chores_wake(struct channel *ch)
{
	window_wake(ch);
	store_submit(ch->core->store, &note_new(ch, run_wake)->job);
}

static int
run_report(struct tx *tx, void *arg)
{
	struct note *n = arg;
	int r = STORE_OK;

	/* The peer may name what was never sent: the store knows. */
	if (n->channel->kind->costs)
		r = receipt_report(tx, n->pos, n->user, n->channel->chan, n->state, clock_wall());
	if (r < 0 || n->state != RECEIPT_FAILED)
		return r;
	r = dead_report(tx, n->pos, n->user, n->channel->chan, n->why, clock_wall());
	if (r == 1 && again_bring(tx, &n->channel->core->site, n->pos, n->user, n->channel->chan,
			  clock_wall()) == 1)
		r = dead_forget(tx, n->pos, n->user);
	return r;
}

void
chores_report(struct channel *ch, const char *key, enum outcome o, const char *why)
{
	static const char *const words[] = {
		[SENT] = "delivered", [DEFER] = "delayed", [BOUNCE] = "failed"
	};
	int64_t pos, user;
	struct note *n;

	if (strlen(key) >= KEY_MAX || o == DEFER)
		return;
	log_info("delivery %s by %s: reported %s (%s)", key, ch->name, words[o], why);
	/* Of answers, nothing is kept. */
	if (!delivery_key_parse(key, &pos, &user))
		return;
	n = note_new(ch, run_report);
	n->state = o == SENT ? RECEIPT_DELIVERED : RECEIPT_FAILED;
	n->pos = pos;
	n->user = user;
	text_cut(n->why, sizeof(n->why), why);
	store_submit(ch->core->store, &n->job);
}

void
chores_trim(struct core *c, int64_t now)
{
	if (c->n == 0 || (!atomic_exchange(&c->trim_more, false) && now < c->trim_at))
		return;
	c->trim_at = now + TRIM_MS;
	store_submit(c->store, &note_new(&c->channels[0], run_trim)->job);
}

void
chores_silence(struct core *c, int64_t now)
{
	if (c->n == 0 || now < c->silence_at)
		return;
	c->silence_at = now + SILENCE_MS;
	store_submit(c->store, &note_new(&c->channels[0], run_silence)->job);
}
