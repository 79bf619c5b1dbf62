/*
 * post PORT SECRET SENDERS COUNT RATE FIRST AUTHORS SEQ SECONDS - COUNT texts through the hook of the
 * channel "phone", by authors FIRST, FIRST + 1 ... (AUTHORS of them, in turn), statuses numbered from SEQ on.
 * Each of SENDERS connections has one text under way.  RATE 0: as fast as they are taken; else so many a
 * second, whether or not the ones before have been taken, and each counts from when it was due, so that
 * what waits for a slow service counts as slow.  It ends early after SECONDS (0: never), or when terminated.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
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

#define FILLER "the+hoopoe+carries+what+is+said+to+whoever+wants+to+hear+of+it"

struct sender {
	int fd;
	bool busy;
	int64_t began;
	char in[2048];
	size_t len;
};

static const char *secret;
static unsigned long port, senders_n, count, rate, first, authors, seq, seconds;
static struct sender *senders, **idle;
static size_t idle_n;
static unsigned long posted, ended, refused;
static uint32_t *took; /* microseconds of each that was taken */
static size_t took_n;
static int loop, nonce;
static int64_t start;
static volatile sig_atomic_t stopped;

static void
on_stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
connect_one(struct sender *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = s };
	int one = 1;

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd == -1 || connect(s->fd, (struct sockaddr *)&a, sizeof(a)) == -1)
		die("connect");
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (epoll_ctl(loop, EPOLL_CTL_ADD, s->fd, &e) == -1)
		die("epoll_ctl");
}

/* A server leaves connections that say nothing for long: the next text makes a new one. */
static void
leave(struct sender *s)
{
	if (s->busy)
		die("the service hung up");
	close(s->fd);
	s->fd = -1;
}

static int64_t
due(unsigned long i)
{
	return rate == 0 ? 0 : start + (int64_t)((double)i * 1e6 / (double)rate);
}

static void
post(struct sender *s)
{
	char b[1024];
	int n;

	if (s->fd == -1)
		connect_one(s);
	/* our own clock's slack is not the service's */
	s->began = clock_us();
	if (rate > 0 && s->began - due(posted) > 1000)
		s->began = due(posted);
	n = snprintf(b, sizeof(b),
	    "GET /hook/phone/%s?from=%%2B4917%08lu&to=40404&text=bench-%lu-%" PRId64 "-+" FILLER
	    "&charset=UTF-8&coding=0&id=b%x.%lu&time=%" PRId64
	    " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
	    secret, first + posted % authors, seq + posted, s->began, (unsigned)nonce, seq + posted,
	    clock_wall());
	posted++;
	s->busy = true;
	if (send(s->fd, b, (size_t)n, MSG_NOSIGNAL) != n)
		die("send");
}

/* The answer is complete: its header and so much as that says. */
static bool
complete(const struct sender *s)
{
	const char *head = memmem(s->in, s->len, "\r\n\r\n", 4), *length;

	if (head == NULL)
		return false;
	length = strcasestr(s->in, "content-length:");
	return s->len >= (size_t)(head + 4 - s->in) +
			     (length == NULL || length > head ? 0 : strtoul(length + 15, NULL, 10));
}

static void
hear(struct sender *s)
{
	ssize_t r = recv(s->fd, s->in + s->len, sizeof(s->in) - 1 - s->len, 0);

	if (r <= 0) {
		leave(s);
		return;
	}
	s->len += (size_t)r;
	s->in[s->len] = '\0';
	if (!complete(s))
		return;
	if (strncmp(s->in, "HTTP/1.1 200", 12) == 0)
		took[took_n++] = (uint32_t)(clock_us() - s->began);
	else
		refused++;
	ended++;
	s->len = 0;
	s->busy = false;
	idle[idle_n++] = s;
}

/* Post what is due; the time until the next is into ${wait}, or NULL. */
static const struct timespec *
turn(bool over, struct timespec *wait)
{
	int64_t left;

	while (!over && idle_n > 0 && posted < count) {
		left = due(posted) - clock_us();
		if (left > 0) {
			*wait = (struct timespec){ left / 1000000, left % 1000000 * 1000 };
			return wait;
		}
		post(idle[--idle_n]);
	}
	return NULL;
}

static int
by_value(const void *va, const void *vb)
{
	uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;

	return a < b ? -1 : a > b;
}

static void
report(int64_t us)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	qsort(took, took_n, sizeof(*took), by_value);
	printf("{\"accepted\": %zu, \"refused\": %lu, \"seconds\": %.6f, \"start_us\": %" PRId64
	       ", \"cpu_us\": %ld, \"p50_us\": %u, \"p99_us\": %u, \"max_us\": %u}\n",
	    took_n, refused, (double)us / 1e6, start,
	    (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec +
		u.ru_stime.tv_usec,
	    took_n == 0 ? 0 : took[took_n / 2],
	    took_n == 0 ? 0 : took[(size_t)((double)(took_n - 1) * 0.99)],
	    took_n == 0 ? 0 : took[took_n - 1]);
}

int
main(int argc, char **argv)
{
	unsigned long *const numbers[] = { &senders_n, &count, &rate, &first, &authors, &seq,
		&seconds };
	struct timespec wait;
	struct epoll_event e[64];
	bool over = false;
	int n;

	if (argc != 10)
		return fputs("usage: see the head of post.c\n", stderr), 2;
	port = strtoul(argv[1], NULL, 10);
	secret = argv[2];
	for (int i = 0; i < 7; i++)
		*numbers[i] = strtoul(argv[3 + i], NULL, 10);
	nonce = (int)getpid();
	signal(SIGTERM, on_stop);
	loop = epoll_create1(EPOLL_CLOEXEC);
	senders = mem_new(senders_n * sizeof(*senders));
	idle = mem_new(senders_n * sizeof(struct sender *));
	took = mem_new((count + 1) * sizeof(*took));
	for (unsigned long i = 0; i < senders_n; i++) {
		connect_one(&senders[i]);
		idle[idle_n++] = &senders[i];
	}
	start = clock_us();
	while (over ? ended < posted : ended < count) {
		n = epoll_pwait2(loop, e, 64, turn(over, &wait), NULL);
		for (int i = 0; i < n; i++)
			hear(e[i].data.ptr);
		over = over || stopped ||
		       (seconds > 0 && clock_us() - start > (int64_t)seconds * 1000000);
	}
	report(clock_us() - start);
	return 0;
}
