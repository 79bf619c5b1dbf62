/*
 * A channel's process: started, spoken to, watched, started again.  It may crash, hang or
 * lie: what it says is checked, what it does not settle is sent again by the next one, and
 * nothing else waits for it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/chores.h"
#include "gateway/fanout.h"
#include "gateway/frame.h"
#include "gateway/hooks.h"
#include "gateway/menu.h"
#include "gateway/watch.h"

#define CHILD_FD 3
#define STABLE_MS 60000      /* a process that lived this long was well */
#define FAILURES_OF_ONE_UP 2 /* one that came up is started again soon, where that costs nothing */
#define PING_MS 20000
#define IDLE_MS 60000 /* what has nothing to bring may have something to hear */
#define PONG_MS 30000
#define LEASE_MARGIN_MS 1000

bool
link_is_up(const struct channel *ch)
{
	return ch->state == CHANNEL_UP;
}

static int64_t
patience(const struct channel *ch)
{
	return ch->core->site.patience * 1000;
}

bool
link_is_away(const struct channel *ch)
{
	return !link_is_up(ch) && ch->down_since != 0 && clock_ms() - ch->down_since > patience(ch);
}

/* A channel that is down tries again and again: the log has it once for each reason. */
static bool
is_news(struct channel *ch, enum channel_state s, const char *why)
{
	if (s == CHANNEL_DOWN) {
		if (ch->told_down && strcmp(ch->told, why) == 0)
			return false;
		snprintf(ch->told, sizeof(ch->told), "%s", why);
		ch->told_down = true;
	} else if (s == CHANNEL_UP) {
		ch->told_down = false;
	}
	return s != CHANNEL_CONNECTING || !ch->told_down;
}

static void
log_state(const struct channel *ch, const char *word, const char *why)
{
	const char *colon = why[0] != '\0' ? ": " : "";

	if (ch->state == CHANNEL_DOWN)
		log_warn("channel %s is %s%s%s", ch->name, word, colon, why);
	else
		log_info("channel %s is %s%s%s", ch->name, word, colon, why);
}

void
link_set_state(struct channel *ch, enum channel_state s, const char *why)
{
	static const char *const words[] = { "connecting", "up", "down", "paused" };
	bool was_up = link_is_up(ch), changed = ch->state != s;

	pthread_mutex_lock(&ch->core->lock);
	ch->state = s;
	if (why[0] != '\0') {
		snprintf(ch->error, sizeof(ch->error), "%s", why);
		ch->error_at = clock_wall();
	}
	pthread_mutex_unlock(&ch->core->lock);
	if ((changed || why[0] != '\0') && is_news(ch, s, why))
		log_state(ch, words[s], why);
	if (s == CHANNEL_UP && !was_up) {
		ch->was_up = true;
		ch->down_since = 0;
		ch->look = ch->look_rows = true;
		chores_wake(ch);
	} else if (s != CHANNEL_UP && (was_up || ch->down_since == 0)) {
		ch->down_since = clock_ms();
		ch->credit = 0;
	}
	if (was_up && s != CHANNEL_UP)
		watch_lost(ch);
}

/* ---- starting */

