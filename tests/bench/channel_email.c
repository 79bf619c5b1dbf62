/*
 * channel_email EXE [-n N] [-c CONNECTIONS] [-r ROUNDS] [-p PORT] [-w SECONDS]: mails a second through the mail
 * channel's own process, beside libetpan alone, beside Postfix's smtp-source, and beside a bare
 * socket client that pipelines the same bytes; to Postfix's smtp-sink, or to a real server at ${-p},
 * which gets ${-w} after each to empty its queue.
 */
#include <arpa/inet.h>
#include <libetpan/libetpan.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "channels/email/compose.h"
#include "tests/bench/play.h"

#define CONNECTIONS_MAX 64
#define FOOTER "Answer this mail to answer alice.\nTo stop: answer with the word stop."

extern const struct channel_kind email_kind;

static struct play_options how = { .n = 50000, .connections = 16, .rounds = 3 };
static struct buf mail;
static const struct outbound words = { .what = OUT_STATUS,
	.author = "alice",
	.text = "what a morning, the hoopoes are back and nobody told me about it beforehand",
	.subject = "alice: what a morning, the hoopoes are back",
	.footer = FOOTER,
	.lang = "en",
	.thread = "",
	.in_reply_to = "",
	.at = 1700000000 };

/* As long as the channel's, and another for each mail, which keeps a real server busy. */
static void
sender(uint64_t id, char *out, size_t size)
{
	snprintf(out, size, "post+b.s1f.%llx.abcdefghij@gw.example", (unsigned long long)id);
}

static void
address(uint64_t id, char *out, size_t size)
{
	snprintf(out, size, "u%llu@hole.example", (unsigned long long)id);
}

/* ---- a bare socket client: the end of a mail and the beginning of the next in one write */

struct line {
	int fd;
	unsigned owed; /* replies */
	bool body;     /* under way, and owed a reply, too */
	bool begun;    /* a mail whose body is to follow */
	char in[4096];
	size_t n;
};

static void
put(int fd, const char *data, size_t n)
{
	if (send(fd, data, n, MSG_NOSIGNAL) != (ssize_t)n)
		exit(1);
}

static int
raw_connect(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	char in[4096] = "";
	ssize_t n;

	a.sin_port = htons((uint16_t)how.port);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1 || recv(fd, in, sizeof(in), 0) <= 0)
		exit(1);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	put(fd, "EHLO bench\r\n", 12);
	do {
		n = recv(fd, in, sizeof(in) - 1, 0);
		in[n > 0 ? n : 0] = '\0';
	} while (n > 0 && strstr(in, "250 ") == NULL);
	return fd;
}

static void
raw_group(struct line *l, bool with_body, uint64_t id)
{
	static char out[65536];
	char from[64], to[64];
	size_t n = 0;

	if (with_body) {
		memcpy(out, mail.data, mail.len);
		memcpy(out + mail.len, ".\r\n", 3);
		n = mail.len + 3;
	}
	l->body = with_body;
	l->begun = id > 0;
	l->owed = with_body;
	if (id > 0) {
		address(id, to, sizeof(to));
		sender(id, from, sizeof(from));
		n += (size_t)snprintf(out + n, sizeof(out) - n,
		    "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", from, to);
		l->owed += 3;
	}
	if (n > 0)
		put(l->fd, out, n);
}

/* Take what replies there are; true if none is owed any more. */
static bool
raw_hear(struct line *l)
{
	ssize_t n = recv(l->fd, l->in + l->n, sizeof(l->in) - l->n, 0);
	char *end, *at = l->in;

	if (n <= 0)
		exit(1);
	l->n += (size_t)n;
	while ((end = memchr(at, '\n', l->n)) != NULL) {
		if (at[0] != '2' && at[0] != '3')
			exit(1);
		l->owed--;
		l->n -= (size_t)(end + 1 - at);
		at = end + 1;
	}
	memmove(l->in, at, l->n);
	return l->owed == 0;
}

static struct took
raw(void)
{
	static struct line lines[CONNECTIONS_MAX];
	struct epoll_event e = { .events = EPOLLIN }, got[CONNECTIONS_MAX];
	double wall = play_now(), cpu = play_cpu();
	int ep = epoll_create1(EPOLL_CLOEXEC), n;
	uint64_t begun = 0, done = 0;
	struct line *l;

	for (unsigned i = 0; i < how.connections; i++) {
		lines[i] = (struct line){ .fd = raw_connect() };
		e.data.ptr = &lines[i];
		epoll_ctl(ep, EPOLL_CTL_ADD, lines[i].fd, &e);
		raw_group(&lines[i], false, ++begun);
	}
	while (done < how.n) {
		n = epoll_wait(ep, got, CONNECTIONS_MAX, -1);
		for (int i = 0; i < n; i++) {
			l = got[i].data.ptr;
			if (!raw_hear(l))
				continue;
			done += l->body;
			if (l->begun)
				raw_group(l, true, begun < how.n ? ++begun : 0);
		}
	}
	for (unsigned i = 0; i < how.connections; i++)
		close(lines[i].fd);
	close(ep);
	return (struct took){ play_now() - wall, play_cpu() - cpu };
}

