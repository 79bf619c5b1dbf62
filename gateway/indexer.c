#include "gateway/indexer.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/search.h"

#define LOOK_MS 10000 /* other nodes' statuses, should their own indexer be gone */
#define PAUSE_MS 500  /* between two rounds: what is said meanwhile goes in together */
#define REST_MS 100   /* at most, between two pieces */
#define TELL 5000     /* statuses behind which it is worth a line in the log */

struct indexer {
	struct store *store;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	atomic_bool wanted, stopping;
};

/* Until ${ms} are over, it is to stop or, if ${work}, there is something to do. */
static void
rest(struct indexer *x, int64_t ms, bool work)
{
	int64_t until = clock_ms() + ms;

	pthread_mutex_lock(&x->lock);
	while (!atomic_load(&x->stopping) && !(work && atomic_load(&x->wanted)))
		if (!clock_wait(&x->work, &x->lock, until))
			break;
	pthread_mutex_unlock(&x->lock);
}

/* One piece.  False: there is none, or no store. */
static bool
index_piece(struct indexer *x, struct search_batch *b)
{
	struct tx *tx;
	bool some;

	/* to ask a database that is silent takes long */
	if (store_is_gone(x->store))
		return false;
	tx = store_read(x->store);
	some = search_collect(tx, b);
	some &= store_read_end(tx) == STORE_OK;
	if (some)
		some = store_write(x->store, search_write, b) >= STORE_OK;
	search_batch_free(b);
	return some;
}

/* As long as there is something: half of the time is the others'. */
static void
index_all(struct indexer *x, struct search_batch *b)
{
	int64_t begun, took, n = 0, from = -1, to = 0;

	while (!atomic_load(&x->stopping)) {
		begun = clock_ms();
		if (!index_piece(x, b))
			break;
		if (!b->people && from == -1)
			from = b->from;
		if (!b->people)
			to = b->to;
		n++;
		took = clock_ms() - begun;
		if (b->more)
			rest(x, took < REST_MS ? took : REST_MS, false);
	}
	if (from != -1 && n * SEARCH_BATCH >= TELL)
		log_info("what was said is found again, from s%" PRIx64 " to s%" PRIx64,
		    (uint64_t)from + 1, (uint64_t)to);
}

static void *
run(void *arg)
{
	struct indexer *x = arg;
	struct search_batch *b = mem_new(sizeof(*b));

	log_context("indexer");
	while (!atomic_load(&x->stopping)) {
		atomic_store(&x->wanted, false);
		index_all(x, b);
		rest(x, PAUSE_MS, false);
		rest(x, LOOK_MS, true);
	}
	free(b);
	return NULL;
}

struct indexer *
indexer_start(struct store *s)
{
	struct indexer *x = mem_new(sizeof(*x));
	int err;

	x->store = s;
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->work, NULL);
	err = pthread_create(&x->thread, NULL, run, x);
	if (err == 0)
		return x;
	log_error("no thread for the index: %s", strerror(err));
	pthread_cond_destroy(&x->work);
	pthread_mutex_destroy(&x->lock);
	free(x);
	return NULL;
}

static void
wake(struct indexer *x)
{
	pthread_mutex_lock(&x->lock);
	pthread_cond_signal(&x->work);
	pthread_mutex_unlock(&x->lock);
}

void
indexer_look(struct indexer *x)
{
	/* whoever was before has woken it */
	if (!atomic_exchange(&x->wanted, true))
		wake(x);
}

void
indexer_stop(struct indexer *x)
{
	if (x == NULL)
		return;
	atomic_store(&x->stopping, true);
	wake(x);
	pthread_join(x->thread, NULL);
	pthread_cond_destroy(&x->work);
	pthread_mutex_destroy(&x->lock);
	free(x);
}
