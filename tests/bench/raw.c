/*
 * raw KIND PORT COUNT CONNECTIONS DEPTH - the limit of the wire: COUNT deliveries, all written out before
 * the clock starts, by as little code as will do.  Each is what Hudhud's channel would send.
 *   raw xmpp   one connection, 64 KB a write, a ping behind the last; what "id X" asks for (the
 *              handshake) is read from standard input
 *   raw http   DEPTH requests under way on each connection
 *   raw smtp   each mail with the next one's envelope: one round trip a mail
 * Says when it began and ended, and what it took, as JSON.  Who gets them: u0, u1 ... of RAW_PEERS
 * (all) at RAW_DOMAIN; RAW_FROM is the component's domain.
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
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#define FILLER "the hoopoe carries what is said to whoever wants to hear of it"
#define WRITE_BYTES 65536

struct line {
	int fd;
	unsigned awaited; /* answers */
	size_t mail;      /* SMTP: the part that the taken envelope is of; 0: none */
	char in[4096];
	size_t len;
};

static unsigned port, lines_n, depth;
static unsigned long count, peers, next, done;
static struct buf all; /* what is to be sent */
static size_t *at;     /* where each begins; one more at the end */
static const char *from, *domain;
static struct line *lines;
static int64_t began, cpu_before;

static void
die(const char *what)
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

