#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/store/faultvfs.h"
#include "tests/store/suite.h"

#define SUBMITTERS 4
#define JOBS 250
#define BURST 200

static int64_t author;

static int
begin(struct tx *tx, void *arg)
{
	(void)arg;
	author = make_user(tx, "author");
	return STORE_OK;
}

/* ---- what is submitted at once is synced at once */

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool entered, open;
	int done;
	int64_t last;
	bool in_order;
};

static struct gate gate = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER, .in_order = true
};

/* Holds the committer until the burst is in the queue. */
static int
hold(struct tx *tx, void *arg)
{
	(void)tx, (void)arg;
	pthread_mutex_lock(&gate.lock);
	gate.entered = true;
	pthread_cond_broadcast(&gate.moved);
	while (!gate.open)
		pthread_cond_wait(&gate.moved, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	return STORE_OK;
}

static int
say(struct tx *tx, void *arg)
{
	*(int64_t *)arg = make_status(tx, author, "x", 0);
	return STORE_OK;
}

static void
said(struct store_job *job, int result)
{
	pthread_mutex_lock(&gate.lock);
	gate.done += result == STORE_OK;
	if (job->arg != NULL) {
		gate.in_order &= *(int64_t *)job->arg > gate.last;
		gate.last = *(int64_t *)job->arg;
	}
	pthread_cond_broadcast(&gate.moved);
	pthread_mutex_unlock(&gate.lock);
}

static void
wait_for(int done)
{
	pthread_mutex_lock(&gate.lock);
	while (gate.done < done)
		pthread_cond_wait(&gate.moved, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

/* What is submitted until let_go() is in one group. */
static void
hold_up(struct room *room)
{
	static struct store_job holder;

	gate.entered = gate.open = false;
	gate.done = 0;
	holder = (struct store_job){ .run = hold, .done = said };
	store_submit(room->store, &holder);
	pthread_mutex_lock(&gate.lock);
	while (!gate.entered)
		pthread_cond_wait(&gate.moved, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void
let_go(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = true;
	pthread_cond_broadcast(&gate.moved);
	pthread_mutex_unlock(&gate.lock);
}

static void
grouping(struct room *room)
{
	static struct store_job jobs[BURST];
	static int64_t positions[BURST];
	struct fault_counts before, after;

	hold_up(room);
	for (int i = 0; i < BURST; i++) {
		jobs[i] = (struct store_job){ .run = say, .arg = &positions[i], .done = said };
		store_submit(room->store, &jobs[i]);
	}
	before = fault_counted();
	let_go();
	wait_for(BURST + 1);
	after = fault_counted();
	if (suite_is_file(room))
		ok(after.syncs > before.syncs && after.syncs - before.syncs < BURST / 4,
		    "what waits is committed in groups");
	ok(gate.in_order, "in the order in which it came");
}

/* ---- one of a group fails */

static int
fail(struct tx *tx, void *arg)
{
	(void)arg;
	make_status(tx, author, "never", 0);
	make_user(tx, "never");
	return -7;
}

static void
failed(struct store_job *job, int result)
{
	pthread_mutex_lock(&gate.lock);
	*(int *)job->arg = result;
	gate.done++;
	pthread_cond_broadcast(&gate.moved);
	pthread_mutex_unlock(&gate.lock);
}

static void
one_fails(struct room *room)
{
	int64_t a = 0, b = 0;
	int result = 0;
	struct user u;
	struct store_job jobs[] = {
		{ .run = say, .arg = &a, .done = said },
		{ .run = fail, .arg = &result, .done = failed },
		{ .run = say, .arg = &b, .done = said },
	};
	struct tx *tx;

	hold_up(room);
	for (int i = 0; i < 3; i++)
		store_submit(room->store, &jobs[i]);
	let_go();
	wait_for(4);
	ok(result == -7 && b == a + 1, "one that fails takes nothing with it");
	tx = store_read(room->store);
	ok(!user_by_name(tx, "never", &u), "and leaves nothing");
	store_read_end(tx);
}

/* ---- many that write, and readers beside them */

static atomic_bool stop;
static atomic_int wrong, reads;

static int
write_pair(struct tx *tx, void *arg)
{
	(void)arg;
	make_status(tx, author, "first of two", 0);
	make_status(tx, author, "second of two", 0);
	return STORE_OK;
}

static void *
submitter(void *arg)
{
	struct room *room = arg;

	for (int i = 0; i < JOBS; i++)
		if (store_write(room->store, write_pair, NULL) != STORE_OK)
			atomic_fetch_add(&wrong, 1);
	return NULL;
}

static bool
count(void *cookie, const struct status *s)
{
	(void)s;
	++*(int64_t *)cookie;
	return true;
}

/* Within one snapshot the head, the count and the log agree, and nothing is half there. */
static void *
reader(void *arg)
{
	struct room *room = arg;
	int64_t last = 0, head, n;
	struct user u;
	struct tx *tx;

	while (!atomic_load(&stop)) {
		tx = store_read(room->store);
		head = log_head(tx);
		n = 0;
		status_from(tx, head - 10, 100, count, &n);
		must(user_by_id(tx, author, &u));
		if (head < last || n != 11 || u.statuses != head || log_head(tx) != head)
			atomic_fetch_add(&wrong, 1);
		last = head;
		store_read_end(tx);
		atomic_fetch_add(&reads, 1);
	}
	return NULL;
}

static void
beside(struct room *room)
{
	pthread_t writers[SUBMITTERS], readers[10];
	int64_t before;
	struct tx *tx = store_read(room->store);

	before = log_head(tx);
	store_read_end(tx);
	for (int i = 0; i < 10; i++)
		pthread_create(&readers[i], NULL, reader, room);
	for (int i = 0; i < SUBMITTERS; i++)
		pthread_create(&writers[i], NULL, submitter, room);
	for (int i = 0; i < SUBMITTERS; i++)
		pthread_join(writers[i], NULL);
	atomic_store(&stop, true);
	for (int i = 0; i < 10; i++)
		pthread_join(readers[i], NULL);
	tx = store_read(room->store);
	ok(log_head(tx) == before + 2 * SUBMITTERS * JOBS, "all that was written is there");
	store_read_end(tx);
	ok(wrong == 0 && reads > 0, "readers see one moment each, and time goes forward");
}

/* ---- a copy of what is being written */

static void *
keep_writing(void *arg)
{
	struct room *room = arg;

	while (!atomic_load(&stop))
		if (store_write(room->store, write_pair, NULL) != STORE_OK)
			atomic_fetch_add(&wrong, 1);
	return NULL;
}

static void
copying(struct room *room)
{
	struct room copy = { .url = "sqlite:copy.db" };
	pthread_t writer;
	char path[128];
	struct user u;
	struct tx *tx;
	int64_t n = 0;

	memcpy(copy.state, room->state, sizeof(copy.state));
	snprintf(path, sizeof(path), "%s/copy.db", room->state);
	atomic_store(&stop, false);
	pthread_create(&writer, NULL, keep_writing, room);
	ok(store_backup(room->store, path, NULL) == 0, "a copy is made beside a writer");
	atomic_store(&stop, true);
	pthread_join(writer, NULL);
	copy.store = store_open(copy.url, copy.state);
	must(copy.store != NULL);
	tx = store_read(copy.store);
	must(user_by_id(tx, author, &u));
	status_from(tx, 1, 1000000, count, &n);
	ok(u.statuses == log_head(tx) && n == u.statuses, "of one moment");
	store_read_end(tx);
	store_close(copy.store);
}

/* ---- the log of a store that is never idle */

#define LONG (100 * 1024)
#define LONGS 400

static int
say_long(struct tx *tx, void *arg)
{
	make_status(tx, author, arg, 0);
	return STORE_OK;
}

static void
beginning_anew(struct room *room)
{
	static char text[LONG + 1];
	char path[128];
	struct stat st;
	int failed = 0;

	memset(text, 'x', LONG);
	for (int i = 0; i < LONGS; i++)
		failed += store_write(room->store, say_long, text) != STORE_OK;
	snprintf(path, sizeof(path), "%s/store.db-wal", room->state);
	must(stat(path, &st) == 0);
	ok(failed == 0 && st.st_size < (off_t)LONG * LONGS / 3 * 2,
	    "what is written without a pause does not make the log longer and longer");
}

/* ---- snapshots */

static void
snapshots(struct room *room)
{
	struct tx *old = store_read(room->store), *new;
	int64_t head = log_head(old), pos = 0;

	store_write(room->store, say, &pos);
	new = store_read(room->store);
	ok(log_head(old) == head, "a snapshot stays what it was");
	ok(log_head(new) == pos && pos == head + 1, "what is committed is seen by who reads next");
	store_read_end(new);
	store_read_end(old);
}

/* ---- statements within statements of the same text */

static bool
nest(void *cookie, const struct user *u)
{
	int64_t n = 0;

	(void)u;
	status_from(cookie, 1, 3, count, &n);
	if (n != 3)
		atomic_fetch_add(&wrong, 1);
	return true;
}

static bool
nest_deeper(void *cookie, const struct user *u)
{
	user_each(cookie, "", nest, cookie);
	return nest(cookie, u);
}

static void
nesting(struct room *room)
{
	struct tx *tx = store_read(room->store);

	user_each(tx, "", nest_deeper, tx);
	store_read_end(tx);
	ok(wrong == 0, "what is called back may ask the same");
}

/* ---- closing keeps what was submitted */

static void
closing(struct room *room)
{
	static struct store_job jobs[BURST];
	static int64_t positions[BURST];
	struct tx *tx;

	gate.done = 0;
	for (int i = 0; i < BURST; i++) {
		jobs[i] = (struct store_job){ .run = say, .arg = &positions[i], .done = said };
		store_submit(room->store, &jobs[i]);
	}
	suite_reopen(room);
	tx = store_read(room->store);
	ok(gate.done == BURST && log_head(tx) == positions[BURST - 1],
	    "what was submitted before the end is kept");
	store_read_end(tx);
	ok(suite_is_sound(room), "and the file is sound");
}

static void
test(struct room *room)
{
	suite_do(room, begin, NULL);
	grouping(room);
	one_fails(room);
	beside(room);
	if (suite_is_file(room)) {
		copying(room);
		beginning_anew(room);
	}
	snapshots(room);
	nesting(room);
	closing(room);
}

int
main(void)
{
	fault_install();
	suite_run(test);
	return tap_done();
}
