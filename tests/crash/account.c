/*
 * Every accepted post and every delivery accounted for, while the daemon and its channel are
 * killed at random moments or its disk fails.  This program is the client that posts (again,
 * with the same id, until it is told "kept"), the peer that survives and takes deliveries out
 * of order with some refusals, and the ledger.
 *
 * account VICTIM MODE KILLS [MUTANT]
 *	MODE: core (kill -9 of the whole daemon), channel (of its channel's process),
 *	      jobs (core, with every author's statuses fanned out as jobs),
 *	      write, sync, full, kill (the disk, after a random number of writes)
 *	MUTANT: an invariant switched off in the victim: the accounts must NOT add up.
 * ACCOUNT_SEED sets the dice.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/ladder.h"
#include "store/fanout.h"
#include "tests/crash/ledger.h"
#include "tests/crash/world.h"
#include "tests/tap.h"

#define POSTS_MAX 20000
#define WINDOW 64
#define UNKEPT_MAX 16 /* posts on their way at once */
#define DELAY_US 4000 /* the peer answers within */
#define QUIET_MS 3000 /* after the last kill: all is delivered when nothing came for so long */
#define LIMIT_MS 120000
#define POSTS_A_ROUND 40

struct post {
	int author;
	bool kept;
	bool copies[READERS]; /* delivered */
	bool refused[READERS];
};

struct promise { /* an answer the peer will give */
	int64_t at;
	char line[LEDGER_LINE];
};

static struct post posts[POSTS_MAX];
static int posts_n; /* made so far; post k has the foreign id "k" */
static int unkept[UNKEPT_MAX], unkept_n;
static long long last_seen[AUTHORS][READERS]; /* position in the log */
static struct promise promises[8192];
static size_t promises_n;
static int listener, wire = -1;
static struct buf in, out;
static pid_t victim;
static long delivered, repeats, disorder, restarts;
static bool ended_well = true;
static bool disk_fails;
static bool too_many; /* repeats, at some time */
static int64_t heard_at;
static int posts_allowed;

/* ---- the client */

static void
say_post(int k)
{
	buf_printf(&out, "P %d a%d n %d\n", k, posts[k].author, k);
}

static void
make_posts(void)
{
	while (posts_n < posts_allowed && unkept_n < UNKEPT_MAX && posts_n < POSTS_MAX &&
	       out.len < 65536) {
		posts[posts_n].author = (int)(random() % AUTHORS);
		unkept[unkept_n++] = posts_n;
		say_post(posts_n);
		if (posts_n % 8 == 0)
			say_post(posts_n); /* as networks do that heard no answer */
		posts_n++;
	}
}

static void
hear_kept(int k, bool kept)
{
	for (int i = 0; i < unkept_n; i++) {
		if (unkept[i] != k)
			continue;
		if (!kept) {
			say_post(k);
			return;
		}
		posts[k].kept = true;
		unkept[i] = unkept[--unkept_n];
		return;
	}
}

/* ---- the peer */

static void
take(const char *key, int author, int k, int reader)
{
	struct promise *p;
	long long pos = strtoll(key + 1, NULL, 16);
	int dice = (int)(random() % 2000), code = dice < 20 ? 450 : dice == 20 ? 550 : 250;

	if (k < 0 || k >= posts_n || author < 0 || author >= AUTHORS || reader < 0 ||
	    reader >= READERS || posts[k].author != author || !world_follows[author][reader])
		log_die("a delivery that nobody is owed: %s", key);
	if (code == 550)
		posts[k].refused[reader] = true;
	if (code == 250) {
		delivered++;
		if (posts[k].copies[reader]) {
			repeats++;
			too_many |= repeats > restarts * WINDOW;
		} else if (last_seen[author][reader] > pos) {
			disorder++;
		} else {
			last_seen[author][reader] = pos;
		}
		posts[k].copies[reader] = true;
	}
	if (promises_n == sizeof(promises) / sizeof(promises[0]))
		log_die("more deliveries at once than any window holds");
	p = &promises[promises_n++];
	p->at = clock_us() + random() % DELAY_US;
	snprintf(p->line, sizeof(p->line), "A %s %d\n", key, code);
}

