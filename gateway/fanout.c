/*
 * The fan-out thread: it looks into the store for what is owed, keeps each channel's window
 * filled, hears how attempts end, and has that written.  It waits for nothing but poll().
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "gateway/again.h"
#include "gateway/fanout.h"
#include "gateway/frame.h"
#include "gateway/hooks.h"

#define LOOK_MS 10000 /* a lost ring costs this much delay */
#define HINT_MS 200   /* between two looks for what other nodes have written */
#define SHUT_MS 500   /* between two looks for a store that is away */
#define LEAVE_MS 3000 /* a channel's time to take leave */
#define TRIM_MS 600000
#define TRIM_ROWS 1000 /* in one transaction, which others wait for */
#define WAKE_ROWS 1000
#define KEY_MAX 64 /* of a delivery, as peers report it */

int64_t
fanout_wall(void)
{
	return clock_wall();
}

struct channel *
fanout_channel(struct core *c, int chan)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->channels[i].chan == chan)
			return &c->channels[i];
	return NULL;
}

void
fanout_errand(struct core *c, struct errand *e)
{
	bool first;

	e->next = NULL;
	pthread_mutex_lock(&c->lock);
	first = c->errands == NULL;
	*c->errands_tail = e;
	c->errands_tail = &e->next;
	pthread_mutex_unlock(&c->lock);
	/* whoever was before has rung */
	if (first)
		bell_ring(c->bell);
}

void
fanout_look(struct core *c)
{
	if (!atomic_exchange(&c->look, true))
		bell_ring(c->bell);
}

