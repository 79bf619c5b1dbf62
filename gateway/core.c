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
#include "gateway/presence.h"
#include "gateway/start.h"

#define HOOKS_MAX 256
#define HOOK_MS 10000

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

static const struct channel *
by_name(const struct core *c, const char *name)
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
	const struct channel *ch = by_name(c, name);

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
	receive_prepare(r);
	store_submit(c->store, &q->job);
}

int
core_receive_wait(struct core *c, struct receive *r)
{
	int rc;

	receive_prepare(r);
	rc = core_write(c, receive_run, r);

	if (rc == STORE_LATER)
		r->verdict = VERDICT_LATER;
	return rc == STORE_LATER ? STORE_LATER : STORE_OK;
}

int
core_write(struct core *c, store_fn *fn, void *arg)
{
	int rc = store_write(c->store, fn, arg);

	fanout_look(c);
	return rc;
}

/* ---- hooks */

struct hook_errand {
	struct errand errand;
	struct hook hook; /* texts are owned */
	char *name;
	void (*done)(void *cookie, unsigned status, const char *type, const char *body);
	void *cookie;
};

static void
hook_free(struct hook_errand *h)
{
	free((char *)h->hook.method);
	free((char *)h->hook.path);
	free((char *)h->hook.query);
	free((char *)h->hook.type);
	free((char *)h->hook.body);
	free((char *)h->hook.remote);
	free(h->name);
	free(h);
}

/* On the fan-out's thread. */
static void
hook_run(struct core *c, struct errand *e)
{
	struct hook_errand *h = (struct hook_errand *)e;
	struct channel *ch = (struct channel *)by_name(c, h->name);
	struct pending_hook *p;

	if (ch == NULL || ch->kind->hook == NULL) {
		h->done(h->cookie, 404, "text/plain", "");
	} else if (ch->fd == -1 || c->hooks_n >= HOOKS_MAX) {
		h->done(h->cookie, 503, "text/plain", "");
	} else {
		p = mem_new(sizeof(*p));
		p->id = ++c->last_hook;
		p->channel = ch;
		p->deadline = clock_ms() + HOOK_MS;
		p->done = h->done;
		p->cookie = h->cookie;
		p->next = c->hooks;
		c->hooks = p;
		c->hooks_n++;
		link_hook(ch, p->id, &h->hook);
	}
	hook_free(h);
}

void
core_hook(struct core *c, const char *name, const struct hook *h,
    void (*done)(void *cookie, unsigned status, const char *type, const char *body), void *cookie)
{
	struct hook_errand *e = mem_new(sizeof(*e));

	e->errand.run = hook_run;
	e->hook.method = mem_dup(h->method);
	e->hook.path = mem_dup(h->path);
	e->hook.query = mem_dup(h->query);
	e->hook.type = mem_dup(h->type);
	e->hook.body = mem_dupn(h->body != NULL ? h->body : "", h->body_len);
	e->hook.body_len = h->body_len;
	e->hook.remote = mem_dup(h->remote);
	e->name = mem_dup(name);
	e->done = done;
	e->cookie = cookie;
	fanout_errand(c, &e->errand);
}

/* ---- a pause */

struct pause_errand {
	struct errand errand;
	struct channel *channel;
	bool pause;
};

static void
pause_run(struct core *c, struct errand *e)
{
	struct pause_errand *p = (struct pause_errand *)e;

	p->channel->paused = p->pause;
	p->channel->look = p->channel->look_rows = true;
	if (!p->pause && link_is_up(p->channel))
		fanout_wake(p->channel);
	log_info(
	    "channel %s is %s by the operator", p->channel->name, p->pause ? "paused" : "resumed");
	(void)c;
	free(p);
}

int
core_pause(struct core *c, const char *name, bool pause)
{
	struct channel *ch = (struct channel *)by_name(c, name);
	struct pause_errand *p;

	if (ch == NULL)
		return -1;
	pthread_mutex_lock(&c->lock);
	ch->shown_paused = pause;
	pthread_mutex_unlock(&c->lock);
	p = mem_new(sizeof(*p));
	p->errand.run = pause_run;
	p->channel = ch;
	p->pause = pause;
	fanout_errand(c, &p->errand);
	return 0;
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
		ch->window = (unsigned)conf_int(s, "window");
		if (ch->window == 0)
			ch->window = ch->kind->window > 0 ? ch->kind->window : 1;
		ch->fd = ch->pidfd = -1;
		ch->look = true;
		ch->look_rows = true;
		window_open(ch);
	}
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
	c->errands_tail = &c->errands;
	c->store = store;
	site_load(&c->site, conf_group(conf, "site"));
	site_fanout(&c->site, conf_group(conf, "fanout"));
	c->roster = roster_new((size_t)c->site.roster);
	make_channels(c, conf, kinds, exe);
	c->bell = bell_new();
	if (c->bell == NULL || core_join(c, conf_top(conf)) == -1) {
		log_warn("the channels cannot be noted in the store");
		core_free(c);
		return NULL;
	}
	read_tariffs(c);
	return c;
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

	/* What may fail comes first: no channel takes anything in for a service that does not start. */
	for (size_t i = 0; i < c->n; i++) {
		struct channel *ch = &c->channels[i];

		if (ch->kind->core == NULL)
			continue;
		ch->in_core = ch->kind->core->start(c, ch->name, ch->section);
		if (ch->in_core == NULL) {
			stop_in_core(c);
			return -1;
		}
	}
	err = pthread_create(&c->thread, NULL, fanout_thread, c);
	if (err != 0) {
		log_warn("no thread for the fan-out: %s", strerror(err));
		stop_in_core(c);
		return -1;
	}
	return 0;
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
	atomic_store(&c->stopping, true);
	bell_ring(c->bell);
	pthread_join(c->thread, NULL);
	/* Behind this, no earlier job of the committer can call back. */
	store_write(c->store, nothing, NULL);
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
	node_free(c->node);
	bell_free(c->bell);
	pthread_mutex_destroy(&c->lock);
	explicit_bzero(c->secret, sizeof(c->secret));
	free(c);
}