/* Between fork and exec: nothing that takes a lock. */
_Noreturn static void
become_channel(const struct channel *ch, int fd, const char *exe)
{
	char *const argv[] = { (char *)"hudhudd", (char *)"--channel", (char *)ch->name, NULL };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd == CHILD_FD)
		syscall(SYS_close_range, CHILD_FD + 1, ~0U, 0);
	else if (dup2(fd, CHILD_FD) == CHILD_FD)
		syscall(SYS_close_range, CHILD_FD + 1, ~0U, 0);
	/* Its end is the core's to tell, not the terminal's nor the service manager's. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(exe, argv);
	_exit(127);
}

static void
greet(struct channel *ch)
{
	struct buf packed = { 0 };
	size_t mark = frame_begin(&ch->out, FRAME_HELLO);

	conf_pack(ch->section, &packed);
	frame_text(&ch->out, ch->kind->name);
	frame_text(&ch->out, ch->name);
	frame_bytes(&ch->out, packed.data, packed.len);
	frame_end(&ch->out, mark);
	if (ch->kind->menu != NULL)
		menu_put(&ch->out);
	explicit_bzero(packed.data, packed.len);
	buf_free(&packed);
}

static void
start_later(struct channel *ch)
{
	int wait = port_backoff(ch->failures++);

	ch->start_at = clock_ms() + wait;
	log_warn("channel %s is started again in %d ms", ch->name, wait);
}

void
link_start(struct channel *ch)
{
	int fd[2];
	pid_t pid;

	ch->start_at = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == -1) {
		log_warn("channel %s: no socket: %s", ch->name, strerror(errno));
		start_later(ch);
		return;
	}
	pid = fork();
	if (pid == 0)
		become_channel(ch, fd[1], ch->exe);
	close(fd[1]);
	if (pid == -1) {
		log_warn("channel %s: no process: %s", ch->name, strerror(errno));
		close(fd[0]);
		start_later(ch);
		return;
	}
	pthread_mutex_lock(&ch->core->hooks_lock);
	ch->fd = fd[0];
	ch->between = false; /* the greeting comes first */
	pthread_mutex_unlock(&ch->core->hooks_lock);
	ch->pid = pid;
	ch->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	ch->started_at = clock_ms();
	ch->killed = ch->pinged = ch->was_up = false;
	ch->ping_at = 0;
	ch->credit = 0;
	ch->lease = 0;
	ch->handed = ch->refuses = false;
	ch->incarnation++;
	greet(ch);
	link_set_state(ch, CHANNEL_CONNECTING, "");
}

/* ---- ending */

void
link_shut(struct channel *ch)
{
	pthread_mutex_lock(&ch->core->hooks_lock);
	if (ch->fd != -1)
		close(ch->fd);
	ch->fd = -1;
	pthread_mutex_unlock(&ch->core->hooks_lock);
}

static void
tell_end(const struct channel *ch, int status)
{
	char how[80];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "ended by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(how, sizeof(how), "ended with status %d", WEXITSTATUS(status));
	log_warn("channel %s: its process %s; %u deliveries of its window go again", ch->name, how,
	    ch->used);
}

void
link_reap(struct channel *ch)
{
	int status = 0;

	if (ch->pid == 0 || waitpid(ch->pid, &status, WNOHANG) != ch->pid)
		return;
	if (!atomic_load(&ch->core->stopping) && ch->wanted)
		tell_end(ch, status);
	if (clock_ms() - ch->started_at > STABLE_MS)
		ch->failures = 0;
	else if (ch->was_up && !ch->kind->costs && ch->failures > FAILURES_OF_ONE_UP)
		ch->failures = FAILURES_OF_ONE_UP;
	link_shut(ch);
	if (ch->pidfd != -1)
		close(ch->pidfd);
	ch->pidfd = -1;
	ch->pid = 0;
	buf_free(&ch->in);
	buf_free(&ch->out);
	window_unfly(ch);
	fanout_hooks_gone(ch);
	if (atomic_load(&ch->core->stopping) || !ch->wanted)
		return;
	meter_add(ch->meter, METER_ENDS, 1);
	link_set_state(ch, CHANNEL_DOWN, "its process ended");
	start_later(ch);
}

void
link_end(struct channel *ch, const char *why)
{
	if (ch->killed || ch->pid == 0)
		return;
	log_warn("channel %s: %s; its process is ended", ch->name, why);
	ch->killed = true;
	kill(ch->pid, SIGKILL);
}

void
link_stop(struct channel *ch)
{
	size_t mark;

	if (ch->pid == 0)
		return;
	mark = frame_begin(&ch->out, FRAME_STOP);
	frame_end(&ch->out, mark);
	link_flush(ch);
}

