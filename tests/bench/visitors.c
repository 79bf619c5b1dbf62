/*
 * visitors PORT PATH LINES SECONDS RATE - ask for the page PATH, on LINES connections that are kept, for SECONDS.
 * Each connection has one request under way.  RATE 0: as fast as they are answered; else so many a second,
 * whether or not the ones before have been answered, and each counts from when it was due, so that what waits
 * for a slow server counts as slow.  It goes in only once each connection has had its first answer, and
 * keeps the cookie that came with that, as browsers do.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define ROOM 262144 /* for an answer */
#define TOOK_MAX 4000000

struct line {
	int fd;
	int64_t began;
	size_t len, whole; /* what has come; of how much, 0: not known yet */
	bool good;
	char *in, request[1280];
	size_t request_len;
};

static unsigned long port, lines_n, seconds, rate;
static const char *page;
static struct line *lines, **idle;
static size_t idle_n;
static unsigned long asked, ended, refused;
static size_t size; /* of the last answer, its head with it */
static uint32_t *took;
static size_t took_n;
static int loop;
static int64_t start;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
dial(struct line *l)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = l };
	int one = 1;

	l->in = mem_new(ROOM);
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd == -1 || connect(l->fd, (struct sockaddr *)&a, sizeof(a)) == -1)
		die("connect");
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (epoll_ctl(loop, EPOLL_CTL_ADD, l->fd, &e) == -1)
		die("epoll_ctl");
}

static int64_t
due(unsigned long i)
{
	return rate == 0 ? 0 : start + (int64_t)((double)i * 1e6 / (double)rate);
}

static void
ask(struct line *l)
{
	/* our own clock's slack is not the server's */
	l->began = clock_us();
	if (rate > 0 && start != 0 && l->began - due(asked) > 1000)
		l->began = due(asked);
	asked++;
	if (send(l->fd, l->request, l->request_len, MSG_NOSIGNAL) != (ssize_t)l->request_len)
		die("send");
}

/* The answer is complete: its head and so much as that says. */
static bool
complete(struct line *l)
{
	const char *head, *length;

	if (l->whole == 0) {
		l->in[l->len] = '\0';
		head = strstr(l->in, "\r\n\r\n");
		if (head == NULL)
			return false;
		length = strcasestr(l->in, "content-length:");
		if (length == NULL || length > head)
			die("an answer without its length");
		l->whole = (size_t)(head + 4 - l->in) + strtoul(length + 15, NULL, 10);
		l->good = strncmp(l->in, "HTTP/1.1 200", 12) == 0;
	}
	return l->len >= l->whole;
}

/* What to ask; with the cookie that the first answer ${in} brought. */
static void
write_request(struct line *l, const char *path, const char *in)
{
	const char *cookie = in ? strcasestr(in, "set-cookie: ") : NULL;
	int n = cookie ? (int)strcspn(cookie + 12, ";\r") : 0;

	if (in && !cookie)
		return;
	l->request_len = (size_t)snprintf(l->request, sizeof(l->request),
	    "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en\r\n%s%.*s%s\r\n", path,
	    n ? "Cookie: " : "", n, n ? cookie + 12 : "", n ? "\r\n" : "");
}

static void
hear(struct line *l)
{
	ssize_t r = recv(l->fd, l->in + l->len, ROOM - 1 - l->len, 0);

	if (r <= 0)
		die("the server hung up");
	l->len += (size_t)r;
	if (!complete(l))
		return;
	if (!l->good)
		refused++;
	else if (took_n < TOOK_MAX)
		took[took_n++] = (uint32_t)(clock_us() - l->began);
	if (start == 0)
		write_request(l, page, l->in);
	ended++;
	size = l->whole;
	l->len = l->whole = 0;
	idle[idle_n++] = l;
}

/* Ask what is due; the time until the next is into ${wait}, or NULL. */
static const struct timespec *
turn(bool over, struct timespec *wait)
{
	int64_t left;

	while (!over && idle_n > 0) {
		left = due(asked) - clock_us();
		if (left > 0) {
			*wait = (struct timespec){ left / 1000000, left % 1000000 * 1000 };
			return wait;
		}
		ask(idle[--idle_n]);
	}
	return NULL;
}

static void
hear_some(const struct timespec *wait)
{
	struct epoll_event e[64];
	int n = epoll_pwait2(loop, e, 64, wait, NULL);

	for (int i = 0; i < n; i++)
		hear(e[i].data.ptr);
}

static int
by_value(const void *va, const void *vb)
{
	uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;

	return a < b ? -1 : a > b;
}

static int64_t
cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec +
	       u.ru_stime.tv_usec;
}

static void
report(int64_t us, int64_t cpu)
{
	qsort(took, took_n, sizeof(*took), by_value);
	printf("{\"answers\": %zu, \"refused\": %lu, \"seconds\": %.6f, \"cpu_us\": %" PRId64
	       ", \"bytes\": %zu, \"p50_us\": %u, \"p99_us\": %u, \"max_us\": %u}\n",
	    took_n, refused, (double)us / 1e6, cpu, size, took_n == 0 ? 0 : took[took_n / 2],
	    took_n == 0 ? 0 : took[(size_t)((double)(took_n - 1) * 0.99)],
	    took_n == 0 ? 0 : took[took_n - 1]);
}

int
main(int argc, char **argv)
{
	struct timespec wait;
	int64_t cpu;
	bool over = false;

	if (argc != 6)
		return fputs("usage: see the head of visitors.c\n", stderr), 2;
	port = strtoul(argv[1], NULL, 10);
	lines_n = strtoul(argv[3], NULL, 10);
	seconds = strtoul(argv[4], NULL, 10);
	rate = strtoul(argv[5], NULL, 10);
	page = argv[2];
	loop = epoll_create1(EPOLL_CLOEXEC);
	lines = mem_new(lines_n * sizeof(*lines));
	idle = mem_new(lines_n * sizeof(struct line *));
	took = mem_new(TOOK_MAX * sizeof(*took));
	for (unsigned long i = 0; i < lines_n; i++) {
		dial(&lines[i]);
		write_request(&lines[i], page, NULL);
		ask(&lines[i]);
	}
	while (idle_n < lines_n)
		hear_some(NULL);
	asked = ended = refused = 0;
	took_n = 0;
	cpu = cpu_us();
	start = clock_us();
	while (!over || ended < asked) {
		hear_some(turn(over, &wait));
		over = over || clock_us() - start > (int64_t)seconds * 1000000;
	}
	report(clock_us() - start, cpu_us() - cpu);
	return 0;
}
