/*
 * The core put together: channels from the settings, the fan-out's thread, and what the
 * other threads may ask of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/fanout.h"
#include "gateway/indexer.h"
#include "gateway/minutes.h"
#include "gateway/presence.h"
#include "gateway/start.h"

const struct site *
core_site(const struct core *c)
{
	return &c->site;
}

struct store *
core_store(const struct core *c)
{
	return c->store;
}

/* ---- channels */

struct channel *
core_channel(const struct core *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->channels[i].name, name) == 0)
			return &c->channels[i];
	return NULL;
}

static const struct channel *
by_number(const struct core *c, int chan)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->channels[i].chan == chan)
			return &c->channels[i];
	return NULL;
}

int
core_chan(const struct core *c, const char *name)
{
	const struct channel *ch = core_channel(c, name);

	return ch != NULL ? ch->chan : 0;
}

const char *
core_chan_name(const struct core *c, int chan)
{
	const struct channel *ch = by_number(c, chan);

	return ch != NULL ? ch->name : "";
}

int
core_chan_of_kind(const struct core *c, const char *kind)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->channels[i].kind->name, kind) == 0)
			return c->channels[i].chan;
	return 0;
}

const struct channel_kind *
core_kind(const struct core *c, int chan)
{
	const struct channel *ch = by_number(c, chan);

	return ch != NULL ? ch->kind : NULL;
}

const struct conf_section *
core_section(const struct core *c, int chan)
{
	const struct channel *ch = by_number(c, chan);

	return ch != NULL ? ch->section : NULL;
}

/* ---- writes from other threads */

struct request {
	struct store_job job;
	struct core *core;
	struct receive *receive;
	void (*done)(struct receive *r, int result, void *cookie);
	void *cookie;
};

static int
request_run(struct tx *tx, void *arg)
{
	return receive_run(tx, ((struct request *)arg)->receive);
}

static void
request_done(struct store_job *job, int result)
{
	struct request *q = job->arg;
	struct core *c = q->core;

	if (result == STORE_LATER)
		q->receive->verdict = VERDICT_LATER;
	meter_heard(c->meter, c->pages_meter, q->receive);
	q->done(q->receive, result == STORE_LATER ? STORE_LATER : STORE_OK, q->cookie);
	free(q);
	fanout_look(c);
}

void
core_receive(struct core *c, struct receive *r,
    void (*done)(struct receive *r, int result, void *cookie), void *cookie)
{
	struct request *q = mem_new(sizeof(*q));

	q->core = c;
	q->receive = r;
	q->done = done;
	q->cookie = cookie;
	q->job = (struct store_job){ .run = request_run, .arg = q, .done = request_done };
	r->tracking = &c->tracking;
	receive_prepare(r);
	store_submit(c->store, &q->job);
}

int
core_receive_wait(struct core *c, struct receive *r)
{
	int rc;

	r->tracking = &c->tracking;
	receive_prepare(r);
	rc = core_write(c, receive_run, r);

	if (rc == STORE_LATER)
		r->verdict = VERDICT_LATER;
	meter_heard(c->meter, c->hand_meter, r);
	return rc == STORE_LATER ? STORE_LATER : STORE_OK;
}

int
core_write(struct core *c, store_fn *fn, void *arg)
{
	int rc = store_write(c->store, fn, arg);

	fanout_look(c);
	return rc;
}

/* ---- a pause */

struct pause {
	struct errand errand;
	int chan;
	bool pause;
};

static int
pause_write(struct tx *tx, void *arg)
{
	struct pause *p = arg;

	return channel_hold(tx, p->chan, p->pause);
}

static void
pause_run(struct core *c, struct errand *e)
{
	struct pause *p = (struct pause *)e;

	node_pause(c->node, p->chan, p->pause);
	free(p);
}

