/*
 * raw KIND PORT COUNT CONNECTIONS DEPTH - the limit of the wire: COUNT deliveries, all written out before
 * the clock starts, by as little code as will do (wire.h tells to whom).
 *   raw xmpp   one connection, 64 KB a write, a ping behind the last; the handshake that "id X" asks for
 *              is read from standard input
 *   raw http   DEPTH requests under way on each connection
 *   raw smtp   each mail with the next one's envelope: one round trip a mail
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/bench/wire.h"

#define WRITE_BYTES 65536

struct line {
	int fd;
	unsigned awaited; /* answers */
	size_t mail;      /* SMTP: the part that the taken envelope is of; 0: none */
	char in[4096];
	size_t len;
};

static struct wire wire;
static unsigned lines_n, depth;
static unsigned long next, done;
static struct buf all; /* what is to be sent */
static size_t *at;     /* where each begins; one more at the end */
static struct line *lines;

static void
put(int fd, const char *p, size_t n)
{
	ssize_t r;

	while (n > 0) {
		r = send(fd, p, n, MSG_NOSIGNAL);
		if (r <= 0)
			wire_die("send");
		p += r;
		n -= (size_t)r;
	}
}

static void
one_stanza(unsigned long i)
{
	wire_stanza(&wire, &all, i);
}

static void
one_request(unsigned long i)
{
	buf_text_add(&all, "GET ");
	wire_query(&wire, &all, i);
	buf_printf(&all, " HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: */*\r\n\r\n", wire.port);
}

/* Twice: the envelope, and the mail. */
static void
one_mail(unsigned long i)
{
	buf_printf(&all, "MAIL FROM:<post+b.s2a.%lx@gw.example>\r\nRCPT TO:<u%lu@%s>\r\nDATA\r\n",
	    i, i % wire.peers, wire.domain);
	at[2 * i + 1] = all.len;
	wire_mail(&wire, &all, i);
	buf_text_add(&all, ".\r\n");
}

static void
prepare(void (*write_one)(unsigned long i), unsigned parts)
{
	at = mem_new((parts * wire.count + 1) * sizeof(*at));
	for (unsigned long i = 0; i < wire.count; i++) {
		at[parts * i] = all.len;
		write_one(i);
	}
	at[parts * wire.count] = all.len;
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
			wire_die("the server hung up");
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
	    wire.from);
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
	int fd = wire_dial(&wire);

	login(fd, in, sizeof(in));
	prepare(one_stanza, 1);
	buf_printf(&ping,
	    "<iq type='get' id='last' from='update@%s' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>",
	    wire.from, wire.domain);
	wire_begin(&wire);
	for (size_t i = 0; i < all.len; i += WRITE_BYTES)
		put(fd, all.data + i, all.len - i < WRITE_BYTES ? all.len - i : WRITE_BYTES);
	put(fd, ping.data, ping.len);
	await(fd, "last", in, sizeof(in));
	done = wire.count;
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
	unsigned long n = wire.count - next < depth ? wire.count - next : depth;

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
	if (next < wire.count) {
		l->mail = 2 * next++ + 1;
		v[n].iov_base = all.data + at[l->mail - 1];
		v[n++].iov_len = at[l->mail] - at[l->mail - 1];
		l->awaited += 3;
	}
	if (n > 0 && writev(l->fd, v, n) <= 0)
		wire_die("send");
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
		lines[i].fd = wire_dial(&wire);
		if (mail)
			greet(&lines[i]);
		e[0].data.ptr = &lines[i];
		epoll_ctl(loop, EPOLL_CTL_ADD, lines[i].fd, &e[0]);
	}
	prepare(mail ? one_mail : one_request, mail ? 2 : 1);
	wire_begin(&wire);
	for (unsigned i = 0; i < lines_n; i++)
		(mail ? more_smtp : more_http)(&lines[i]);
	while (done < wire.count) {
		n = epoll_wait(loop, e, 64, -1);
		for (int i = 0; i < n; i++) {
			l = e[i].data.ptr;
			r = recv(l->fd, l->in + l->len, sizeof(l->in) - 1 - l->len, 0);
			if (r <= 0)
				wire_die("the server hung up");
			l->len += (size_t)r;
			l->awaited -= (mail ? answers_smtp : answers_http)(l);
			if (l->awaited == 0)
				(mail ? more_smtp : more_http)(l);
		}
	}
}

int
main(int argc, char **argv)
{
	if (argc != 6)
		return fputs("usage: raw xmpp|http|smtp PORT COUNT CONNECTIONS DEPTH\n", stderr), 2;
	wire_read(&wire, argv[2], argv[3], argv[1][0] == 'x' ? "localhost" : "test.example");
	lines_n = (unsigned)strtoul(argv[4], NULL, 10);
	depth = (unsigned)strtoul(argv[5], NULL, 10);
	if (argv[1][0] == 'x')
		run_xmpp();
	else
		run_lines(argv[1][0] == 's');
	wire_report(&wire, done, all.len);
	return 0;
}
