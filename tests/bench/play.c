#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/frame.h"
#include "tests/bench/play.h"

#define CHILD_FD 3
#define A_FRAME 256 /* recipients, as in gateway/speak.c */

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double
play_now(void)
{
	return seconds(CLOCK_MONOTONIC);
}

double
play_cpu(void)
{
	return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

_Noreturn static void
give_up(const char *why)
{
	fprintf(stderr, "bench: %s\n", why);
	exit(1);
}

int
play_listen(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1 || listen(fd, 512) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		give_up("no port");
	*port = ntohs(a.sin_port);
	return fd;
}

/* The settings as the core would send them: through a file, so that defaults are the real ones. */
static void
greet(struct play *p, const struct channel_kind *kind, const char *settings)
{
	static const struct conf_key no_keys[] = { { .name = NULL } };
	struct conf_group none[] = { { .name = NULL } };
	struct conf_kind ck[2] = { { kind->name, kind->keys, kind->check }, { .name = NULL } };
	struct conf_schema schema = { .top = no_keys, .groups = none, .kinds = ck };
	struct conf_faults faults = { 0 };
	char path[] = "/tmp/hudhud-bench.XXXXXX";
	struct buf packed = { 0 };
	FILE *f = fdopen(mkstemp(path), "w");
	struct conf *conf;
	size_t mark;

	fprintf(
	    f, "channels = ( { name = \"bench\"; kind = \"%s\";\n%s} );\n", kind->name, settings);
	fclose(f);
	conf = conf_load(path, &schema, &faults);
	unlink(path);
	if (conf == NULL)
		give_up(buf_text(&faults.text));
	mark = frame_begin(&p->out, FRAME_HELLO);
	frame_text(&p->out, kind->name);
	frame_text(&p->out, "bench");
	conf_pack(conf_channel(conf, 0), &packed);
	frame_bytes(&p->out, packed.data, packed.len);
	frame_end(&p->out, mark);
	buf_free(&packed);
	conf_free(conf);
}

static void
on_frame(struct play *p, struct frame *f)
{
	uint64_t n;

	switch (f->type) {
	case FRAME_STATE:
		p->up = frame_get_u64(f) == CHANNEL_UP;
		snprintf(p->why, sizeof(p->why), "%s", frame_get(f, NULL));
		break;
	case FRAME_WANT:
		p->credit += frame_get_u64(f);
		break;
	case FRAME_SETTLE:
		frame_get_u64(f);
		p->sent += frame_get_u64(f) == SENT;
		p->settled++;
		break;
	case FRAME_SETTLE_ALL:
		n = frame_get_u64(f);
		frame_get(f, NULL);
		p->sent += n == SENT ? (n = frame_get_u64(f)) : ((n = frame_get_u64(f)), 0);
		p->settled += n;
		break;
	default:
		break;
	}
}

static void
put_frame(struct play *p, uint64_t n)
{
	size_t mark = frame_begin(&p->out, FRAME_DELIVER);
	const struct outbound *o = &p->words;
	char text[80];

	frame_u64(&p->out, o->what);
	frame_text(&p->out, o->author);
	frame_text(&p->out, o->text);
	frame_text(&p->out, o->subject);
	frame_text(&p->out, o->footer);
	frame_text(&p->out, "en");
	frame_text(&p->out, "");
	frame_text(&p->out, "");
	frame_u64(&p->out, 1700000000);
	frame_u64(&p->out, 0);
	frame_u64(&p->out, n);
	for (; n > 0; n--) {
		frame_u64(&p->out, ++p->ids);
		snprintf(text, sizeof(text), "s1f.%llx", (unsigned long long)p->ids);
		frame_text(&p->out, text);
		p->peer(p->ids, text, sizeof(text));
		frame_text(&p->out, text);
		frame_text(&p->out, "abcdefghijklmnopqrstuvwxyz");
		frame_text(&p->out, "");
	}
	frame_end(&p->out, mark);
}

static void
turn(struct play *p)
{
	struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
	char chunk[65536];
	struct frame f;
	size_t used = 0;
	ssize_t n;
	long len;
	uint64_t now;

	while (p->up && p->credit > 0 && p->ids < p->goal) {
		now = p->credit < A_FRAME ? p->credit : A_FRAME;
		if (now > p->goal - p->ids)
			now = p->goal - p->ids;
		p->credit -= now;
		put_frame(p, now);
	}
	if (p->out.len > 0) {
		n = send(p->fd, p->out.data, p->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			buf_drop(&p->out, (size_t)n);
		if (p->out.len > 0)
			pfd.events |= POLLOUT;
	}
	if (poll(&pfd, 1, 30000) <= 0)
		give_up("the channel says nothing");
	if ((pfd.revents & (POLLIN | POLLHUP)) == 0)
		return;
	n = recv(p->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n == 0 || (n == -1 && errno != EAGAIN))
		give_up("the channel has gone");
	buf_add(&p->in, chunk, n > 0 ? (size_t)n : 0);
	while ((len = frame_next(p->in.data + used, p->in.len - used, &f)) > 0) {
		on_frame(p, &f);
		used += (size_t)len;
	}
	buf_drop(&p->in, used);
}

void
play_start(struct play *p, const char *exe, const struct channel_kind *kind, const char *settings)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == -1)
		give_up("no socket");
	p->pid = fork();
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd[1], CHILD_FD);
		execl(exe, exe, "--channel", "bench", (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	p->fd = fd[0];
	clock_getcpuclockid(p->pid, &p->clock);
	greet(p, kind, settings);
	while (!p->up) {
		turn(p);
		if (!p->up && p->why[0] != '\0')
			give_up(p->why);
	}
}

struct took
play_run(struct play *p, uint64_t n)
{
	double wall = play_now(), cpu = seconds(p->clock);

	p->goal = p->ids + n;
	while (p->settled < p->goal)
		turn(p);
	return (struct took){ play_now() - wall, seconds(p->clock) - cpu };
}

void
play_stop(struct play *p)
{
	size_t mark = frame_begin(&p->out, FRAME_STOP);

	frame_end(&p->out, mark);
	if (send(p->fd, p->out.data, p->out.len, MSG_NOSIGNAL) == -1)
		kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->fd);
	buf_free(&p->in);
	buf_free(&p->out);
}

struct took
play_channel(struct play *p, const char *exe, const struct channel_kind *kind, const char *settings,
    uint64_t warm, uint64_t n)
{
	struct took t;

	play_start(p, exe, kind, settings);
	play_run(p, warm);
	t = play_run(p, n);
	if (p->sent != p->settled)
		fprintf(stderr, "only %llu of %llu were sent\n", (unsigned long long)p->sent,
		    (unsigned long long)p->settled);
	play_stop(p);
	return t;
}

bool
play_options(struct play_options *o, unsigned connections_max, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:c:r:p:w:")) != -1) {
		if (c == 'n')
			o->n = strtoull(optarg, NULL, 10);
		else if (c == 'c')
			o->connections = (unsigned)strtoul(optarg, NULL, 10) %
					 (connections_max + 1);
		else if (c == 'r')
			o->rounds = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'w')
			o->pause_s = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'p')
			o->port = (unsigned)strtoul(optarg, NULL, 10);
		else
			return false;
	}
	return optind + 1 == argc && o->connections > 0;
}

void
play_row(const char *what, uint64_t n, struct took t)
{
	printf("%-34s %8.0f /s  %6.1f us CPU\n", what, (double)n / t.wall, t.cpu * 1e6 / (double)n);
	fflush(stdout);
}