static void
keep_promises(void)
{
	int64_t now = clock_us();
	size_t kept = 0;

	for (size_t i = 0; i < promises_n; i++)
		if (promises[i].at <= now)
			buf_text_add(&out, promises[i].line);
		else
			promises[kept++] = promises[i];
	promises_n = kept;
}

static void
hear_line(const char *line)
{
	char key[64];
	int reader, author, k;

	heard_at = clock_ms();
	if (sscanf(line, "D %63s r%d a%d: n %d", key, &reader, &author, &k) == 4)
		take(key, author, k, reader);
	else if (sscanf(line, "K %d", &k) == 1)
		hear_kept(k, true);
	else if (sscanf(line, "L %d", &k) == 1)
		hear_kept(k, false);
	else
		log_die("what is this? %s", line);
}

static void
lose_wire(void)
{
	close(wire);
	wire = -1;
	promises_n = 0;
	buf_clear(&in);
	buf_clear(&out);
}

static void
take_wire(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd == -1)
		return;
	if (wire != -1)
		lose_wire();
	wire = fd;
	/* What was not kept is posted again, with the same ids. */
	for (int i = 0; i < unkept_n; i++)
		say_post(unkept[i]);
}

static void
hear_wire(void)
{
	char chunk[65536], *nl;
	ssize_t n = recv(wire, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n == 0 || (n == -1 && errno != EAGAIN)) {
		lose_wire();
		return;
	}
	if (n > 0)
		buf_add(&in, chunk, (size_t)n);
	while (in.len > 0 && (nl = memchr(in.data, '\n', in.len)) != NULL) {
		*nl = '\0';
		hear_line(in.data);
		buf_drop(&in, (size_t)(nl - in.data) + 1);
	}
}

