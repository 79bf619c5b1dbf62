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
#include "gateway/chores.h"
#include "gateway/fanout.h"
#include "gateway/frame.h"
#include "gateway/hooks.h"
#include "gateway/indexer.h"
#include "gateway/watch.h"

#define LOOK_MS 10000 /* a lost ring costs this much delay */
#define HINT_MS 200   /* between two looks for what other nodes have written */
#define SHUT_MS 500   /* between two looks for a store that is away */
#define LEAVE_MS 3000 /* a channel's time to take leave */

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
	if (c->indexer != NULL)
		indexer_look(c->indexer);
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
	int64_t now = fanout_wall(), grace = c->site.grace, pos = 0, at = 0;

	/* the first that is not ripe still is not; but a clock may have been put back */
	if (now < c->ripe_at && c->ripe_at - now <= 2 * grace)
		return;
	if (c->ripe == 0 && grace > 0)
		c->ripe = status_said_by(tx, now - grace);
	if (grace > 0 && c->ripe < c->head)
		pos = status_said_after(tx, c->ripe + 1, now - grace, now + grace, &at);
	c->ripe = pos != 0 ? pos - 1 : c->head;
	c->ripe_at = pos != 0 ? at + grace : 0;
}

int64_t
fanout_head(struct core *c, int chan)
{
	const struct channel *ch = fanout_channel(c, chan);

	return ch != NULL && ch->kind->costs ? c->ripe : c->head;
}

/* All of what is ours by now, before anything is decided: what goes by two channels must not find one missing. */
static void
adopt_all(struct core *c, struct tx *tx)
{
	for (size_t i = 0; i < c->n; i++)
		if (has_process(&c->channels[i]) && c->channels[i].adopt != 0)
			tenure_adopt(&c->channels[i], tx);
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
	c->looks++;
	c->head = log_head(tx);
	find_ripe(c, tx);
	roster_refresh(tx, c->roster, hear_changed, &news);
	said_sweep(c);
	if (news.some)
		window_recheck(c, tx, news.all);
	tracking_turn(&c->tracking, tx, c->roster);
	adopt_all(c, tx);
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
		/* Beats go on: what they hear is known here without waiting for it. */
		if (tx == NULL && (store_is_gone(c->store) || (tx = open_eyes(c)) == NULL)) {
			atomic_store(&c->look, true);
			c->shut_until = clock_ms() + SHUT_MS;
			return NULL;
		}
		ch->look = false;
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
		meter_window(ch->meter, ch->used);
		if (atomic_exchange(&ch->wake_more, false) && link_is_up(ch))
			chores_wake(ch);
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

static int
look_for_it(struct tx *tx, void *arg)
{
	(void)tx;
	(void)arg;
	return STORE_OK;
}

static void
looked_for_it(struct store_job *job, int result)
{
	(void)result;
	free(job);
}

/* Let the committer find out whether it is back: to connect to who is silent takes long. */
static void
ask_committer(struct core *c)
{
	struct store_job *job = mem_new(sizeof(*job));

	*job = (struct store_job){ .run = look_for_it, .done = looked_for_it };
	store_submit(c->store, job);
}

static bool
is_back(struct core *c)
{
	if (!store_is_gone(c->store))
		return store_read_end(store_read(c->store)) == STORE_OK;
	ask_committer(c);
	return false;
}

/*
 * Who was not found in that look may be there all the same, so that nothing of it may be sent or
 * written; what was in the windows is sent again, as after a crash.  When the store is back, main()
 * starts everything anew.
 */
static void
wait_blind(struct core *c)
{
	int64_t now = clock_ms();
	int wait;
	bool back;

	fanout_errands(c);
	fanout_hooks_expire(c, now);
	wait = tenure_wind_up(c, now);
	if (!c->lost && now >= c->shut_until) {
		back = is_back(c);
		c->shut_until = clock_ms() + (back ? LOOK_MS : SHUT_MS);
		if (back) {
			log_warn("the store was away for a moment: the channels start again");
			kill(getpid(), SIGUSR1);
		}
	}
	listen_all(c, wait != -1 && wait < SHUT_MS ? wait : SHUT_MS);
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
	chores_trim(c, now);
	chores_silence(c, now);
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
