#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "channels/web/workers.h"

struct work {
	void (*fn)(void *arg, bool dropped);
	void *arg;
};

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t *thread;
	unsigned threads;
	struct work *queue; /* a ring of ${room} */
	unsigned room, first, n;
	bool stop;
};

static bool
take(struct workers *w, struct work *out)
{
	if (w->n == 0)
		return false;
	*out = w->queue[w->first];
	w->first = (w->first + 1) % w->room;
	w->n--;
	return true;
}

static void *
run(void *arg)
{
	struct workers *w = arg;
	struct work work;

	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		if (!take(w, &work)) {
			pthread_cond_wait(&w->more, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		work.fn(work.arg, false);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct workers *
workers_start(unsigned threads, unsigned queue)
{
	struct workers *w = mem_new(sizeof *w);

	w->room = queue;
	w->queue = mem_new(queue * sizeof *w->queue);
	w->thread = mem_new(threads * sizeof *w->thread);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	for (; w->threads < threads; w->threads++)
		if (pthread_create(&w->thread[w->threads], NULL, run, w) != 0)
			log_die("web: cannot start a thread");
	return w;
}

bool
workers_add(struct workers *w, void (*work)(void *arg, bool dropped), void *arg)
{
	bool room;

	pthread_mutex_lock(&w->lock);
	room = w->n < w->room && !w->stop;
	if (room) {
		w->queue[(w->first + w->n++) % w->room] = (struct work){ work, arg };
		pthread_cond_signal(&w->more);
	}
	pthread_mutex_unlock(&w->lock);
	return room;
}

unsigned
workers_waiting(struct workers *w)
{
	unsigned n;

	pthread_mutex_lock(&w->lock);
	n = w->n;
	pthread_mutex_unlock(&w->lock);
	return n;
}

void
workers_stop(struct workers *w)
{
	struct work work;

	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->threads; i++)
		pthread_join(w->thread[i], NULL);
	while (take(w, &work))
		work.fn(work.arg, true);
	pthread_cond_destroy(&w->more);
	pthread_mutex_destroy(&w->lock);
	free(w->thread);
	free(w->queue);
	free(w);
}