/* ---- libetpan alone */

static atomic_uint_fast64_t next_mail;

static void *
etpan(void *unused)
{
	mailsmtp *m = mailsmtp_new(0, NULL);
	char from[64], to[64];
	uint64_t id;

	if (mailsmtp_socket_connect(m, "127.0.0.1", (uint16_t)how.port) != MAILSMTP_NO_ERROR ||
	    mailesmtp_ehlo(m) != MAILSMTP_NO_ERROR)
		exit(1);
	while ((id = atomic_fetch_add(&next_mail, 1)) < how.n) {
		address(id, to, sizeof(to));
		sender(id, from, sizeof(from));
		if (mailesmtp_mail(m, from, 0, NULL) != MAILSMTP_NO_ERROR ||
		    mailsmtp_rcpt(m, to) != MAILSMTP_NO_ERROR ||
		    mailsmtp_data(m) != MAILSMTP_NO_ERROR ||
		    mailsmtp_data_message(m, mail.data, mail.len) != MAILSMTP_NO_ERROR)
			exit(1);
	}
	mailsmtp_free(m);
	return unused;
}

static struct took
bare(void)
{
	pthread_t threads[CONNECTIONS_MAX];
	double wall = play_now(), cpu = play_cpu();

	atomic_store(&next_mail, 0);
	for (unsigned i = 0; i < how.connections; i++)
		pthread_create(&threads[i], NULL, etpan, NULL);
	for (unsigned i = 0; i < how.connections; i++)
		pthread_join(threads[i], NULL);
	return (struct took){ play_now() - wall, play_cpu() - cpu };
}

/* ---- Postfix's own client */

static double
cpu_of(const struct rusage *r)
{
	return (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) +
	       (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) / 1e6;
}

static struct took
source(void)
{
	char number[24], sessions[24], server[40], path[] = "/tmp/hudhud-bench.XXXXXX";
	struct rusage r = { 0 };
	int fd = mkstemp(path);
	FILE *f = fd != -1 ? fdopen(fd, "w") : NULL;
	double wall;
	pid_t pid;

	if (f == NULL)
		exit(1);
	for (size_t i = 0; i < mail.len; i++) /* it adds the CR itself */
		if (mail.data[i] != '\r')
			putc(mail.data[i], f);
	fclose(f);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)how.n);
	snprintf(sessions, sizeof(sessions), "%u", how.connections);
	snprintf(server, sizeof(server), "127.0.0.1:%u", how.port);
	wall = play_now();
	pid = fork();
	if (pid == 0) {
		execl("/usr/sbin/smtp-source", "smtp-source", "-d", "-N", "-s", sessions, "-m",
		    number, "-F", path, "-f", "post@gw.example", "-t", "u@hole.example", server,
		    (char *)NULL);
		_exit(127);
	}
	wait4(pid, NULL, 0, &r);
	unlink(path);
	return (struct took){ play_now() - wall, cpu_of(&r) };
}

/* ---- the channel */

static struct took
channel(const char *exe)
{
	struct play p = { .peer = address, .words = words };
	char settings[512];

	snprintf(settings, sizeof(settings),
	    "address = \"post@gw.example\"; imap = \"imap://127.0.0.1:9\"; imap_user = \"x\";\n"
	    "imap_password = \"x\"; smtp = \"smtp://127.0.0.1:%u\"; tls = \"none\"; connections = %u;\n",
	    how.port, how.connections);
	return play_channel(&p, exe, &email_kind, settings, how.connections * 4, how.n);
}

static pid_t
sink(void)
{
	char server[40];
	pid_t pid;
	int fd = play_listen(&how.port);

	close(fd);
	snprintf(server, sizeof(server), "127.0.0.1:%u", how.port);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/usr/sbin/smtp-sink", "smtp-sink", "-u", "nobody", server, "1024",
		    (char *)NULL);
		_exit(127);
	}
	usleep(300000);
	return pid;
}

/* The same bytes for all: one mail as the channel writes it. */
static void
write_mail(void)
{
	struct recipient r = { 1, "s1f.2a", "u1000@hole.example", "abcdefghijklmnopqrstuvwxyz",
		"" };
	struct post post;

	compose_load();
	post_init(&post, "post@gw.example", '+', "x");
	if (compose(&post, "Hudhud", &words, &r, &mail) == -1)
		exit(1);
}

int
main(int argc, char **argv)
{
	pid_t pid = 0;

	if (!play_options(&how, CONNECTIONS_MAX, argc, argv))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	write_mail();
	if (how.port == 0)
		pid = sink();
	for (unsigned i = 0; i < how.rounds; i++) {
		play_row("mail: bare socket client, pipelined", how.n, raw());
		sleep(how.pause_s);
		play_row("mail: libetpan alone", how.n, bare());
		sleep(how.pause_s);
		play_row("mail: smtp-source -d", how.n, source());
		sleep(how.pause_s);
		play_row("mail: the channel", how.n, channel(argv[optind]));
		sleep(how.pause_s);
	}
	if (pid != 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	buf_free(&mail);
	return 0;
}
