/*
 * sink xmpp|http|smtp - listens on a free port of loopback, says "port N", and does what comes on standard input:
 *   reset N        forget what came; N are expected
 *   expect N SEQ   say "reached" once N copies have come: of status SEQ, or in all (0)
 *   report LO HI   say what is known of statuses LO to HI, as JSON
 *   flood N K SEQ PEOPLE  XMPP: let u0@localhost ... (PEOPLE of them, in turn) post N statuses from number
 *                  SEQ on, K under way, each until it has its receipt; says "flooded MICROSECONDS"
 *   refuse P       refuse P percent for now
 *   hold, go       read nothing; read on
 * It ends with its standard input.  "sink clients PORT N" logs N clients in at an XMPP server instead, and
 * says "ready"; "sink smsc PORT" is a phone network behind Kannel.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/bench/sink.h"
#include "tests/bench/tally.h"

static const struct sink_kind *kind;
static int loop, listener;
static struct peer *peers;
static size_t expected;
static bool holding;
static struct buf commands;

unsigned sink_refuse, sink_ready;

bool
sink_unlucky(void)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x % 100 < sink_refuse;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
watch(int op, int fd, uint32_t events, void *p)
{
	struct epoll_event e = { .events = events, .data.ptr = p };

	if (epoll_ctl(loop, op, fd, &e) == -1)
		die("epoll_ctl");
}

static void
drop(struct peer *p)
{
	struct peer **at = &peers;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	close(p->fd);
	buf_free(&p->out);
	free(p->in);
	free(p->who);
	free(p);
}

/* Write what there is; false if the connection is gone. */
static bool
flush(struct peer *p)
{
	ssize_t r;
	bool wait;

	while (p->out.len > 0) {
		r = send(p->fd, p->out.data, p->out.len, MSG_NOSIGNAL);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1 && errno != EAGAIN)
			return false;
		if (r == -1)
			break;
		if ((size_t)r == p->out.len)
			buf_clear(&p->out);
		else
			buf_drop(&p->out, (size_t)r);
	}
	wait = p->out.len > 0;
	if (wait != p->writing)
		watch(EPOLL_CTL_MOD, p->fd, (holding ? 0 : EPOLLIN) | (wait ? EPOLLOUT : 0), p);
	p->writing = wait;
	return true;
}

static void
come(int fd, unsigned number)
{
	struct peer *p;
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	p = mem_new(sizeof(*p));
	p->fd = fd;
	p->number = number;
	p->in = mem_new(SINK_ROOM);
	p->next = peers;
	peers = p;
	watch(EPOLL_CTL_ADD, fd, holding ? 0 : EPOLLIN, p);
	if (kind->greeting != NULL)
		buf_text_add(&p->out, kind->greeting);
	if (!flush(p))
		drop(p);
}

static void
greet_all(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd != -1)
		come(fd, 0);
}

static void
dial(unsigned long port, unsigned number)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		die("connect");
	come(fd, number);
}

static void
hear(struct peer *p)
{
	ssize_t r = recv(p->fd, p->in + p->len, SINK_ROOM - p->len, 0);
	size_t taken;

	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r <= 0) {
		drop(p);
		return;
	}
	tally_clock();
	p->len += (size_t)r;
	taken = kind->heard(p, p->in, p->len);
	p->len -= taken;
	if (p->len > 0 && taken > 0)
		memmove(p->in, p->in + taken, p->len);
	if (!flush(p))
		drop(p);
}

static void
reading(bool on)
{
	holding = !on;
	for (struct peer *p = peers; p != NULL; p = p->next)
		watch(EPOLL_CTL_MOD, p->fd, (on ? EPOLLIN : 0) | (p->writing ? EPOLLOUT : 0), p);
}

static void
obey(char *line)
{
	char *rest = strchr(line, ' ');
	char *more;
	unsigned long a = rest == NULL ? 0 : strtoul(rest, &more, 10), under_way, seq;

	if (strncmp(line, "reset", 5) == 0) {
		tally_reset(a);
	} else if (strncmp(line, "expect", 6) == 0) {
		expected = a;
		tally_watch((uint32_t)strtoul(more, NULL, 10));
	} else if (strncmp(line, "report", 6) == 0) {
		tally_report(stdout, (uint32_t)a, (uint32_t)strtoul(more, NULL, 10));
	} else if (strncmp(line, "refuse", 6) == 0) {
		sink_refuse = (unsigned)a;
	} else if (strcmp(line, "hold") == 0 || strcmp(line, "go") == 0) {
		reading(line[0] == 'g');
	} else if (strncmp(line, "flood", 5) == 0 && peers != NULL) {
		under_way = strtoul(more, &more, 10);
		seq = strtoul(more, &more, 10);
		sink_flood(peers, a, under_way, seq, strtoul(more, NULL, 10));
		flush(peers); /* if it is gone, reading will tell */
	}
}

static void
listen_to_owner(void)
{
	char part[65536], *eol;
	ssize_t r = read(STDIN_FILENO, part, sizeof(part));
	size_t taken;

	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r <= 0)
		exit(0);
	buf_add(&commands, part, (size_t)r);
	while (commands.len > 0 && (eol = memchr(commands.data, '\n', commands.len)) != NULL) {
		*eol = '\0';
		taken = (size_t)(eol - commands.data) + 1;
		obey(commands.data);
		buf_drop(&commands, taken);
	}
}

static void
open_listener(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener == -1 || bind(listener, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(listener, 512) == -1 || getsockname(listener, (struct sockaddr *)&a, &n) == -1)
		die("listen");
	watch(EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
	printf("port %u\n", ntohs(a.sin_port));
	fflush(stdout);
}

static void
serve(void)
{
	struct epoll_event e[64];
	int n = epoll_wait(loop, e, 64, -1);

	for (int i = 0; i < n; i++) {
		if (e[i].data.ptr == &listener)
			greet_all();
		else if (e[i].data.ptr == NULL)
			listen_to_owner();
		else if ((e[i].events & EPOLLOUT) != 0 && !flush(e[i].data.ptr))
			drop(e[i].data.ptr);
		else if ((e[i].events & ~(uint32_t)EPOLLOUT) != 0)
			hear(e[i].data.ptr);
	}
	if (expected > 0 && tally_count() >= expected) {
		expected = 0;
		puts("reached");
		fflush(stdout);
	}
}

static void
dial_all(unsigned long port, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		dial(port, i);
		while (kind == &sink_clients && sink_ready + 4 < i) /* servers have short queues */
			serve();
	}
	while (kind == &sink_clients && sink_ready < n)
		serve();
	puts("ready");
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const struct sink_kind *const kinds[] = { &sink_xmpp, &sink_http, &sink_smtp,
		&sink_clients, &sink_smsc };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (argc > 1 && strcmp(argv[1], kinds[i]->name) == 0)
			kind = kinds[i];
	if (kind == NULL || argc < 2 + kind->dials) {
		fputs("usage: sink xmpp|http|smtp, sink clients PORT N, sink smsc PORT\n", stderr);
		return 2;
	}
	loop = epoll_create1(EPOLL_CLOEXEC);
	tally_reset(0);
	if (kind->dials)
		dial_all(strtoul(argv[2], NULL, 10),
		    argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1);
	else
		open_listener();
	watch(EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN, NULL);
	for (;;)
		serve();
}
