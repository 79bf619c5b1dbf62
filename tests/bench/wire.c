#include "tests/bench/wire.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/clock.h"

#define FILLER "the hoopoe carries what is said to whoever wants to hear of it"

void
wire_die(const char *what)
{
	perror(what);
	exit(1);
}

static const char *
setting(const char *name, const char *other)
{
	const char *s = getenv(name);

	return s == NULL ? other : s;
}

static int64_t
cpu_used(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec +
	       u.ru_stime.tv_usec;
}

void
wire_read(struct wire *w, const char *port, const char *count, const char *domain)
{
	*w = (struct wire){ .port = (unsigned)strtoul(port, NULL, 10),
		.count = strtoul(count, NULL, 10),
		.peers = strtoul(setting("RAW_PEERS", count), NULL, 10),
		.from = setting("RAW_FROM", "gw.localhost"),
		.domain = setting("RAW_DOMAIN", domain),
		.path = setting("RAW_PATH", "/cgi-bin/sendsms"),
		.user = setting("RAW_USER", "u"),
		.pass = setting("RAW_PASS", "p"),
		.began = clock_us() };
}

void
wire_begin(struct wire *w)
{
	w->cpu_before = cpu_used();
	w->began = clock_us();
}

void
wire_report(const struct wire *w, unsigned long done, size_t bytes)
{
	printf("{\"sent\": %lu, \"seconds\": %.6f, \"start_us\": %" PRId64 ", \"cpu_us\": %" PRId64
	       ", \"bytes\": %zu}\n",
	    done, (double)(clock_us() - w->began) / 1e6, w->began, cpu_used() - w->cpu_before,
	    bytes);
	fflush(stdout);
}

void
wire_stanza(const struct wire *w, struct buf *b, unsigned long i)
{
	buf_printf(b,
	    "<message type='chat' from='update@%s' to='u%lu@%s' id='s2a.%lx'><body>a0: bench-0-%" PRId64
	    "- " FILLER "</body><origin-id xmlns='urn:xmpp:sid:0' id='s2a.%lx'/></message>",
	    w->from, i % w->peers, w->domain, i, w->began, i);
}

void
wire_query(const struct wire *w, struct buf *b, unsigned long i)
{
	buf_printf(b,
	    "%s?username=%s&password=%s&from=40404&to=%%2B4915%08lu&charset=UTF-8&account=s2a.%lx"
	    "&validity=240&text=a0%%3A%%20bench-0-%" PRId64
	    "-%%20the%%20hoopoe%%20carries%%20what%%20is%%20said%%20to%%20whoever%%20wants%%20to"
	    "%%20hear%%20of%%20it",
	    w->path, w->user, w->pass, i % w->peers, i, w->began);
}

void
wire_mail(const struct wire *w, struct buf *b, unsigned long i)
{
	buf_printf(b,
	    "Date: Wed, 25 Nov 2026 10:00:00 +0000\r\nFrom: \"a0 via Hudhud\"\r\n"
	    " <post@gw.example>\r\nTo: u%lu@%s\r\n"
	    "Reply-To: post+0123456789abcdef0123456789abcdef@gw.example\r\n"
	    "Subject: a0: bench-0-%" PRId64 "- the hoopoe carries what...\r\n"
	    "Message-ID: <s2a.%lx@gw.example>\r\nAuto-Submitted: auto-generated\r\n"
	    "X-Auto-Response-Suppress: All\r\nX-Loop: post@gw.example\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n\r\n"
	    "bench-0-%" PRId64 "- " FILLER "\r\n\r\n-- \r\n"
	    "Answer this mail to answer a0.\r\n"
	    "No more mails about a0? Answer: off a0\r\n"
	    "No more mails at all? Answer: stop\r\n"
	    "http://127.0.0.1:8080/a0/42\r\n",
	    i % w->peers, w->domain, w->began, i, w->began);
}

int
wire_dial(const struct wire *w)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)w->port) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1)
		wire_die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}
