#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/store/faultvfs.h"
#include "tests/store/suite.h"

/* What the disk does wrong, and what becomes of what was said meanwhile. */

static int64_t author;
static char text[3000]; /* so that there are checkpoints, too */

static int
begin(struct tx *tx, void *arg)
{
	struct user u;

	(void)arg;
	if (user_by_name(tx, "author", &u))
		author = u.id;
	else
		author = make_user(tx, "author");
	return STORE_OK;
}

/* No must() here: with a disk that fails, verbs may say no. */
static int
say(struct tx *tx, void *arg)
{
	struct status_new s = { .author = author, .text = text };

	return status_add(tx, &s, arg);
}

static int64_t
head_of(struct room *room)
{
	struct tx *tx = store_read(room->store);
	int64_t head = log_head(tx);

	store_read_end(tx);
	return head;
}

/* ---- no room */

static void
full_at_once(struct room *room)
{
	int64_t pos = 0, head = head_of(room);

	fault_after(FAULT_FULL, 0);
	ok(store_write(room->store, say, &pos) == STORE_LATER, "no room: later");
	ok(store_write(room->store, say, &pos) == STORE_LATER, "and later again");
	ok(head_of(room) == head, "reading goes on, nothing was written");
	fault_after(FAULT_NONE, 0);
	ok(store_write(room->store, say, &pos) == STORE_OK && pos == head + 1,
	    "with room, writing goes on by itself");
}

/* Wherever in a transaction, or in a checkpoint, the room ends: all or nothing, and told so. */
static void
full_anywhere(struct room *room)
{
	int64_t pos, expected = head_of(room);
	int r, wrong = 0, refused = 0;

	for (int n = 0; n < 160; n++) {
		fault_after(FAULT_FULL, n % 40);
		for (int i = 0; i < 6; i++) {
			r = store_write(room->store, say, &pos);
			refused += r == STORE_LATER;
			wrong += r != STORE_OK && r != STORE_LATER;
			if (r == STORE_OK)
				wrong += pos != ++expected;
		}
		fault_after(FAULT_NONE, 0);
		wrong += head_of(room) != expected;
	}
	ok(wrong == 0 && refused > 40, "wherever it ends, what was refused is not there");
	suite_reopen(room);
	ok(head_of(room) == expected, "and what was accepted is");
}

static void
full(struct room *room)
{
	suite_do(room, begin, NULL);
	full_at_once(room);
	full_anywhere(room);
	store_close(room->store);
	ok(suite_is_sound(room), "the file is sound after a full disk");
	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
}

/* ---- a transaction that does not fit in memory */

#define LARGE (100 * 1024)
#define LARGES 80

static char large[LARGE + 1];

/* Says a lot, and reads it: much of it is in the log by then, which holds no commit. */
static int
say_much(struct tx *tx, void *arg)
{
	struct status_new s = { .author = author, .text = large };
	struct status back;
	int64_t pos[LARGES];

	for (int i = 0; i < LARGES; i++) {
		large[0] = (char)('A' + i % 26);
		if (status_add(tx, &s, &pos[i]) != STORE_OK)
			return STORE_FAILED;
	}
	for (int i = 0; i < LARGES; i++) {
		if (!status_get(tx, pos[i], &back))
			return STORE_FAILED;
		*(int *)arg += back.text[0] != (char)('A' + i % 26) || strlen(back.text) != LARGE;
		free((char *)back.text);
	}
	return STORE_OK;
}

static void
spilled(struct room *room)
{
	int wrong = 0, refused = 0, said = 0, r;
	int64_t head = head_of(room), pos;

	memset(large, 'x', LARGE);
	ok(store_write(room->store, say_much, &wrong) == STORE_OK && wrong == 0,
	    "what is in the log already is read as it was written");
	for (int n = 0; n < 100; n += 1 + n / 6) {
		fault_after(FAULT_FULL, n);
		r = store_write(room->store, say_much, &wrong);
		fault_after(FAULT_NONE, 0);
		refused += r == STORE_LATER;
		said += r == STORE_OK;
		wrong += r != STORE_LATER && r != STORE_OK;
		wrong += head_of(room) != head + (int64_t)LARGES * (1 + said);
	}
	ok(wrong == 0 && refused > 10, "wherever the room ends in it, all or nothing is there");
	suite_reopen(room);
	ok(head_of(room) == head + (int64_t)LARGES * (1 + said) &&
		store_write(room->store, say, &pos) == STORE_OK,
	    "and after a new start");
}

/* ---- what a commit costs */

static int64_t
log_size(const struct room *room)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s-wal", room->state, strchr(room->url, ':') + 1);
	must(stat(path, &st) == 0);
	return st.st_size;
}