int
core_pause(struct core *c, const char *name, bool pause)
{
	struct channel *ch = core_channel(c, name);
	struct pause *p;
	int rc;

	if (ch == NULL)
		return STORE_FAILED;
	p = mem_new(sizeof(*p));
	p->errand.run = pause_run;
	p->chan = ch->chan;
	p->pause = pause;
	rc = store_write(c->store, pause_write, p);
	if (rc < 0) {
		free(p);
		return rc;
	}
	pthread_mutex_lock(&c->lock);
	ch->shown_paused = pause;
	pthread_mutex_unlock(&c->lock);
	fanout_errand(c, &p->errand);
	return STORE_OK;
}

/* ---- life */

static const struct channel_kind *
kind_of(const struct channel_kind *const *kinds, const char *name)
{
	while (*kinds != NULL && strcmp((*kinds)->name, name) != 0)
		kinds++;
	return *kinds;
}

/* hudhud-KIND beside ${exe}, or where it is installed; else ${exe} itself, which is all kinds. */
static char *
program_of(const char *exe, const struct channel_kind *kind)
{
	const char *slash = strrchr(exe, '/');
	int folder = slash != NULL ? (int)(slash - exe) : 0;
	char *path = mem_printf("%.*s/hudhud-%s", folder, exe, kind->name);

	if (access(path, X_OK) == 0)
		return path;
	free(path);
	path = mem_printf(PKGLIBEXECDIR "/hudhud-%s", kind->name);
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return mem_dup(exe);
}

static unsigned
window_of(const struct channel_kind *k, const struct conf_section *s)
{
	unsigned n = (unsigned)conf_int(s, "window");

	if (n == 0)
		n = k->window_for != NULL ? k->window_for(s) : k->window;
	return n > 0 ? n : 1;
}

static void
make_channels(struct core *c, const struct conf *conf, const struct channel_kind *const *kinds,
    const char *exe)
{
	const struct conf_section *s;

	while (c->n < CHANNELS_MAX && conf_channel(conf, c->n) != NULL)
		c->n++;
	c->channels = mem_new((c->n + 1) * sizeof(*c->channels));
	for (size_t i = 0; i < c->n; i++) {
		struct channel *ch = &c->channels[i];

		s = conf_channel(conf, i);
		ch->core = c;
		ch->section = s;
		ch->name = conf_text(s, "name");
		ch->kind = kind_of(kinds, conf_text(s, "kind"));
		ch->exe = program_of(exe, ch->kind);
		ch->window = window_of(ch->kind, s);
		ch->fd = ch->pidfd = -1;
		ch->look = true;
		ch->look_rows = true;
		window_open(ch);
	}
}

static void
bind_meter(struct core *c)
{
	c->hand_meter = c->pages_meter = meter_channel(c->meter, "");
	for (size_t i = c->n; i-- > 0;) {
		struct channel *ch = &c->channels[i];

		ch->meter = meter_channel(c->meter, ch->name);
		if (ch->kind->core != NULL)
			c->pages_meter = ch->meter;
	}
}

/* Of two channels of a kind the first is where people are written to first. */
static void
note_reach(struct core *c)
{
	struct reach *list = mem_new((c->n + 1) * sizeof(*list));

	for (size_t i = 0; i < c->n; i++)
		if (c->channels[i].kind->peer)
			list[c->site.reach_n++] = (struct reach){ c->channels[i].kind,
				c->channels[i].section, c->channels[i].chan };
	c->site.reach = list;
}

static void
read_tariffs(struct core *c)
{
	struct tariff *list = NULL, *t;

	for (size_t i = 0; i < c->n; i++) {
		struct channel *ch = &c->channels[i];

		if (!ch->kind->costs || (t = tariff_new(ch->section, ch->chan)) == NULL)
			continue;
		t->next = list;
		list = t;
		ch->tariff = t;
	}
	c->site.tariffs = list;
}

struct core *
core_new(const struct conf *conf, struct store *store, const struct channel_kind *const *kinds,
    const char *exe)
{
	struct core *c = mem_new(sizeof(*c));

	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->hooks_lock, NULL);
	c->errands_tail = &c->errands;
	c->store = store;
	site_load(&c->site, conf_group(conf, "site"));
	site_fanout(&c->site, conf_group(conf, "fanout"));
	c->roster = roster_new((size_t)c->site.roster);
	make_channels(c, conf, kinds, exe);
	c->meter = c->own_meter = meter_new();
	bind_meter(c);
	atomic_init(&c->tracking.any, true);
	c->bell = bell_new();
	if (c->bell == NULL || core_join(c, conf_top(conf)) == -1) {
		log_error("the channels cannot be noted in the store");
		core_free(c);
		return NULL;
	}
	note_reach(c);
	read_tariffs(c);
	return c;
}

