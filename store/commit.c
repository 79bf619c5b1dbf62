#include "base/clock.h"
#include "base/log.h"
#include "store/sql.h"
#include "store/tx.h"

/*
 * The committer: the only thread that writes.  What was submitted while the last group was on its
 * way to the disk makes up the next, so that a busy store syncs once for many.
 */
#define GROUP_MAX 256 /* jobs */
#define GROUP_MS 20   /* and no job begins later than this in a group */
#define COMPLAIN_MS 60000

static struct store_job *
take_all(struct store *s)
{
	struct store_job *jobs;

	pthread_mutex_lock(&s->lock);
	while (s->first == NULL && !s->stopping)
		pthread_cond_wait(&s->work, &s->lock);
	jobs = s->first;
	s->first = NULL;
	s->last = &s->first;
	pthread_mutex_unlock(&s->lock);
	return jobs;
}

/* One job in its own savepoint; false: the group must be undone. */
static bool
run_one(struct store *s, struct store_job *job)
{
	struct tx *tx = &s->writer;

	sql_run(tx, "SAVEPOINT job");
	if (tx->trouble == DRIVER_OK)
		job->result = job->run(tx, job->arg);
	if (tx->trouble == DRIVER_CONSTRAINT) {
		tx->trouble = DRIVER_OK;
		job->result = STORE_FAILED;
	}
	if (job->result < STORE_OK)
		sql_run(tx, "ROLLBACK TO SAVEPOINT job");
	sql_run(tx, "RELEASE SAVEPOINT job");
	return tx->trouble == DRIVER_OK;
}

/* One job without: false, if it comes to nothing. */
static bool
run_bare(struct store *s, struct store_job *job)
{
	job->result = job->run(&s->writer, job->arg);
	return s->writer.trouble == DRIVER_OK && job->result >= STORE_OK;
}

/*
 * Run jobs in one transaction and commit it.  *${rest} is the first that had no time.  Hardly ever
 * does one come to nothing, so they run without savepoints first; *${careful} is set, and nothing
 * done, where they are wanted after all.
 */
static enum driver_result
run_group(struct store *s, struct store_job *jobs, struct store_job **rest, bool *careful)
{
	struct tx *tx = &s->writer;
	int64_t begun = clock_ms();
	struct store_job *job = jobs;
	enum driver_result r = s->driver->begin(tx->conn);

	tx->trouble = DRIVER_OK;
	for (int n = 0; r == DRIVER_OK && job != NULL && n < GROUP_MAX; job = job->next, n++) {
		if (n > 0 && clock_ms() - begun > GROUP_MS)
			break;
		if (!*careful && !run_bare(s, job)) {
			*careful = tx->trouble == DRIVER_OK || tx->trouble == DRIVER_CONSTRAINT;
			r = *careful ? DRIVER_RETRY : tx->trouble;
		} else if (*careful && !run_one(s, job)) {
			r = tx->trouble;
		}
	}
	*rest = job;
	if (r == DRIVER_OK)
		r = s->driver->commit(tx->conn);
	if (r == DRIVER_FATAL)
		log_die(
		    "store: %s; see to the disk, then start again: what was acknowledged is kept",
		    s->driver->error(tx->conn));
	if (r != DRIVER_OK)
		s->driver->rollback(tx->conn);
	return r;
}

static void
complain(struct store *s, const char *what)
{
	int64_t now = clock_ms();

	if (s->complained != 0 && now - s->complained < COMPLAIN_MS)
		return;
	s->complained = now;
	s->relieved = false;
	log_warn("store: %s", what);
}

static void
relieve(struct store *s)
{
	if (s->complained == 0 || s->relieved)
		return;
	s->relieved = true;
	log_info("store: writing again");
}

/* All or none: who is told "later" must find nothing written. */
static struct store_job *
commit_group(struct store *s, struct store_job *jobs)
{
	struct store_job *rest, *job, *next;
	enum driver_result r;
	bool careful = false, was;

	do {
		was = careful;
		r = run_group(s, jobs, &rest, &careful);
		if (r == DRIVER_RETRY && was == careful)
			complain(s, "another process holds the store; trying again");
	} while (r == DRIVER_RETRY);
	if (r == DRIVER_FULL)
		complain(s, "no room on the disk: nothing can be accepted until there is");
	else
		relieve(s);
	for (job = jobs; job != rest; job = next) {
		next = job->next;
		job->done(job, r == DRIVER_OK ? job->result : STORE_LATER);
	}
	return rest;
}

void *
commit_run(void *arg)
{
	struct store *s = arg;
	struct store_job *jobs;

	log_context("committer");
	while ((jobs = take_all(s)) != NULL)
		while (jobs != NULL)
			jobs = commit_group(s, jobs);
	return NULL;
}
