/*
 * Every accepted post and every delivery accounted for, while the nodes of the database and the
 * gateways die under load.  The gateways are victims as in account.c, all on the store that
 * $ACCOUNT_STORE names; what is done to the database is done by a script.
 *
 * cluster VICTIM GATEWAYS HAND STEP...
 *	STEP "gateway": kill -9 of one gateway.
 *	STEP "alone": "HAND alone" is run; from its end on nothing can be accepted.
 *	Any other: "HAND STEP" is run, and it ends well when the database is whole again.  With a "+"
 *	behind it a gateway is killed in its midst.
 * CLUSTER_RATE sets the posts a second (15), ACCOUNT_SEED the dice.  With CLUSTER_LOGS the gateways'
 * logs go to that folder.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/crash/peer.h"
#include "tests/crash/world.h"
#include "tests/tap.h"

#define GATEWAYS_MAX 8
#define NO_STORE 3      /* how a victim ends then */
#define RESTART_MS 1000 /* as a supervisor would */
#define FLOW 40         /* posts kept after a step: it flows again */
#define FLOW_MS 60000
#define ALONE_MS 3000   /* nothing may be accepted for so long */
#define LIMIT_MS 120000 /* for the rest to come */
#define QUIET_MS 1000

static const char *program, *hand;
static pid_t gateways[GATEWAYS_MAX]; /* 0: none runs */
static int64_t start_at[GATEWAYS_MAX];
static int gateways_n, rate = 15;
static long deaths;
static bool ended_well = true, steps_well = true, flows = true;
static int64_t allowed_at;

static void __attribute__((format(printf, 1, 2))) diag(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	va_end(args);
}

/* ---- the gateways */

static void
start_gateway(int i)
{
	char state[128], log[256], window[16];
	const char *logs = getenv("CLUSTER_LOGS");

	snprintf(state, sizeof(state), "%s/g%d", world_folder, i);
	snprintf(log, sizeof(log), "%s/gateway%d.log", logs != NULL ? logs : world_folder, i);
	snprintf(window, sizeof(window), "%d", WINDOW);
	mkdir(state, 0700);
	gateways[i] = fork();
	if (gateways[i] != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(open(log, O_WRONLY | O_CREAT | O_APPEND, 0644), 2);
	execl(program, program, state, world_socket, window, "5000", (char *)NULL);
	_exit(127);
}

static void
end_gateway(int i, int sig)
{
	int status = 0;

	if (gateways[i] == 0)
		return;
	kill(gateways[i], sig);
	waitpid(gateways[i], &status, 0);
	ended_well &= WIFSIGNALED(status) ? WTERMSIG(status) == sig : status == 0;
	gateways[i] = 0;
}

static void
kill_gateway(void)
{
	int i = (int)(random() % gateways_n);

	if (gateways[i] == 0)
		return;
	end_gateway(i, SIGKILL);
	deaths++;
	peer_forgive(1);
	start_gateway(i);
}

/* None ends by itself, whatever the database does, but for one that finds none when it starts. */
static void
look_after(void)
{
	int status;

	for (int i = 0; i < gateways_n; i++) {
		if (gateways[i] == 0 && clock_ms() >= start_at[i])
			start_gateway(i);
		if (gateways[i] == 0 || waitpid(gateways[i], &status, WNOHANG) <= 0)
			continue;
		gateways[i] = 0;
		start_at[i] = clock_ms() + RESTART_MS;
		if (WIFEXITED(status) && WEXITSTATUS(status) == NO_STORE)
			continue;
		diag("gateway %d ended by itself, with status %d", i, status);
		ended_well = false;
		peer_forgive(1);
	}
}

/* ---- the load */

static void
turn(void)
{
	int64_t now = clock_ms();
	int due = (int)((now - allowed_at) * rate / 1000);

	/* What could not be said while nothing was accepted is not made up for. */
	if (due > 0) {
		if (tally.unkept < 2 * due + 8)
			peer_allow(due);
		allowed_at = now;
	}
	peer_turn();
	look_after();
}

/* Until it is seen to flow, through every gateway. */
static void
let_flow(void)
{
	int64_t until = clock_ms() + FLOW_MS;
	int from = tally.kept;

	while (clock_ms() < until && (tally.kept < from + FLOW || peer_wires() < gateways_n))
		turn();
	if (clock_ms() >= until)
		diag("nothing flows: %d kept, %d gateways", tally.kept - from, peer_wires());
	flows &= clock_ms() < until;
}

/* ---- what is done to the database */

static pid_t
begin_step(const char *step)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dup2(2, 1);
	execlp("bash", "bash", hand, step, (char *)NULL);
	_exit(127);
}

