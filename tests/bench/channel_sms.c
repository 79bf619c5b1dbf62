/*
 * channel_sms EXE [-n N] [-c CONNECTIONS] [-r ROUNDS] [-p PORT] [-w SECONDS]: texts a second through the
 * SMS channel's own process, beside libcurl alone and beside a bare socket client that sends the same
 * bytes, to a gateway that says yes to everything, or to a real Kannel at ${-p}, which gets ${-w} after
 * each to empty its queue.
 */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "tests/bench/play.h"

#define TEXT "alice: what a morning, the hoopoes are back and nobody told me about it beforehand"
#define SPACED                                                                                     \
	"alice%3A%20what%20a%20morning%2C%20the%20hoopoes%20are%20back%20and%20nobody%20told%20"   \
	"me%20about%20it%20beforehand"
#define YES                                                                                              \
	"HTTP/1.1 202 Accepted\r\nServer: sink\r\nContent-Length: 26\r\nContent-Type: text/html\r\n\r\n" \
	"0: Accepted for delivery\r\n"
#define NO "HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\n"
#define CONNECTIONS_MAX 100

extern const struct channel_kind sms_kind;

static struct play_options how = { .n = 100000, .connections = 50, .rounds = 3 };

static void
phone(uint64_t id, char *out, size_t size)
{
	snprintf(out, size, "+49172%07llu", (unsigned long long)(id % 10000000));
}

static void
target(uint64_t id, char *out, size_t size)
{
	snprintf(out, size,
	    "/cgi-bin/sendsms?username=gw&password=gwpass&from=12345&to=%%2B49172%07llu&charset=UTF-8"
	    "&account=s1f.%llx&validity=240&text=%s",
	    (unsigned long long)(id % 10000000), (unsigned long long)id, SPACED);
}

/* ---- a gateway that says yes */

struct caller {
	int fd;
	char data[8192];
	size_t n;
};

static int
answer(struct caller *c)
{
	static char out[65536];
	size_t len = 0;
	ssize_t got = recv(c->fd, c->data + c->n, sizeof(c->data) - c->n - 1, 0);
	char *end;

	if (got <= 0)
		return -1;
	c->n += (size_t)got;
	c->data[c->n] = '\0';
	while ((end = strstr(c->data, "\r\n\r\n")) != NULL && len < sizeof(out) - 200) {
		*end = '\0';
		len += (size_t)snprintf(
		    out + len, sizeof(out) - len, "%s", strstr(c->data, "to=") != NULL ? YES : NO);
		c->n -= (size_t)(end + 4 - c->data);
		memmove(c->data, end + 4, c->n + 1);
	}
	return len == 0 || send(c->fd, out, len, MSG_NOSIGNAL) > 0 ? 0 : -1;
}

_Noreturn static void
sink(int listener)
{
	struct epoll_event e = { .events = EPOLLIN }, got[64];
	int ep = epoll_create1(EPOLL_CLOEXEC), on = 1, n;
	struct caller *c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	epoll_ctl(ep, EPOLL_CTL_ADD, listener, &e);
	for (;;) {
		n = epoll_wait(ep, got, 64, -1);
		for (int i = 0; i < n; i++) {
			c = got[i].data.ptr;
			if (c != NULL && answer(c) == -1) {
				close(c->fd);
				free(c);
			}
			if (c != NULL)
				continue;
			c = calloc(1, sizeof(*c));
			c->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
			setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
			e.data.ptr = c;
			epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
		}
	}
}

/* ---- a bare socket client: one text under way on each connection */

