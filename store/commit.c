#include <poll.h>
#include <stdatomic.h>

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

const struct histogram_bounds store_bounds = { 15,
	{ 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000,
	    2500000, 5000000 } };

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

/* The number of the group, so that it can be looked up whether it was committed. */
static void
mark(struct store *s)
{
	int64_t id = atomic_load(&s->known_as);

	s->group++;
	if (id != 0)
		sql_run(&s->writer, "UPDATE node SET grp = ?2 WHERE id = ?1", N(id), N(s->group));
}

static enum driver_result
begin(struct store *s)
{
	struct tx *tx = &s->writer;

	changes_begin(s->changes);
	tx->trouble = s->driver->begin(tx->conn);
	if (tx->trouble == DRIVER_OK && s->driver->lock != NULL)
		tx->trouble = s->driver->lock(tx->conn);
	return tx->trouble;
}

static enum driver_result
end(struct store *s, enum driver_result r)
{
	struct tx *tx = &s->writer;

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

/*
 * Run jobs in one transaction and commit it.  *${rest} is the first that had no time.  Hardly ever
 * does one come to nothing, so they run without savepoints first; DRIVER_LATE, and nothing done,
 * where they are wanted after all.
 */
static enum driver_result
run_group(struct store *s, struct store_job *jobs, struct store_job **rest)
{
	struct tx *tx = &s->writer;
	int64_t begun = clock_ms();
	struct store_job *job = jobs;
	enum driver_result r = begin(s);

	for (int n = 0; r == DRIVER_OK && job != NULL && n < GROUP_MAX; job = job->next, n++) {
		if (n > 0 && clock_ms() - begun > GROUP_MS)
			break;
		if (s->savepoints ? run_one(s, job) : run_bare(s, job))
			continue;
		r = tx->trouble;
		if (!s->savepoints && (r == DRIVER_OK || r == DRIVER_CONSTRAINT))
			r = DRIVER_LATE;
	}
	*rest = job;
	if (r == DRIVER_OK && !s->driver->alone) {
		mark(s);
		changes_write(&s->writer);
		r = s->writer.trouble;
	}
	return end(s, r);
}

/* ---- when something is in the way */

static void
complain(struct store *s, const char *what, const char *why)
{
	int64_t now = clock_ms();

	if (s->complained != 0 && now - s->complained < COMPLAIN_MS)
		return;
	s->complained = now;
	s->relieved = false;
	log_warn("store: %s%s%s", what, why[0] != '\0' ? ": " : "", why);
}

static void
relieve(struct store *s)
{
	atomic_store(&s->away, 0);
	atomic_store(&s->full, 0);
	if (atomic_exchange(&s->gone, false))
		log_info("store: reading again");
	if (s->complained == 0 || s->relieved)
		return;
	s->relieved = true;
	log_info("store: writing again");
}

/*
 * Was the last group committed?  Whoever asks has waited for the lock that its transaction had, and
 * commits something itself: so what was read is kept wherever that is.
 */
static enum driver_result
look_up(struct store *s, int64_t id, int64_t *group)
{
	struct tx *tx = &s->writer;

	begin(s);
	*group = sql_value(tx, -1, "UPDATE node SET grp = grp WHERE id = ?1 RETURNING grp", N(id));
	return end(s, tx->trouble);
}

/* OK: it was committed.  RETRY: it was not.  AWAY: nobody can tell. */
static enum driver_result
resolve(struct store *s)
{
	int64_t id = atomic_load(&s->known_as), group, until = clock_ms() + PATIENCE_MS;
	enum driver_result r;

	if (id == 0)
		return DRIVER_AWAY;
	while ((r = look_up(s, id, &group)) != DRIVER_OK) {
		if (clock_ms() >= until)
			return DRIVER_AWAY;
		poll(NULL, 0, PAUSE_MS);
	}
	if (group == -1)
		return DRIVER_AWAY;
	return group == s->group ? DRIVER_OK : DRIVER_RETRY;
}

/* Run it until it is clear what becomes of it: OK, FULL, or AWAY. */
static enum driver_result
settle_group(struct store *s, struct store_job *jobs, struct store_job **rest)
{
	int64_t until = clock_ms() + (atomic_load(&s->away) != 0 ? 0 : PATIENCE_MS);
	enum driver_result r;

	for (;;) {
		r = run_group(s, jobs, rest);
		if (r == DRIVER_UNKNOWN)
			r = resolve(s);
		if (r == DRIVER_LATE) {
			/* Savepoints cost no round trips, but to put nothing off does. */
			s->writer.careful = s->savepoints;
			s->savepoints = true;
		} else if (r == DRIVER_RETRY)
			complain(s, "another process holds the store; trying again", "");
		else if (r != DRIVER_AWAY || clock_ms() >= until)
			break;
		else
			poll(NULL, 0, PAUSE_MS);
	}
	s->writer.careful = s->savepoints = false;
	return r;
}

static void
since_now(_Atomic int64_t *at)
{
	if (atomic_load(at) == 0)
		atomic_store(at, clock_wall());
}

/* All or none: who is told "later" must find nothing written. */
static struct store_job *
commit_group(struct store *s, struct store_job *jobs)
{
	struct store_job *rest, *job, *next;
	int64_t begun = clock_us(), n = 0;
	enum driver_result r = settle_group(s, jobs, &rest);

	if (r == DRIVER_OK) {
		histogram_add(&s->commits, &store_bounds, clock_us() - begun);
		changes_committed(s);
		relieve(s);
	} else if (r == DRIVER_FULL) {
		since_now(&s->full);
		complain(s, "no room on the disk: nothing can be accepted until there is", "");
	} else {
		complain(s, "the database is away, nothing can be accepted until it is back",
		    s->driver->error(s->writer.conn));
		since_now(&s->away);
		rest = NULL;
	}
	for (job = jobs; job != rest; job = job->next)
		n++;
	atomic_fetch_sub_explicit(&s->waiting, n, memory_order_relaxed);
	if (r == DRIVER_OK)
		atomic_fetch_add_explicit(&s->jobs, n, memory_order_relaxed);
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
