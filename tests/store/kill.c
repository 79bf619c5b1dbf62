#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/store/suite.h"

/*
 * A process that posts from several threads is killed again and again.  What it had acknowledged
 * goes through a pipe, which outlives it; every entry must be found in the store afterwards.
 */
#define KILLS 60
#define THREADS 3

struct entry {
	int64_t pos;
	int64_t number; /* what was said there */
	int thread, pad;
};

static int64_t author, reader;
static int ledger;

static int
begin(struct tx *tx, void *arg)
{
	struct user u;
	int ids[2];

	(void)arg;
	make_channels(tx, ids);
	if (user_by_name(tx, "author", &u)) {
		author = u.id;
		user_by_name(tx, "reader", &u);
		reader = u.id;
		return STORE_OK;
	}
	author = make_user(tx, "author");
	reader = make_reader(tx, "reader", "xmpp", ids[0]);
	make_follow(tx, reader, author);
	return STORE_OK;
}

/* All that belongs together: the status, where it came from, the answer to it. */
static int
accept_one(struct tx *tx, void *arg)
{
	struct entry *e = arg;
	struct answer a = { .chan = 1, .kind = "xmpp", .lang = "en", .text = (char *)"done" };
	char text[64], peer[64];

	snprintf(peer, sizeof(peer), "peer%d", e->thread);
	snprintf(text, sizeof(text), "%lld", (long long)e->number);
	if (!inbound_is_new(tx, 1, peer, text, &e->pos))
		return STORE_OK;
	e->pos = make_status(tx, author, text, reader);
	inbound_note(tx, 1, peer, text, 100, e->pos);
	snprintf(a.peer, sizeof(a.peer), "%s.%s", peer, text);
	return answer_add(tx, &a);
}

static void *
poster(void *arg)
{
	static _Atomic int threads;
	struct entry e = { .thread = threads++ };
	struct room *room = arg;

	for (;; e.number++) {
		must(store_write(room->store, accept_one, &e) == STORE_OK);
		must(write(ledger, &e, sizeof(e)) == (ssize_t)sizeof(e));
	}
	return NULL;
}

static void
child(struct room *room)
{
	pthread_t threads[THREADS];

	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
	suite_do(room, begin, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, poster, room);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	_exit(1);
}

/* Everything acknowledged in one life, in a later one: *${lost} counts what is not as it was. */
static struct entry entries[100000];
static size_t entries_n;

static int
look(struct tx *tx, void *arg)
{
	char text[64], peer[64];
	struct status s;
	int64_t pos;

	for (size_t i = 0; i < entries_n; i++) {
		const struct entry *e = &entries[i];

		snprintf(peer, sizeof(peer), "peer%d", e->thread);
		snprintf(text, sizeof(text), "%lld", (long long)e->number);
		if (inbound_is_new(tx, 1, peer, text, &pos) || pos != e->pos ||
		    !status_get(tx, e->pos, &s)) {
			++*(int *)arg;
			continue;
		}
		*(int *)arg += strcmp(s.text, text) != 0 || owed(tx, reader, e->pos) != e->pos;
		free((char *)s.text);
	}
	return STORE_FAILED;
}

static bool
whole(void *cookie, const struct status *s)
{
	int64_t *last = cookie;

	*last = s->pos == *last + 1 ? s->pos : -1;
	return *last != -1;
}

/* Live until ${n} were acknowledged, then die; the rest of the pipe counts, too. */
static void
one_life(struct room *room, size_t n)
{
	size_t from = entries_n;
	int fds[2];
	pid_t pid;

	must(pipe(fds) == 0);
	fflush(stdout);
	pid = fork();
	must(pid != -1);
	if (pid == 0) {
		close(fds[0]);
		ledger = fds[1];
		child(room);
	}
	close(fds[1]);
	while (
	    entries_n < sizeof(entries) / sizeof(entries[0]) &&
	    read(fds[0], &entries[entries_n], sizeof(entries[0])) == (ssize_t)sizeof(entries[0])) {
		entries_n++;
		if (entries_n - from == n)
			must(kill(pid, SIGKILL) == 0);
	}
	close(fds[0]);
	must(waitpid(pid, NULL, 0) == pid);
}

static void
test(struct room *room)
{
	int64_t last = 0, head;
	int lost = 0;
	struct tx *tx;

	store_close(room->store);
	for (size_t i = 0; i < KILLS; i++)
		one_life(room, 1 + i * 37 % 120);
	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
	suite_do(room, begin, NULL);
	must(store_write(room->store, look, &lost) == STORE_FAILED);
	ok(lost == 0 && entries_n >= KILLS, "nothing that was acknowledged is lost");
	tx = store_read(room->store);
	head = log_head(tx);
	status_from(tx, 1, 1000000, whole, &last);
	ok(head >= (int64_t)THREADS && last == head, "the log has no holes");
	store_read_end(tx);
	store_close(room->store);
	ok(suite_is_sound(room), "and the file is sound");
	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
}

int
main(void)
{
	suite_run(test);
	return tap_done();
}
