/* Counters.  What many threads count is atomic, and relaxed: nothing is ordered by a number. */
#include "gateway/meter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define TAKEN_MAX 4096 /* statuses of which the moment is known */
#define SECOND_US 1000000
#define LONGEST_US (86400 * INT64_C(1000000))

struct meter_channel {
	struct meter_channel *next;
	char *name; /* owned */
	atomic_int_fast64_t n[METER_COUNTS];
	struct histogram times[METER_WAYS];
	int64_t last_us; /* the fan-out's */
	size_t last_bucket;
	atomic_uint used;

	/* under the meter's lock */
	struct meter_minute *minutes; /* by minute % METER_MINUTES; NULL: none is over yet */
	int64_t before[METER_COUNTS]; /* as at the end of the last one */
	struct histogram_view before_prompt;
};

struct meter {
	int64_t began;
	atomic_int_fast64_t pages[METER_PAGES];
	struct taken {
		atomic_int_fast64_t pos, us;
	} taken[TAKEN_MAX];
	pthread_mutex_t lock;
	struct meter_channel *channels;
};

const struct histogram_bounds meter_bounds = { 16,
	{ 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
	    30000000, 60000000, 300000000, 900000000, 3600000000 } };

struct meter *
meter_new(void)
{
	struct meter *m = mem_new(sizeof(*m));

	m->began = clock_wall();
	pthread_mutex_init(&m->lock, NULL);
	return m;
}

void
meter_free(struct meter *m)
{
	struct meter_channel *ch;

	if (m == NULL)
		return;
	while ((ch = m->channels) != NULL) {
		m->channels = ch->next;
		free(ch->minutes);
		free(ch->name);
		free(ch);
	}
	pthread_mutex_destroy(&m->lock);
	free(m);
}

int64_t
meter_began(const struct meter *m)
{
	return m->began;
}

struct meter_channel *
meter_channel(struct meter *m, const char *name)
{
	struct meter_channel *ch;

	pthread_mutex_lock(&m->lock);
	ch = m->channels;
	while (ch != NULL && strcmp(ch->name, name) != 0)
		ch = ch->next;
	if (ch == NULL) {
		ch = mem_new(sizeof(*ch));
		ch->name = mem_dup(name);
		ch->next = m->channels;
		m->channels = ch;
	}
	pthread_mutex_unlock(&m->lock);
	return ch;
}

void
meter_add(struct meter_channel *ch, enum meter_count what, int64_t n)
{
	atomic_fetch_add_explicit(&ch->n[what], n, memory_order_relaxed);
}

int64_t
meter_get(const struct meter_channel *ch, enum meter_count what)
{
	return atomic_load_explicit(&ch->n[what], memory_order_relaxed);
}

void
meter_page(struct meter *m, enum meter_page what, int64_t n)
{
	atomic_fetch_add_explicit(&m->pages[what], n, memory_order_relaxed);
}

int64_t
meter_page_get(const struct meter *m, enum meter_page what)
{
	return atomic_load_explicit(&m->pages[what], memory_order_relaxed);
}

/* ---- what came in */

static void
note_taken(struct meter *m, int64_t pos)
{
	struct taken *t = &m->taken[(uint64_t)pos % TAKEN_MAX];

	/* nobody takes the time of one for another's */
	atomic_store(&t->pos, 0);
	atomic_store(&t->us, clock_us());
	atomic_store(&t->pos, pos);
}

void
meter_heard(struct meter *m, struct meter_channel *ch, const struct receive *r)
{
	enum meter_count what = METER_COMMANDS;

	if (r->verdict == VERDICT_LATER)
		what = METER_LATER;
	else if (r->verdict == VERDICT_REFUSED)
		what = METER_REFUSED;
	else if (r->repeat)
		what = METER_REPEATS;
	else if (r->automatic)
		what = METER_AUTOMATIC;
	else if (r->pos != 0)
		what = METER_STATUSES;
	meter_add(ch, what, 1);
	if (what == METER_STATUSES)
		note_taken(m, r->pos);
}

