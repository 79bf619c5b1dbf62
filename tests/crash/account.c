/*
 * Every accepted post and every delivery accounted for, while the daemon and its channel are
 * killed at random moments or its disk fails.
 *
 * account VICTIM MODE KILLS [MUTANT]
 *	MODE: core (kill -9 of the whole daemon), channel (of its channel's process),
 *	      jobs (core, with every author's statuses fanned out as jobs),
 *	      ladders (core, with two channels and readers who have wishes),
 *	      write, sync, full, kill (the disk, after a random number of writes)
 *	MUTANT: an invariant switched off in the victim: the accounts must NOT add up.
 * ACCOUNT_SEED sets the dice.
 */
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/crash/ledger.h"
#include "tests/crash/peer.h"
#include "tests/crash/world.h"
#include "tests/tap.h"

#define QUIET_MS 3000    /* when all is there: a repeat would come by then */
#define SILENT_MS 30000  /* while something is missing: by then it does not come any more */
#define START_MS 60000   /* to begin */
#define LIMIT_MS 1200000 /* who says something again and again shall not keep us for ever */
#define POSTS_A_ROUND 40

static pid_t victim;
static long restarts;
static bool ended_well = true;
static bool disk_fails;

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
	while (peer_wires() > 0)
		peer_turn();
}

/* Modes that are none of these are of the disk. */
static bool
is_of_disk(const char *mode)
{
	return strcmp(mode, "core") != 0 && strcmp(mode, "channel") != 0 &&
	       strcmp(mode, "jobs") != 0 && strcmp(mode, "ladders") != 0;
}

/* Until a gateway is connected, and, if ${busy}, brings something. */
static void
await_work(bool busy)
{
	long before = tally.delivered;

	for (int64_t until = clock_ms() + START_MS; clock_ms() < until;) {
		if (peer_wires() > 0 && (!busy || tally.delivered > before))
			return;
		peer_turn();
	}
}

/*
 * Half of them die at work, however slowly they begin, and the others when it happens to be; mutants all at work,
 * and one whose window is too wide while it is filled.
 */
static void
run_kills(const char *program, const char *mode, int kills, const char *mutant)
{
	const char *big = strcmp(mode, "jobs") == 0 ? "1" : "5000";
	bool busy = strcmp(mutant, "window") == 0;
	char fault[32] = "";

	disk_fails = is_of_disk(mode);
	for (int i = 0; i < kills; i++) {
		if (disk_fails)
			snprintf(fault, sizeof(fault), "%s:%ld", mode, 20 + random() % 400);
		if (victim == 0)
			start_victim(program, big, fault);
		peer_allow(POSTS_A_ROUND);
		if (!disk_fails && (mutant[0] != '\0' || i % 2 == 0))
			await_work(busy);
		for (int64_t until = clock_ms() + (busy ? random() % 30 : 40 + random() % 240);
		     clock_ms() < until;)
			peer_turn();
		if (strcmp(mode, "channel") == 0) {
			pid_t child = child_of(victim);

			if (child > 0)
				kill(child, SIGKILL);
		} else {
			end_victim(SIGKILL);
		}
		restarts++;
		peer_forgive(1);
	}
	if (victim == 0)
		start_victim(program, big, "");
}

/* Is there more to come?  Of a mutant it may be missing for good. */
static bool
is_owed(bool mutant)
{
	return tally.unkept > 0 || (!mutant && peer_missing() > 0);
}

/* Until everything posted is kept, and brought.  How fast is no matter, as long as something comes at all. */
static void
settle(bool mutant)
{
	int64_t began = clock_ms(), silent = 0;

	peer_heard_at = began;
	while (clock_ms() - began < LIMIT_MS && silent < SILENT_MS &&
	       (silent < QUIET_MS || is_owed(mutant))) {
		peer_turn();
		silent = clock_ms() - peer_heard_at;
	}
	end_victim(SIGTERM);
}

/* ---- the account */

/* What must not add up without the invariant ${mutant}. */
static bool
shows(const char *mutant, const struct sums *s)
{
	switch (mutant[0]) {
	case 'a':
		return s->lost > 0; /* ack */
	case 'w':
		return tally.too_many; /* window */
	case 'e':
	case 'c':
		return s->missing > 0; /* exception, cursor */
	case 'd':
		return s->twice > 0; /* dedupe */
	default:
		return tally.disorder > 0 || tally.too_many; /* order */
	}
}

int
main(int argc, char **argv)
{
	const char *seed = getenv("ACCOUNT_SEED");
	struct sums s;

	if (argc < 4)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	srandom(seed != NULL ? (unsigned)atoi(seed) : 1);
	if (strcmp(argv[2], "ladders") == 0)
		setenv(LEDGER_LADDERS, "1", 1);
	peer_begin(world_make());
	if (argc > 4)
		setenv("VICTIM_MUTANT", argv[4], 1);
	run_kills(argv[1], argv[2], atoi(argv[3]), argc > 4 ? argv[4] : "");
	settle(argc > 4);
	s = peer_sums();
	printf("# %s%s%s: %d posts kept, %ld restarts, %ld delivered, %ld repeats (bound %ld)\n",
	    argv[2], argc > 4 ? " without " : "", argc > 4 ? argv[4] : "", tally.kept, restarts,
	    tally.delivered, tally.repeats, restarts * WINDOW * (world_has_ladders() ? 2 : 1));
	printf("# lost %ld, missing %ld, twice in the log %ld, out of order %ld, not kept %d\n",
	    s.lost, s.missing, s.twice, tally.disorder, tally.unkept);
	world_remove();
	if (argc > 4) {
		ok(tally.unkept == 0 && tally.kept > 100 && shows(argv[4], &s),
		    "the account shows which invariant is switched off");
		return tap_done();
	}
	ok(ended_well, "it ends when it is killed or told to, and never by itself");
	ok(tally.unkept == 0 && tally.kept > 100 && tally.delivered > 1000,
	    "every post is kept in the end");
	ok(s.lost == 0, "no kept post is lost");
	ok(s.twice == 0, "a post sent again is one status");
	ok(s.missing == 0, "no delivery is missing");
	ok(!tally.too_many, "repeats are at most a window for each restart");
	ok(tally.disorder == 0, "an author's statuses arrive in order");
	ok(tally.astray == 0 && (tally.by_side > 1000) == world_has_ladders(),
	    "by the ways that readers wish");
	return tap_done();
}