void
core_lend_meter(struct core *c, struct meter *m)
{
	meter_free(c->own_meter);
	c->own_meter = NULL;
	c->meter = m;
	bind_meter(c);
}

struct meter *
core_meter(const struct core *c)
{
	return c->meter;
}

static void
stop_in_core(struct core *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->channels[i].in_core != NULL)
			c->channels[i].kind->core->stop(c->channels[i].in_core);
}

int
core_start(struct core *c)
{
	int err;

	c->indexer = indexer_start(c->store);
	if (c->indexer == NULL)
		return -1;
	/* What may fail comes first: no channel takes anything in for a service that does not start. */
	for (size_t i = 0; i < c->n; i++) {
		struct channel *ch = &c->channels[i];

		if (ch->kind->core == NULL)
			continue;
		ch->in_core = ch->kind->core->start(c, ch->name, ch->section);
		if (ch->in_core == NULL) {
			stop_in_core(c);
			goto failed;
		}
	}
	c->minutes = minutes_start(c);
	err = pthread_create(&c->thread, NULL, fanout_thread, c);
	if (err != 0) {
		log_error("no thread for the fan-out: %s", strerror(err));
		minutes_stop(c->minutes);
		stop_in_core(c);
		goto failed;
	}
	return 0;

failed:
	indexer_stop(c->indexer);
	c->indexer = NULL;
	return -1;
}

static int
nothing(struct tx *tx, void *arg)
{
	(void)tx;
	(void)arg;
	return STORE_OK;
}

void
core_stop(struct core *c)
{
	stop_in_core(c);
	minutes_stop(c->minutes);
	atomic_store(&c->stopping, true);
	bell_ring(c->bell);
	pthread_join(c->thread, NULL);
	/* Behind this, no earlier job of the committer can call back. */
	store_write(c->store, nothing, NULL);
	indexer_stop(c->indexer);
	c->indexer = NULL;
	fanout_errands(c);
	node_leave(c->node);
}

static void
free_entries(struct entry *e)
{
	struct entry *next;

	for (; e != NULL; e = next) {
		next = e->next;
		entry_free(e);
	}
}

static void
free_channel(struct channel *ch)
{
	struct source *s, *next;

	free_entries(ch->loose);
	for (size_t i = 0; i < SHARDS; i++)
		free_entries(ch->lanes[i].first);
	for (s = ch->jobs; s != NULL; s = next) {
		next = s->next;
		free_entries(s->first);
		free(s);
	}
	buf_free(&ch->in);
	buf_free(&ch->out);
	if (ch->fd != -1)
		close(ch->fd);
	window_close(ch);
	free(ch->exe);
}

void
core_free(struct core *c)
{
	struct who *w, *next;

	checkpoint_forget(c);
	for (size_t i = 0; i < c->n; i++)
		free_channel(&c->channels[i]);
	for (size_t i = 0; i < WHO_BUCKETS; i++)
		for (w = c->who[i]; w != NULL; w = next) {
			next = w->chain;
			free(w);
		}
	while ((w = c->spare) != NULL) {
		c->spare = w->chain;
		free(w);
	}
	said_sweep(c);
	roster_free(c->roster);
	tariff_free((struct tariff *)c->site.tariffs);
	presence_end();
	free(c->channels);
	meter_free(c->own_meter);
	free((struct reach *)c->site.reach);
	node_free(c->node);
	hint_close(c->hint);
	bell_free(c->bell);
	pthread_mutex_destroy(&c->lock);
	pthread_mutex_destroy(&c->hooks_lock);
	explicit_bzero(c->secret, sizeof(c->secret));
	free(c);
}