/* ---- small writes that nobody waits for */

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
fanout_wake(struct channel *ch)
{
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
fanout_report(struct channel *ch, const char *key, enum outcome o, const char *why)
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

/* Forget what has expired, a bounded piece at a time. */
static void
trim(struct core *c, int64_t now)
{
	if (c->n == 0 || (!atomic_exchange(&c->trim_more, false) && now < c->trim_at))
		return;
	c->trim_at = now + TRIM_MS;
	store_submit(c->store, &note_new(&c->channels[0], run_trim)->job);
}

/* ---- the loop */

void
fanout_errands(struct core *c)
{
	struct errand *e, *next;

	pthread_mutex_lock(&c->lock);
	e = c->errands;
	c->errands = NULL;
	c->errands_tail = &c->errands;
	pthread_mutex_unlock(&c->lock);
	for (; e != NULL; e = next) {
		next = e->next;
		e->run(c, e);
	}
}

static bool
has_process(const struct channel *ch)
{
	return ch->kind->core == NULL;
}

/* Is any of it about what is in the windows? */
struct news {
	struct core *core;
	bool some, all;
};

static void
hear_changed(void *cookie, int64_t user)
{
	struct news *n = cookie;
	struct who *w = who_find(n->core, user);

	if (user < TOUCHED_ANSWERS) {
		n->some |= said_gone(n->core, TOUCHED_STATUS(user));
		return;
	}
	if (w != NULL)
		w->changed = true;
	n->all |= user == TOUCHED_ANYBODY;
	n->some |= n->all || w != NULL || user == TOUCHED_ANSWERS;
}

/* Up to where nobody can undo what was said. */
static void
find_ripe(struct core *c, struct tx *tx)
{
	int64_t now = fanout_wall(), grace = c->site.grace, pos, at = 0;

	pos = grace == 0 ? 0 : status_said_after(tx, c->ripe + 1, now - grace, now + grace, &at);
	c->ripe = pos != 0 ? pos - 1 : c->head;
	c->ripe_at = pos != 0 ? at + grace : 0;
}

int64_t
fanout_head(struct core *c, int chan)
{
	const struct channel *ch = fanout_channel(c, chan);

	return ch != NULL && ch->kind->costs ? c->ripe : c->head;
}

/* One snapshot of the store, and what is new in it. */
static struct tx *
open_eyes(struct core *c)
{
	struct tx *tx = store_read(c->store);
	struct news news = { .core = c };

	if (store_read_result(tx) != STORE_OK) {
		store_read_end(tx);
		return NULL;
	}
	c->head = log_head(tx);
	find_ripe(c, tx);
	roster_refresh(tx, c->roster, hear_changed, &news);
	said_sweep(c);
	if (news.some)
		window_recheck(c, tx, news.all);
	return tx;
}

static void
close_eyes(struct core *c, struct tx *tx)
{
	if (tx != NULL && store_read_end(tx) != STORE_OK)
		c->blind = true;
}

/* Fill the windows from one snapshot of the store; NULL if there was nothing to look for. */
static struct tx *
look(struct core *c, bool all)
{
	struct tx *tx = NULL;
	int64_t now = clock_wall();

	for (size_t i = 0; i < c->n; i++) {
		struct channel *ch = &c->channels[i];
		bool away = link_is_away(ch);

		bool rows = all || away || ch->look_rows ||
			    (ch->kind->costs && c->ripe_at != 0 && c->ripe_at <= now) ||
			    (ch->look_at != 0 && ch->look_at <= now) ||
			    (ch->rows_at != 0 && ch->rows_at <= clock_ms());

		if (!has_process(ch) || (!rows && !ch->look))
			continue;
		if (tx == NULL && (tx = open_eyes(c)) == NULL) {
			atomic_store(&c->look, true);
			c->shut_until = clock_ms() + SHUT_MS;
			return NULL;
		}
		ch->look = false;
		if (ch->adopt != 0)
			tenure_adopt(ch, tx);
		lane_fill(ch, tx);
		if (rows) {
			ch->look_rows = false;
			catchup_fill(ch, tx);
		}
		if (away)
			window_fall(ch, tx);
	}
	if (tx != NULL && store_read_result(tx) != STORE_OK) {
		close_eyes(c, tx);
		return NULL;
	}
	return tx;
}

/* Hand over what is ready; then, beside those who are busy with it, read on in ${tx}. */
static void
deliver_all(struct core *c, struct tx *tx)
{
	for (size_t i = 0; i < c->n; i++)
		if (has_process(&c->channels[i]))
			link_deliver(&c->channels[i]);
	for (size_t i = 0; tx != NULL && i < c->n; i++)
		if (c->channels[i].full)
			lane_ahead(&c->channels[i], tx);
	close_eyes(c, tx);
}

static int
sooner(int a, int64_t b)
{
	if (b < 0)
		b = 0;
	return a == -1 || b < a ? (int)(b < LOOK_MS ? b : LOOK_MS) : a;
}

static int
tick(struct core *c, int64_t now)
{
	int wait = LOOK_MS, w;

	for (size_t i = 0; i < c->n; i++) {
		struct channel *ch = &c->channels[i];

		if (!has_process(ch))
			continue;
		if (atomic_exchange(&ch->wake_more, false) && link_is_up(ch))
			fanout_wake(ch);
		w = link_tick(ch, now);
		if (w != -1)
			wait = sooner(wait, w);
		if (ch->look || ch->look_rows)
			wait = 0;
		if (ch->kind->costs && c->ripe_at != 0)
			wait = sooner(wait, (c->ripe_at - clock_wall()) * 1000);
		if (ch->look_at != 0)
			wait = sooner(wait, (ch->look_at - clock_wall()) * 1000);
		if (ch->rows_at != 0)
			wait = sooner(wait, ch->rows_at - now);
	}
	w = fanout_hooks_expire(c, now);
	if (w != -1)
		wait = sooner(wait, w);
	if (c->again_at != 0 && now >= c->again_at)
		checkpoint_again(c);
	if (c->again_at != 0)
		wait = sooner(wait, c->again_at - now);
	return wait;
}

/* Wait until something happens, and hear it. */
static void
listen_all(struct core *c, int wait)
{
	struct pollfd p[2 + 2 * CHANNELS_MAX] = { { .fd = bell_fd(c->bell), .events = POLLIN } };
	struct pollfd *hint = &p[1 + 2 * c->n];

	for (size_t i = 0; i < c->n; i++) {
		struct channel *ch = &c->channels[i];
		short in = atomic_load(&ch->receiving) < RECEIVING_MAX && ch->out.len < UNREAD_MAX
			       ? POLLIN
			       : 0;

		p[1 + 2 * i] = (struct pollfd){ .fd = ch->fd,
			.events = (short)(in | (ch->out.len > 0 ? POLLOUT : 0)) };
		p[2 + 2 * i] = (struct pollfd){ .fd = ch->pidfd, .events = POLLIN };
	}
	hint->fd = hint_fd(c->hint, &hint->events);
	if (poll(p, (nfds_t)(2 + 2 * c->n), wait) <= 0)
		return;
	if (p[0].revents != 0)
		bell_heard(c->bell);
	if (hint->revents != 0)
		c->hinted |= hint_turn(c->hint, clock_ms());
	for (size_t i = 0; i < c->n; i++) {
		if (p[1 + 2 * i].revents != 0)
			link_ready(&c->channels[i], p[1 + 2 * i].revents);
		if (p[2 + 2 * i].revents != 0)
			link_reap(&c->channels[i]);
	}
}

/*
 * Who was not found in that look may be there all the same, so that nothing of it may be sent or
 * written; what was in the windows is sent again, as after a crash.  When the store is back, main()
 * starts everything anew.
 */
static void
wait_blind(struct core *c)
{
	struct tx *tx;
	bool back;

	fanout_errands(c);
	if (!c->lost && clock_ms() >= c->shut_until) {
		tx = store_read(c->store);
		back = store_read_end(tx) == STORE_OK;
		c->shut_until = clock_ms() + (back ? LOOK_MS : SHUT_MS);
		if (back) {
			log_warn("the store was away for a moment: the channels start again");
			kill(getpid(), SIGUSR1);
		}
	}
	listen_all(c, SHUT_MS);
}

/* Where other nodes live, they need not wait for their next look.  Milliseconds until there is more to do, or -1. */
static int
hint_others(struct core *c, bool news, int64_t now)
{
	if (c->hint == NULL && !node_has_company(c->node))
		return -1;
	if (c->hint == NULL)
		c->hint = hint_open(c->store);
	if (news && node_has_company(c->node))
		hint_tell(c->hint);
	c->hinted |= hint_turn(c->hint, now);
	return hint_wait(c->hint, now);
}

static void
turn(struct core *c, int64_t *look_at)
{
	int64_t now = clock_ms();
	int wait, beat, hint, watched;
	struct tx *tx = NULL;
	bool shut = now < c->shut_until;
	bool news = !shut && atomic_exchange(&c->look, false);
	bool all;

	fanout_errands(c);
	beat = tenure_turn(c, now);
	if (c->blind)
		return;
	hint = hint_others(c, news, now);
	all = !shut && (news || c->hinted || now >= *look_at);
	if (all)
		*look_at = now + (node_has_company(c->node) ? HINT_MS : LOOK_MS);
	c->hinted &= !all;
	if (!atomic_load(&c->stopping) && !shut)
		tx = look(c, all);
	if (c->blind)
		return;
	trim(c, now);
	watched = watch_turn(c);
	wait = checkpoint_write(c, false);
	deliver_all(c, tx);
	wait = wait == -1 ? tick(c, now) : sooner(tick(c, now), wait);
	wait = sooner(wait, *look_at - now);
	if (beat != -1)
		wait = sooner(wait, beat);
	if (watched != -1)
		wait = sooner(wait, watched);
	if (hint != -1)
		wait = sooner(wait, hint);
	if (c->shut_until > now)
		wait = sooner(SHUT_MS, c->shut_until - now);
	else if (atomic_load(&c->look))
		wait = 0;
	listen_all(c, wait);
}

/* Let the channels take leave, then write what they settled. */
static void
leave(struct core *c)
{
	int64_t until = clock_ms() + LEAVE_MS;
	bool alive = true;

	for (size_t i = 0; i < c->n; i++)
		link_stop(&c->channels[i]);
	while (alive && clock_ms() < until) {
		fanout_errands(c);
		checkpoint_write(c, true);
		listen_all(c, 100);
		alive = false;
		for (size_t i = 0; i < c->n; i++)
			alive |= c->channels[i].pid != 0;
	}
	for (size_t i = 0; i < c->n; i++)
		link_kill(&c->channels[i]);
	fanout_hooks_end(c);
	until = clock_ms() + LEAVE_MS;
	while ((c->checkpoint != NULL || c->write_at != 0) && clock_ms() < until) {
		fanout_errands(c);
		checkpoint_write(c, true);
		listen_all(c, 100);
	}
}

void *
fanout_thread(void *core)
{
	struct core *c = core;
	int64_t look_at = 0;

	log_context("fan-out");
	while (!atomic_load(&c->stopping))
		if (c->blind)
			wait_blind(c);
		else
			turn(c, &look_at);
	leave(c);
	return NULL;
}