static void
raw_send(int fd, uint64_t id)
{
	char path[512], out[1024];
	int n;

	target(id, path, sizeof(path));
	n = snprintf(out, sizeof(out),
	    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: Hudhud\r\nAccept: */*\r\n\r\n",
	    path, how.port);
	if (send(fd, out, (size_t)n, MSG_NOSIGNAL) != n)
		exit(1);
}

static int
raw_connect(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	a.sin_port = htons((uint16_t)how.port);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1)
		exit(1);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* Is there a whole answer, with its body? */
static bool
raw_hear(struct caller *c)
{
	ssize_t n = recv(c->fd, c->data + c->n, sizeof(c->data) - c->n - 1, 0);
	const char *end, *length;

	if (n <= 0)
		exit(1);
	c->n += (size_t)n;
	c->data[c->n] = '\0';
	end = strstr(c->data, "\r\n\r\n");
	length = strstr(c->data, "Content-Length: ");
	if (end == NULL || length == NULL ||
	    c->n < (size_t)(end + 4 - c->data) + strtoul(length + 16, NULL, 10))
		return false;
	if (memcmp(c->data, "HTTP/1.1 202", 12) != 0)
		exit(1);
	c->n = 0;
	return true;
}

static struct took
raw(void)
{
	static struct caller callers[CONNECTIONS_MAX];
	struct epoll_event e = { .events = EPOLLIN }, got[CONNECTIONS_MAX];
	double wall = play_now(), cpu = play_cpu();
	int ep = epoll_create1(EPOLL_CLOEXEC), n;
	uint64_t asked = 0, done = 0;

	for (unsigned i = 0; i < how.connections; i++) {
		callers[i] = (struct caller){ .fd = raw_connect() };
		e.data.ptr = &callers[i];
		epoll_ctl(ep, EPOLL_CTL_ADD, callers[i].fd, &e);
		raw_send(callers[i].fd, ++asked);
	}
	while (done < how.n) {
		n = epoll_wait(ep, got, CONNECTIONS_MAX, -1);
		for (int i = 0; i < n; i++) {
			struct caller *c = got[i].data.ptr;

			if (!raw_hear(c))
				continue;
			done++;
			if (asked < how.n)
				raw_send(c->fd, ++asked);
		}
	}
	for (unsigned i = 0; i < how.connections; i++)
		close(callers[i].fd);
	close(ep);
	return (struct took){ play_now() - wall, play_cpu() - cpu };
}

/* ---- libcurl alone */

static size_t
drop(char *data, size_t one, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return one * n;
}

static void
curl_ask(CURLM *m, CURL *c, uint64_t id)
{
	char path[512], url[600];

	target(id, path, sizeof(path));
	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", how.port, path);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_multi_add_handle(m, c);
}

static struct took
bare(void)
{
	CURLM *m = curl_multi_init();
	CURL *c[CONNECTIONS_MAX];
	uint64_t asked = 0, done = 0;
	double wall, cpu;
	int running, left;
	CURLMsg *msg;

	for (unsigned i = 0; i < how.connections; i++) {
		c[i] = curl_easy_init();
		curl_easy_setopt(c[i], CURLOPT_WRITEFUNCTION, drop);
		curl_easy_setopt(c[i], CURLOPT_USERAGENT, "Hudhud");
		curl_easy_setopt(c[i], CURLOPT_NOSIGNAL, 1L);
	}
	curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, (long)how.connections);
	wall = play_now();
	cpu = play_cpu();
	for (unsigned i = 0; i < how.connections; i++)
		curl_ask(m, c[i], ++asked);
	while (done < how.n) {
		curl_multi_perform(m, &running);
		while ((msg = curl_multi_info_read(m, &left)) != NULL) {
			CURL *easy = msg->easy_handle;

			if (msg->data.result != CURLE_OK)
				exit(1);
			done++;
			curl_multi_remove_handle(m, easy);
			if (asked < how.n)
				curl_ask(m, easy, ++asked);
		}
		if (done < how.n)
			curl_multi_poll(m, NULL, 0, 1000, NULL);
	}
	wall = play_now() - wall;
	cpu = play_cpu() - cpu;
	for (unsigned i = 0; i < how.connections; i++)
		curl_easy_cleanup(c[i]);
	curl_multi_cleanup(m);
	return (struct took){ wall, cpu };
}

/* ---- the channel */

static struct took
channel(const char *exe)
{
	struct play p = { .peer = phone,
		.words = { .what = OUT_STATUS,
		    .author = "alice",
		    .text = TEXT,
		    .subject = "",
		    .footer = "" } };
	char settings[512];

	snprintf(settings, sizeof(settings),
	    "url = \"http://127.0.0.1:%u/cgi-bin/sendsms\"; username = \"gw\"; password = \"gwpass\";\n"
	    "number = \"12345\"; rate = 1000000.0; window = %u; connections = %u;\n",
	    how.port, how.connections, how.connections);
	return play_channel(&p, exe, &sms_kind, settings, how.connections * 4, how.n);
}

int
main(int argc, char **argv)
{
	pid_t pid = 0;
	int fd;

	if (!play_options(&how, CONNECTIONS_MAX, argc, argv))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	if (how.port == 0) {
		fd = play_listen(&how.port);
		pid = fork();
		if (pid == 0)
			sink(fd);
		close(fd);
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	for (unsigned i = 0; i < how.rounds; i++) {
		play_row("SMS: bare socket client", how.n, raw());
		sleep(how.pause_s);
		play_row("SMS: libcurl alone", how.n, bare());
		sleep(how.pause_s);
		play_row("SMS: the channel", how.n, channel(argv[optind]));
		sleep(how.pause_s);
	}
	if (pid != 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return 0;
}