static void
run_hand(const char *step, bool kill_too)
{
	int64_t kill_at = kill_too ? clock_ms() + random() % 3000 : INT64_MAX;
	pid_t pid = begin_step(step);
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		turn();
		if (clock_ms() < kill_at)
			continue;
		kill_gateway();
		kill_at = INT64_MAX;
	}
	if (status != 0)
		diag("the step %s failed", step);
	steps_well &= status == 0;
}

/* Nothing is kept any more, for ${ms}; false if that does not come to pass. */
static bool
dries_up(int64_t ms)
{
	int64_t until = clock_ms() + FLOW_MS, since = clock_ms();
	int kept = tally.kept;

	while (clock_ms() - since < ms && clock_ms() < until) {
		turn();
		if (tally.kept != kept)
			since = clock_ms();
		kept = tally.kept;
	}
	return clock_ms() < until;
}

/*
 * Without a standby nothing is accepted, and whoever posts is told.  What was committed before may still be
 * on its way here.
 */
static void
be_alone(void)
{
	int64_t until = clock_ms() + FLOW_MS;
	long later = tally.later;

	run_hand("alone", false);
	while (tally.later == later && clock_ms() < until)
		turn();
	ok(tally.later > later, "without a quorum whoever posts is told to do so later");
	ok(dries_up(ALONE_MS), "and nothing is accepted any more");
}

static void
take_step(const char *step)
{
	char name[32] = "";
	bool kill_too = step[strlen(step) - 1] == '+';
	long repeats = tally.repeats;
	int64_t began = clock_ms(), longest, gaps;
	int kept = tally.kept;

	snprintf(name, sizeof(name), "%.*s", (int)(strlen(step) - kill_too), step);
	peer_gap(NULL);
	if (strcmp(name, "alone") == 0) {
		be_alone();
		return;
	}
	if (strcmp(name, "gateway") == 0) {
		kill_gateway();
	} else {
		/* Each gateway's lease may have ended meanwhile. */
		peer_forgive(gateways_n);
		run_hand(name, kill_too);
	}
	let_flow();
	longest = peer_gap(&gaps);
	diag("%-10s %5.1f s, %4d kept, nothing for %5.2f s at most and %5.2f s in all, %ld repeats",
	    step, (double)(clock_ms() - began) / 1000, tally.kept - kept, (double)longest / 1000,
	    (double)gaps / 1000, tally.repeats - repeats);
}

/* Until everything posted is kept and came, and then some, since it might come again. */
static void
settle(void)
{
	int64_t began = clock_ms(), look_at = 0;

	peer_heard_at = began;
	while (clock_ms() - began < LIMIT_MS) {
		peer_turn();
		look_after();
		if (tally.unkept > 0 || clock_ms() < look_at)
			continue;
		if (clock_ms() - peer_heard_at > QUIET_MS && peer_missing() == 0)
			break;
		look_at = clock_ms() + 100;
	}
	diag("settled after %.1f s", (double)(clock_ms() - began) / 1000);
	for (int i = 0; i < gateways_n; i++)
		end_gateway(i, SIGTERM);
}

int
main(int argc, char **argv)
{
	const char *seed = getenv("ACCOUNT_SEED"), *wanted = getenv("CLUSTER_RATE");
	struct sums s;

	if (argc < 4)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	srandom(seed != NULL ? (unsigned)atoi(seed) : 1);
	program = argv[1];
	gateways_n = atoi(argv[2]);
	hand = argv[3];
	if (wanted != NULL)
		rate = atoi(wanted);
	if (gateways_n < 1 || gateways_n > GATEWAYS_MAX || rate < 1)
		return 2;
	peer_defers = 2;
	peer_begin(world_make());
	for (int i = 0; i < gateways_n; i++)
		start_gateway(i);
	allowed_at = clock_ms();
	let_flow();
	for (int i = 4; i < argc; i++)
		take_step(argv[i]);
	settle();
	s = peer_sums();
	diag("%d posts kept, %ld gateways killed, %ld delivered, %ld repeats", tally.kept, deaths,
	    tally.delivered, tally.repeats);
	diag("lost %ld, missing %ld, twice in the log %ld, out of order %ld, not kept %d", s.lost,
	    s.missing, s.twice, tally.disorder, tally.unkept);
	world_remove();
	ok(steps_well && flows, "the database is whole again after each step, and posts flow");
	ok(ended_well, "a gateway ends when it is killed or told to, and never by itself");
	ok(tally.unkept == 0 && tally.kept > 100 && tally.delivered > 1000,
	    "every post is kept in the end");
	ok(s.lost == 0, "no kept post is lost");
	ok(s.twice == 0, "a post sent again is one status");
	ok(s.missing == 0, "no delivery is missing");
	ok(!tally.too_many, "repeats are at most a window for each death or lease that ended");
	ok(tally.disorder == 0, "an author's statuses arrive in order");
	return tap_done();
}
