#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/store/dump.h"
#include "tests/store/faultvfs.h"

/* A move that is cut off, by whatever and wherever. */
#define ROWS 300

static void
die(void *cookie, const char *table, int64_t rows, bool all)
{
	(void)rows, (void)all;
	if (strcmp(table, cookie) == 0)
		raise(SIGKILL);
}

static int
move_apart(struct move *m, enum fault fault, int64_t n)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (fault != FAULT_NONE)
			fault_after(fault, n);
		_exit(move_store(m) == 0 ? 0 : 3);
	}
	must(pid != -1 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
killed(struct room *room)
{
	static char table[] = "status";
	const char *to = suite_other(room, 5);
	struct move m = move_of(room, room->url, to);

	m.progress = die;
	m.cookie = table;
	must(move_apart(&m, FAULT_NONE, 0) == -SIGKILL);
	ok(!opens(room, to), "after kill -9 in the middle the target does not open");
	m.progress = NULL;
	ok(move_store(&m) == 0 && m.again, "a second try says that there was a first");
	ok(is_same(room, room->url, to), "and is whole");
	m = move_of(room, "sqlite:small.db", to);
	m.over = true;
	m.progress = die;
	m.cookie = table;
	must(move_apart(&m, FAULT_NONE, 0) == -SIGKILL);
	ok(opens(room, to), "one that was to be replaced is what it was");
}

/* "stop", "start" or "kill" the server. */
static void
server(const char *what)
{
	char *command = mem_printf("%s %s >/dev/null", getenv("HUDHUD_TEST_SERVER"), what);

	must(system(command) == 0);
	free(command);
}

static void
kill_server(void *cookie, const char *table, int64_t rows, bool all)
{
	(void)rows, (void)all;
	if (strcmp(table, cookie) == 0)
		server("kill");
}

static void
server_lost(struct room *room)
{
	static char table[] = "status";
	struct move m = move_of(room, "sqlite:small.db", suite_other(room, 6));
	char *before = dump_store(m.from, room->state, schema_version), *after;

	if (getenv("HUDHUD_TEST_SERVER") == NULL)
		return;
	m.to = suite_other(room, 7);
	m.progress = kill_server;
	m.cookie = table;
	ok(move_store(&m) == -1 && strstr(m.why, "the target: ") != NULL,
	    "where the server goes away in the middle, that is told");
	server("start");
	after = dump_store(m.from, room->state, schema_version);
	ok(strcmp(before, after) == 0, "the source is as it was");
	ok(!opens(room, m.to), "the target does not open");
	ok(moves(room, m.from, m.to) && is_same(room, m.from, m.to), "and a second try is whole");
	free(before);
	free(after);
}

/* Wherever the disk is full, fails, or the process dies: whole, or refused, or as if never begun. */
static void
cut_anywhere(struct room *room)
{
	static const enum fault faults[] = { FAULT_FULL, FAULT_WRITE, FAULT_SYNC, FAULT_KILL };
	int wrong = 0, whole = 0, refused = 0, r;
	char *path = mem_printf("%s/cut.db", room->state),
	     *journal = mem_printf("%s-journal", path);
	struct move m = move_of(room, "sqlite:small.db", "sqlite:cut.db");

	for (int i = 0; i < 160; i++) {
		unlink(path);
		unlink(journal);
		r = move_apart(
		    &m, faults[i % 4], faults[i % 4] == FAULT_SYNC ? i / 4 % 12 : i * i / 30);
		if (r == 0) {
			whole++;
			wrong += !is_same(room, m.from, m.to);
			continue;
		}
		wrong += r != 3 && r != -SIGKILL;
		if (opens(room, m.to))
			wrong += dump_count(m.to, room->state, "person") != 0;
		else
			refused++;
		wrong += !moves(room, m.from, m.to) || !is_same(room, m.from, m.to);
	}
	printf("# %d whole, %d refused, %d wrong\n", whole, refused, wrong);
	ok(wrong == 0 && refused > 40 && whole > 0,
	    "whatever the disk does, the target is whole, or refuses and can be had anew");
	free(path);
	free(journal);
}

/* Where several may be at work, whether these live would be watched for a while each time. */
static void
forget_nodes(struct room *room)
{
	struct open o;

	open_store(&o, room->url, room->state, true);
	sql_run(&o.tx, "DELETE FROM node");
	open_end(&o, true);
}

static void
test(struct room *room)
{
	store_close(room->store);
	dump_fill(room->url, room->state, schema_version, 1, ROWS, false);
	forget_nodes(room);
	must(opens(room, "sqlite:small.db"));
	dump_fill("sqlite:small.db", room->state, schema_version, 9, 50, false);
	killed(room);
	if (suite_is_file(room))
		cut_anywhere(room);
	else
		server_lost(room);
	room->store = store_open(room->url, room->state);
	must(room->store != NULL);
}

int
main(void)
{
	fault_install();
	suite_run(test);
	return tap_done();
}