/* Where the log grows, there are the zeros that it grows by, too, a page each. */
static void
one_write(struct room *room)
{
	struct fault_counts before = fault_counted(), after;
	int64_t pos, grown = log_size(room);
	int failed = 0;

	for (int i = 0; i < 50; i++)
		failed += store_write(room->store, say, &pos) != STORE_OK;
	after = fault_counted();
	grown = log_size(room) - grown;
	ok(failed == 0 && after.writes - before.writes < 100 + grown / 4096 &&
		after.syncs - before.syncs < 100,
	    "a commit is a write and a sync, hardly ever more");
}

/* ---- I/O errors */

/* The child: says things until it dies, and tells of each that was acknowledged. */
static void
child(struct room *room, enum fault f, int n, int ledger)
{
	int64_t pos;

	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
	suite_do(room, begin, NULL);
	fault_after(f, n);
	for (int i = 0; i < 400; i++)
		if (store_write(room->store, say, &pos) == STORE_OK)
			must(write(ledger, &pos, sizeof(pos)) == (ssize_t)sizeof(pos));
	_exit(0);
}

/* Run one; return the last position that was acknowledged, and how it ended in *${status}. */
static int64_t
run_child(struct room *room, enum fault f, int n, int *status)
{
	int64_t last = 0, pos;
	int fds[2];
	pid_t pid;

	must(pipe(fds) == 0);
	fflush(stdout);
	pid = fork();
	must(pid != -1);
	if (pid == 0) {
		close(fds[0]);
		must(freopen("/dev/null", "w", stderr) != NULL);
		child(room, f, n, fds[1]);
	}
	close(fds[1]);
	while (read(fds[0], &pos, sizeof(pos)) == (ssize_t)sizeof(pos))
		last = pos;
	close(fds[0]);
	must(waitpid(pid, status, 0) == pid);
	return last;
}

static void
io_errors(struct room *room, enum fault f, int runs, const char *what)
{
	int lost = 0, alive = 0, ended = 0, status;
	int64_t last;

	store_close(room->store);
	for (int n = 0; n < runs; n++) {
		last = run_child(room, f, n * 7 % 97, &status);
		if (f == FAULT_KILL)
			ended += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		else
			ended += WIFEXITED(status) && WEXITSTATUS(status) == 1;
		alive += WIFEXITED(status) && WEXITSTATUS(status) == 0;
		room->store = store_open(room->url, room->state);
		must(room->store != NULL);
		lost += head_of(room) < last;
		store_close(room->store);
	}
	ok(ended + alive == runs && ended > 0, what);
	ok(lost == 0, "and nothing that was acknowledged is lost");
	ok(suite_is_sound(room), "and the file is sound");
	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
}

/* ---- the first moments */

static void
born(struct room *room, enum fault f, int n)
{
	fault_after(f, n);
	room->store = store_open("sqlite:birth.db", room->state);
	fault_after(FAULT_NONE, 0);
	if (room->store != NULL)
		store_close(room->store);
	_exit(room->store != NULL ? 0 : 1);
}

/* Whatever the first start came to, the second makes a store of it. */
static void
births(struct room *room, enum fault f, const char *what)
{
	struct room child = *room;
	char path[128];
	int wrong = 0, status = -1;

	for (int n = 0; n < 300 && status != 0; n += 1 + n / 4) {
		for (int i = 0; i < 4; i++) {
			static const char *const ends[] = { "", "-wal", "-shm", "-lock" };

			snprintf(path, sizeof(path), "%s/birth.db%s", room->state, ends[i]);
			unlink(path);
		}
		fflush(stdout);
		switch (fork()) {
		case -1:
			must(false);
			break;
		case 0:
			must(freopen("/dev/null", "w", stderr) != NULL);
			born(&child, f, n);
		}
		must(wait(&status) > 0);
		child.store = store_open("sqlite:birth.db", room->state);
		wrong += child.store == NULL;
		store_close(child.store);
	}
	ok(wrong == 0 && status == 0, what);
}

static void
test(struct room *room)
{
	memset(text, 'x', sizeof(text) - 1);
	full(room);
	one_write(room);
	spilled(room);
	births(room, FAULT_FULL, "no room at birth");
	births(room, FAULT_WRITE, "a broken disk at birth");
	births(room, FAULT_SYNC, "a disk that does not sync at birth");
	births(room, FAULT_KILL, "killed at birth");
	io_errors(room, FAULT_WRITE, 24, "a write that fails ends the process");
	io_errors(room, FAULT_SYNC, 24, "a sync that fails ends the process");
	io_errors(room, FAULT_KILL, 24, "killed instead of any write");
}

int
main(void)
{
	fault_install();
	suite_run(test);
	return tap_done();
}