int64_t
meter_taken(const struct meter *m, int64_t pos, int64_t at)
{
	const struct taken *t = &m->taken[(uint64_t)pos % TAKEN_MAX];
	int64_t us, age;

	if (atomic_load(&t->pos) == pos) {
		us = atomic_load(&t->us);
		if (atomic_load(&t->pos) == pos)
			return us;
	}
	/* Not before that second was over, or just now. */
	age = clock_wall() - at - 1;
	return clock_us() - (age > 0 ? age * SECOND_US : 0);
}

/* ---- what went out */

void
meter_arrived(struct meter_channel *ch, enum meter_way way, int64_t us)
{
	/* What took longer is in the last bucket anyhow, and many of it are too much for a sum. */
	if (us > LONGEST_US)
		us = LONGEST_US;
	/* copies of one status that were settled at once took as long as each other */
	if (us != ch->last_us) {
		ch->last_us = us;
		ch->last_bucket = histogram_bucket(&meter_bounds, us);
	}
	histogram_put(&ch->times[way], ch->last_bucket, us > 0 ? us : 0);
}

void
meter_times(const struct meter_channel *ch, enum meter_way way, struct histogram_view *v)
{
	histogram_read(&ch->times[way], v);
}

void
meter_window(struct meter_channel *ch, unsigned used)
{
	atomic_store_explicit(&ch->used, used, memory_order_relaxed);
}

unsigned
meter_window_get(const struct meter_channel *ch)
{
	return atomic_load_explicit(&ch->used, memory_order_relaxed);
}

/* ---- minutes */

/* What has been counted of it since the last minute. */
static uint32_t
since(const struct meter_channel *ch, const int64_t now[METER_COUNTS], enum meter_count what)
{
	int64_t n = now[what] - ch->before[what];

	return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void
fill_minute(struct meter_channel *ch, struct meter_minute *out)
{
	struct histogram_view prompt;
	int64_t now[METER_COUNTS];

	for (int i = 0; i < METER_COUNTS; i++)
		now[i] = meter_get(ch, (enum meter_count)i);
	meter_times(ch, METER_PROMPT, &prompt);
	out->accepted = since(ch, now, METER_STATUSES) + since(ch, now, METER_COMMANDS);
	out->delivered = since(ch, now, METER_DELIVERED) + since(ch, now, METER_SUMMARIES) +
			 since(ch, now, METER_ANSWERS);
	out->failed = since(ch, now, METER_FAILED) + since(ch, now, METER_REPORTED) +
		      since(ch, now, METER_SILENT);
	out->deferred = since(ch, now, METER_DEFERRED);
	for (size_t i = 0; i <= HISTOGRAM_MAX; i++)
		out->prompt[i] = (uint32_t)(prompt.n[i] - ch->before_prompt.n[i]);
	memcpy(ch->before, now, sizeof(now));
	ch->before_prompt = prompt;
}

void
meter_tick(struct meter *m, struct meter_channel *ch, int64_t minute, int64_t waiting)
{
	struct meter_minute *at;

	pthread_mutex_lock(&m->lock);
	if (ch->minutes == NULL) {
		ch->minutes = mem_new(METER_MINUTES * sizeof(*ch->minutes));
		for (size_t i = 0; i < METER_MINUTES; i++)
			ch->minutes[i].minute = -1;
	}
	at = &ch->minutes[(uint64_t)minute % METER_MINUTES];
	at->minute = minute;
	at->waiting = waiting;
	fill_minute(ch, at);
	pthread_mutex_unlock(&m->lock);
}

size_t
meter_minutes(struct meter *m, const struct meter_channel *ch, int64_t first, int64_t end,
    struct meter_minute *out)
{
	size_t n = 0;

	if (end - first > METER_MINUTES)
		first = end - METER_MINUTES;
	pthread_mutex_lock(&m->lock);
	for (int64_t i = first; ch->minutes != NULL && i < end; i++)
		if (ch->minutes[(uint64_t)i % METER_MINUTES].minute == i)
			out[n++] = ch->minutes[(uint64_t)i % METER_MINUTES];
	pthread_mutex_unlock(&m->lock);
	return n;
}
