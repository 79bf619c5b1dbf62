/*
 * The log is copied into the main file here, beside the commits: a commit that did it would take
 * milliseconds, and all who wait for it with it.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/sqlite/sqlite.h"

/* Pages of log before it is copied into the main file. */
#define PAGES 2000
/* If it takes that long, the commits have to help. */
#define PAGES_MOST 16000
/* Commits that try to copy the rest: one may meet a reader who still needs it. */
#define TRIES 8

struct checkpointer {
	sqlite3 *db;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	bool wanted, stopping;
	atomic_bool failed, copied;
	/* the writer's */
	int seen, due, tries; /* pages, pages, commits */
	bool asked;
};

static void *
work(void *arg)
{
	struct checkpointer *k = arg;
	int rc;

	log_context("checkpointer");
	pthread_mutex_lock(&k->lock);
	while (!k->stopping) {
		if (!k->wanted) {
			pthread_cond_wait(&k->work, &k->lock);
			continue;
		}
		k->wanted = false;
		pthread_mutex_unlock(&k->lock);
		rc = sqlite3_wal_checkpoint_v2(k->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		/* no room: the log has it, and the next time there may be */
		if (rc != SQLITE_OK && sqlite_result(k->db, rc) == DRIVER_FATAL)
			atomic_store(&k->failed, true);
		atomic_store(&k->copied, true);
		pthread_mutex_lock(&k->lock);
	}
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

/* Nothing is copied by a connection that has not seen yet that there is a log. */
static int
open_file(struct checkpointer *k, const char *path)
{
	int rc = sqlite3_open_v2(path, &k->db, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_extended_result_codes(k->db, 1);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(k->db,
		    "PRAGMA synchronous = FULL; PRAGMA mmap_size = 0; PRAGMA cache_size = -64;"
		    "SELECT COUNT(*) FROM sqlite_master",
		    NULL, NULL, NULL);
	sqlite3_wal_autocheckpoint(k->db, 0);
	return rc;
}

struct checkpointer *
checkpointer_start(const char *path)
{
	struct checkpointer *k = mem_new(sizeof(*k));

	k->due = PAGES;
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->work, NULL);
	if (open_file(k, path) == SQLITE_OK && pthread_create(&k->thread, NULL, work, k) == 0)
		return k;

	sqlite3_close(k->db);
	pthread_cond_destroy(&k->work);
	pthread_mutex_destroy(&k->lock);
	free(k);
	return NULL;
}

static void
wake(struct checkpointer *k)
{
	pthread_mutex_lock(&k->lock);
	k->wanted = true;
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
}

/*
 * Under a load that never ends, what is copied beside the commits never gets to the end of the log, which
 * would grow: to write where a file has ended costs a third more than to write over what was there, and
 * to copy on and on costs two syncs each time.
 */
bool
checkpointer_look(struct checkpointer *k, int pages)
{
	if (pages < k->seen) {
		k->due = PAGES;
		k->tries = 0;
		if (atomic_exchange(&k->copied, false))
			k->asked = false;
	}
	k->seen = pages;
	if (k->tries > 0) {
		k->tries--;
		return true;
	}
	if (pages < k->due)
		return false;
	if (!k->asked)
		wake(k);
	k->asked = true;
	if (!atomic_exchange(&k->copied, false))
		return pages >= PAGES_MOST;
	k->asked = false;
	k->due = pages + PAGES;
	k->tries = TRIES - 1;
	return true;
}

bool
checkpointer_failed(const struct checkpointer *k)
{
	return atomic_load(&k->failed);
}

void
checkpointer_stop(struct checkpointer *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->stopping = true;
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	sqlite3_close(k->db);
	pthread_cond_destroy(&k->work);
	pthread_mutex_destroy(&k->lock);
	free(k);
}
