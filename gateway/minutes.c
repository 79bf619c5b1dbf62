/* The hand that closes each minute's figures: what waits must be counted in the store, which may take long. */
#include "gateway/minutes.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/core.h"

#define CHANNELS_MAX 64
#define MINUTE 60

struct minutes {
	struct core *core;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t end;
	bool over;
};

static void
close_minute(struct core *c, int64_t minute)
{
	struct health *h = mem_new(CHANNELS_MAX * sizeof(*h));
	size_t n = core_health(c, h, CHANNELS_MAX);
	struct meter *m = core_meter(c);

	for (size_t i = 0; i < n; i++)
		meter_tick(m, meter_channel(m, h[i].name), minute, h[i].waiting);
	free(h);
}

/* False: it is over. */
static bool
wait_for(struct minutes *m, int64_t seconds)
{
	int64_t until = clock_ms() + seconds * 1000;
	bool over;

	pthread_mutex_lock(&m->lock);
	while (!m->over && clock_wait(&m->end, &m->lock, until))
		;
	over = m->over;
	pthread_mutex_unlock(&m->lock);
	return !over;
}

static void *
run(void *arg)
{
	struct minutes *m = arg;
	int64_t minute = clock_wall() / MINUTE, now;

	log_context("minutes");
	while (wait_for(m, MINUTE - clock_wall() % MINUTE)) {
		now = clock_wall() / MINUTE;
		if (now == minute)
			continue; /* the clock was put back a little */
		/* what came in while this slept, as a machine does, belongs to the last */
		close_minute(m->core, now - 1);
		minute = now;
	}
	return NULL;
}

struct minutes *
minutes_start(struct core *c)
{
	struct minutes *m = mem_new(sizeof(*m));

	m->core = c;
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->end, NULL);
	if (pthread_create(&m->thread, NULL, run, m) == 0)
		return m;
	log_warn("no thread that keeps what each minute was like");
	pthread_cond_destroy(&m->end);
	pthread_mutex_destroy(&m->lock);
	free(m);
	return NULL;
}

void
minutes_stop(struct minutes *m)
{
	if (m == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	m->over = true;
	pthread_cond_signal(&m->end);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->thread, NULL);
	pthread_cond_destroy(&m->end);
	pthread_mutex_destroy(&m->lock);
	free(m);
}