void
link_kill(struct channel *ch)
{
	if (ch->pid == 0)
		return;
	link_end(ch, "it has not taken leave in time");
	waitpid(ch->pid, NULL, 0);
	ch->pid = 0;
	close(ch->pidfd);
	ch->pidfd = -1;
	window_unfly(ch);
}

void
link_rest(struct channel *ch, const char *why)
{
	if (ch->state == CHANNEL_DOWN && strcmp(ch->error, why) == 0 && ch->down_since == 0)
		return;
	if (why[0] != '\0')
		link_set_state(ch, CHANNEL_DOWN, why);
	pthread_mutex_lock(&ch->core->lock);
	ch->state = CHANNEL_DOWN;
	snprintf(ch->error, sizeof(ch->error), "%s", why);
	pthread_mutex_unlock(&ch->core->lock);
	/* It is not away: it is not ours. */
	ch->down_since = 0;
	ch->credit = 0;
}

void
link_lease(struct channel *ch, int64_t until)
{
	int64_t left = until - clock_boot() + LEASE_MARGIN_MS;
	size_t mark = frame_begin(&ch->out, FRAME_LEASE);

	frame_u64(&ch->out, left > 0 ? (uint64_t)left : 1);
	frame_end(&ch->out, mark);
	ch->lease = until;
	link_flush(ch);
}

static int
sooner(int a, int64_t b)
{
	if (b < 0)
		b = 0;
	return a == -1 || b < a ? (int)(b < 60000 ? b : 60000) : a;
}

static void
ping(struct channel *ch, int64_t now)
{
	size_t mark = frame_begin(&ch->out, FRAME_PING);

	frame_end(&ch->out, mark);
	ch->pinged = true;
	ch->ping_at = now + PONG_MS;
}

int
link_tick(struct channel *ch, int64_t now)
{
	int wait = -1;
	int64_t most;

	if (ch->pid != 0 && ch->pidfd == -1)
		link_reap(ch); /* a kernel that tells nobody of a process's end */
	if (ch->start_at != 0 && now >= ch->start_at)
		link_start(ch);
	if (ch->start_at != 0)
		wait = sooner(wait, ch->start_at - now);
	if (ch->pid != 0) {
		most = now + (ch->used > 0 || !link_is_up(ch) ? PING_MS : IDLE_MS);
		if (ch->ping_at == 0 || (!ch->pinged && ch->ping_at > most))
			ch->ping_at = most;
		if (now >= ch->ping_at && ch->pinged)
			link_end(ch, "it does not answer");
		else if (now >= ch->ping_at)
			ping(ch, now);
		wait = sooner(wait, ch->ping_at - now + (ch->killed ? 1000 : 0));
	}
	if (ch->pid != 0 && ch->pidfd == -1 && ch->fd == -1)
		wait = sooner(wait, 50);
	if (!link_is_up(ch) && ch->down_since != 0 && now - ch->down_since <= patience(ch))
		wait = sooner(wait, patience(ch) + 1 - (now - ch->down_since));
	return wait;
}

/* ---- speaking */

void
link_flush(struct channel *ch)
{
	ssize_t n;

	/* What was handed over and has not left while our lease ran out may have another owner. */
	if (ch->handed && ch->out.len > 0 && !node_may_act(ch->core->node)) {
		link_end(ch, "the store was away, or this process was, for too long");
		return;
	}
	if (ch->fd == -1 || ch->out.len == 0)
		return;
	pthread_mutex_lock(&ch->core->hooks_lock);
	while (ch->out.len > 0) {
		n = send(ch->fd, ch->out.data, ch->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break; /* full, or gone: then its end is told by pidfd */
		buf_drop(&ch->out, (size_t)n);
	}
	ch->between = ch->out.len == 0;
	pthread_mutex_unlock(&ch->core->hooks_lock);
	if (ch->out.len == 0)
		ch->handed = false;
}