static int
dial(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void
put(int fd, const char *p, size_t n)
{
	ssize_t r;

	while (n > 0) {
		r = send(fd, p, n, MSG_NOSIGNAL);
		if (r <= 0)
			die("send");
		p += r;
		n -= (size_t)r;
	}
}

/* ---- what is sent */

static void
write_stanza(unsigned long i)
{
	buf_printf(&all,
	    "<message type='chat' from='update@%s' to='u%lu@%s' id='s2a.%lx'><body>a0: bench-0-%" PRId64
	    "- " FILLER "</body><origin-id xmlns='urn:xmpp:sid:0' id='s2a.%lx'/></message>",
	    from, i % peers, domain, i, began, i);
}

static void
write_request(unsigned long i)
{
	buf_printf(&all,
	    "GET %s?username=u&password=p&from=40404&to=%%2B4915%08lu&charset=UTF-8&account=s2a.%lx"
	    "&validity=240&text=a0%%3A%%20bench-0-%" PRId64
	    "-%%20the%%20hoopoe%%20carries%%20what%%20is%%20said%%20to%%20whoever%%20wants%%20to"
	    "%%20hear%%20of%%20it HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: */*\r\n\r\n",
	    setting("RAW_PATH", "/cgi-bin/sendsms"), i % peers, i, began, port);
}

/* Twice: the envelope, and the mail. */
static void
write_mail(unsigned long i)
{
	buf_printf(&all, "MAIL FROM:<post+b.s2a.%lx@gw.example>\r\nRCPT TO:<u%lu@%s>\r\nDATA\r\n",
	    i, i % peers, domain);
	at[2 * i + 1] = all.len;
	buf_printf(&all,
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
	    "http://127.0.0.1:8080/a0/42\r\n.\r\n",
	    i % peers, domain, began, i, began);
}

static void
prepare(void (*write_one)(unsigned long i), unsigned parts)
{
	at = mem_new((parts * count + 1) * sizeof(*at));
	began = clock_us();
	for (unsigned long i = 0; i < count; i++) {
		at[parts * i] = all.len;
		write_one(i);
	}
	at[parts * count] = all.len;
}

/* ---- XMPP */

static void
await(int fd, const char *word, char *in, size_t size)
{
	size_t len = 0;
	ssize_t r;

	in[0] = '\0';
	while (strstr(in, word) == NULL) {
		if (len > size / 2) { /* bounces: only the newest matter */
			memmove(in, in + len - 200, 201);
			len = 200;
		}
		r = recv(fd, in + len, size - 1 - len, 0);
		if (r <= 0)
			die("the server hung up");
		len += (size_t)r;
		in[len] = '\0';
	}
}

static void
login(int fd, char *in, size_t size)
{
	struct buf b = { 0 };
	char hex[80], *id;

	buf_printf(&b,
	    "<stream:stream xmlns='jabber:component:accept' "
	    "xmlns:stream='http://etherx.jabber.org/streams' to='%s'>",
	    from);
	put(fd, b.data, b.len);
	await(fd, "id=", in, size);
	id = strstr(in, " id=");
	id[5 + strcspn(id + 5, "'\"")] = '\0';
	printf("id %s\n", id + 5);
	fflush(stdout);
	if (fgets(hex, sizeof(hex), stdin) == NULL)
		exit(1);
	hex[strcspn(hex, "\n")] = '\0';
	buf_clear(&b);
	buf_printf(&b, "<handshake>%s</handshake>", hex);
	put(fd, b.data, b.len);
	await(fd, "<handshake", in, size);
	buf_free(&b);
}

static void
run_xmpp(void)
{
	static char in[65536];
	struct buf ping = { 0 };
	int fd = dial();

	login(fd, in, sizeof(in));
	prepare(write_stanza, 1);
	buf_printf(&ping,
	    "<iq type='get' id='last' from='update@%s' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>",
	    from, domain);
	began = clock_us();
	cpu_before = cpu_used();
	for (size_t i = 0; i < all.len; i += WRITE_BYTES)
		put(fd, all.data + i, all.len - i < WRITE_BYTES ? all.len - i : WRITE_BYTES);
	put(fd, ping.data, ping.len);
	await(fd, "last", in, sizeof(in));
	done = count;
}

/* ---- requests and answers */

/* How many answers are complete in ${l}; they are dropped. */
static unsigned
answers_http(struct line *l)
{
	char *head, *length;
	size_t n;
	unsigned got = 0;

	l->in[l->len] = '\0';
	while ((head = memmem(l->in, l->len, "\r\n\r\n", 4)) != NULL) {
		length = strcasestr(l->in, "content-length:");
		n = (size_t)(head + 4 - l->in) +
		    (length == NULL || length > head ? 0 : strtoul(length + 15, NULL, 10));
		if (l->len < n)
			break;
		if (strncmp(l->in + 9, "202", 3) == 0)
			done++;
		memmove(l->in, l->in + n, l->len - n + 1);
		l->len -= n;
		got++;
	}
	return got;
}

static unsigned
answers_smtp(struct line *l)
{
	char *eol, *s = l->in, *end = l->in + l->len;
	unsigned got = 0;

	while ((eol = memchr(s, '\n', (size_t)(end - s))) != NULL) {
		if (eol - s > 3 && s[3] != '-')
			got++;
		done += strncmp(s, "250 2.0.0", 9) == 0;
		if (s[0] != '2' && s[0] != '3')
			fwrite(s, 1, (size_t)(eol + 1 - s), stderr);
		s = eol + 1;
	}
	l->len = (size_t)(end - s);
	memmove(l->in, s, l->len);
	return got;
}

static void
more_http(struct line *l)
{
	unsigned long n = count - next < depth ? count - next : depth;

	if (n > 0)
		put(l->fd, all.data + at[next], at[next + n] - at[next]);
	next += n;
	l->awaited = (unsigned)n;
}

static void
more_smtp(struct line *l)
{
	struct iovec v[2];
	int n = 0;

	l->awaited = 0;
	if (l->mail != 0) { /* the mail whose envelope was taken */
		v[n].iov_base = all.data + at[l->mail];
		v[n++].iov_len = at[l->mail + 1] - at[l->mail];
		l->awaited = 1;
		l->mail = 0;
	}
	if (next < count) {
		l->mail = 2 * next++ + 1;
		v[n].iov_base = all.data + at[l->mail - 1];
		v[n++].iov_len = at[l->mail] - at[l->mail - 1];
		l->awaited += 3;
	}
	if (n > 0 && writev(l->fd, v, n) <= 0)
		die("send");
}

static void
greet(struct line *l)
{
	await(l->fd, "220 ", l->in, sizeof(l->in));
	put(l->fd, "EHLO localhost\r\n", 16);
	await(l->fd, "\n250 ", l->in, sizeof(l->in));
}

static void
run_lines(bool mail)
{
	int loop = epoll_create1(EPOLL_CLOEXEC), n;
	struct epoll_event e[64] = { { .events = EPOLLIN } };
	struct line *l;
	ssize_t r;

	lines = mem_new(lines_n * sizeof(*lines));
	for (unsigned i = 0; i < lines_n; i++) {
		lines[i].fd = dial();
		if (mail)
			greet(&lines[i]);
		e[0].data.ptr = &lines[i];
		epoll_ctl(loop, EPOLL_CTL_ADD, lines[i].fd, &e[0]);
	}
	prepare(mail ? write_mail : write_request, mail ? 2 : 1);
	began = clock_us();
	cpu_before = cpu_used();
	for (unsigned i = 0; i < lines_n; i++)
		(mail ? more_smtp : more_http)(&lines[i]);
	while (done < count) {
		n = epoll_wait(loop, e, 64, -1);
		for (int i = 0; i < n; i++) {
			l = e[i].data.ptr;
			r = recv(l->fd, l->in + l->len, sizeof(l->in) - 1 - l->len, 0);
			if (r <= 0)
				die("the server hung up");
			l->len += (size_t)r;
			l->awaited -= (mail ? answers_smtp : answers_http)(l);
			if (l->awaited == 0)
				(mail ? more_smtp : more_http)(l);
		}
	}
}

static void
report(int64_t us, int64_t cpu)
{
	printf("{\"sent\": %lu, \"seconds\": %.6f, \"start_us\": %" PRId64 ", \"cpu_us\": %" PRId64
	       ", \"bytes\": %zu}\n",
	    done, (double)us / 1e6, began, cpu, all.len);
}

int
main(int argc, char **argv)
{
	if (argc != 6)
		return fputs("usage: raw xmpp|http|smtp PORT COUNT CONNECTIONS DEPTH\n", stderr), 2;
	port = (unsigned)strtoul(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	lines_n = (unsigned)strtoul(argv[4], NULL, 10);
	depth = (unsigned)strtoul(argv[5], NULL, 10);
	peers = strtoul(setting("RAW_PEERS", argv[3]), NULL, 10);
	from = setting("RAW_FROM", "gw.localhost");
	domain = setting("RAW_DOMAIN", argv[1][0] == 'x' ? "localhost" : "test.example");
	if (argv[1][0] == 'x')
		run_xmpp();
	else
		run_lines(argv[1][0] == 's');
	report(clock_us() - began, cpu_used() - cpu_before);
	return 0;
}