static void
turn(void)
{
	struct pollfd p[2] = { { .fd = listener, .events = POLLIN },
		{ .fd = wire, .events = POLLIN } };
	ssize_t n;

	poll(p, 2, 1);
	if (p[0].revents != 0)
		take_wire();
	if (wire != -1 && p[1].revents != 0)
		hear_wire();
	if (wire == -1)
		return;
	make_posts();
	keep_promises();
	while (wire != -1 && out.len > 0 &&
	       (n = send(wire, out.data, out.len, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		buf_drop(&out, (size_t)n);
}

/* ---- the one that dies */

static void
start_victim(const char *program, const char *big, const char *fault)
{
	char window[16];

	snprintf(window, sizeof(window), "%d", WINDOW);
	victim = fork();
	if (victim != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fault[0] != '\0')
		setenv("HUDHUD_FAULT", fault, 1);
	if (getenv("ACCOUNT_LOG") == NULL) {
		dup2(open("/dev/null", O_WRONLY), 2);
	}
	execl(program, program, world_folder, world_socket, window, big, (char *)NULL);
	_exit(127);
}

/* The channel's process: the victim's only child. */
static pid_t
child_of(pid_t pid)
{
	char pattern[64];
	int child = 0;
	glob_t found;
	FILE *f;

	snprintf(pattern, sizeof(pattern), "/proc/%d/task/*/children", (int)pid);
	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc && child == 0; i++) {
		f = fopen(found.gl_pathv[i], "r");
		if (f != NULL && fscanf(f, "%d", &child) != 1)
			child = 0;
		if (f != NULL)
			fclose(f);
	}
	globfree(&found);
	return child;
}

static void
end_victim(int sig)
{
	int status = 0;

	kill(victim, sig);
	waitpid(victim, &status, 0);
	/* A disk that fails ends it, and that is right; anything else is a fault of its own. */
	ended_well &= disk_fails || (WIFSIGNALED(status) ? WTERMSIG(status) == sig : status == 0);
	victim = 0;
	/* The channel hears of it by its socket's end. */
	while (wire != -1)
		turn();
}

/* Modes that are none of these are of the disk. */
static bool
is_of_disk(const char *mode)
{
	return strcmp(mode, "core") != 0 && strcmp(mode, "channel") != 0 &&
	       strcmp(mode, "jobs") != 0;
}

static void
run_kills(const char *program, const char *mode, int kills)
{
	const char *big = strcmp(mode, "jobs") == 0 ? "1" : "5000";
	char fault[32] = "";

	disk_fails = is_of_disk(mode);
	for (int i = 0; i < kills; i++) {
		if (disk_fails)
			snprintf(fault, sizeof(fault), "%s:%ld", mode, 20 + random() % 400);
		if (victim == 0)
			start_victim(program, big, fault);
		posts_allowed += POSTS_A_ROUND;
		for (int64_t until = clock_ms() + 40 + random() % 240; clock_ms() < until;)
			turn();
		if (strcmp(mode, "channel") == 0) {
			pid_t child = child_of(victim);

			if (child > 0)
				kill(child, SIGKILL);
		} else {
			end_victim(SIGKILL);
		}
		restarts++;
	}
	if (victim == 0)
		start_victim(program, big, "");
}

/* Until everything posted is kept and nothing comes any more. */
static void
settle(void)
{
	int64_t began = clock_ms();

	heard_at = began;
	while (clock_ms() - began < LIMIT_MS && (unkept_n > 0 || clock_ms() - heard_at < QUIET_MS))
		turn();
	end_victim(SIGTERM);
}

/* ---- the account */

static long
missing(void)
{
	long n = 0;

	for (int k = 0; k < posts_n; k++)
		for (int r = 0; posts[k].kept && r < READERS; r++)
			n += world_follows[posts[k].author][r] && !posts[k].copies[r] &&
			     !posts[k].refused[r];
	return n;
}

static bool
found_one(void *cookie, const struct status *s)
{
	int *times = cookie;
	int k;

	if (sscanf(s->text, "n %d", &k) == 1 && k >= 0 && k < POSTS_MAX)
		times[k]++;
	return true;
}

static void
read_log(int *times)
{
	struct store *s = store_open(world_store(), world_folder);
	struct tx *tx = store_read(s);

	status_from(tx, 1, 10 * POSTS_MAX, found_one, times);
	store_read_end(tx);
	store_close(s);
}

struct account {
	long lost, gone, twice, disorder;
	bool too_many;
};

/* What must not add up without the invariant ${mutant}. */
static bool
shows(const char *mutant, struct account a)
{
	switch (mutant[0]) {
	case 'a':
		return a.lost > 0; /* ack */
	case 'w':
		return a.too_many; /* window */
	case 'e':
	case 'c':
		return a.gone > 0; /* exception, cursor */
	case 'd':
		return a.twice > 0; /* dedupe */
	default:
		return a.disorder > 0 || a.too_many; /* order */
	}
}

int
main(int argc, char **argv)
{
	static int times[POSTS_MAX];
	const char *seed = getenv("ACCOUNT_SEED");
	long lost = 0, twice = 0, gone, kept = 0;

	if (argc < 4)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	srandom(seed != NULL ? (unsigned)atoi(seed) : 1);
	listener = world_make();
	if (argc > 4)
		setenv("VICTIM_MUTANT", argv[4], 1);
	run_kills(argv[1], argv[2], atoi(argv[3]));
	settle();
	read_log(times);
	for (int k = 0; k < posts_n; k++) {
		kept += posts[k].kept;
		lost += posts[k].kept && times[k] == 0;
		twice += times[k] > 1;
	}
	gone = missing();
	printf("# %s%s%s: %ld posts kept, %ld restarts, %ld delivered, %ld repeats (bound %ld)\n",
	    argv[2], argc > 4 ? " without " : "", argc > 4 ? argv[4] : "", kept, restarts,
	    delivered, repeats, restarts * WINDOW);
	printf("# lost %ld, missing %ld, twice in the log %ld, out of order %ld, not kept %d\n",
	    lost, gone, twice, disorder, unkept_n);
	world_remove();
	if (argc > 4) {
		ok(unkept_n == 0 && kept > 100 &&
			shows(argv[4], (struct account){ lost, gone, twice, disorder, too_many }),
		    "the account shows which invariant is switched off");
		return tap_done();
	}
	ok(ended_well, "it ends when it is killed or told to, and never by itself");
	ok(unkept_n == 0 && kept > 100 && delivered > 1000, "every post is kept in the end");
	ok(lost == 0, "no kept post is lost");
	ok(twice == 0, "a post sent again is one status");
	ok(gone == 0, "no delivery is missing");
	ok(!too_many, "repeats are at most a window for each restart");
	ok(disorder == 0, "an author's statuses arrive in order");
	return tap_done();
}
