/* Answers that are kept and given again, and answers that go on, byte for byte. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "channels/web/httpd.h"
#include "tests/tap.h"
#include "tests/unit/free_port.h"

static struct httpd_server *server;
static unsigned port;
static struct httpd_kept *page, *form;

/* ---- the pages */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t come = PTHREAD_COND_INITIALIZER;
static struct request *stream; /* the one that goes on */
static char owed[4096];        /* what it has to say */
static atomic_bool over;

static int
more(struct request *q, char *out, size_t max)
{
	size_t n;

	(void)q;
	pthread_mutex_lock(&lock);
	n = strlen(owed) < max ? strlen(owed) : max;
	memcpy(out, owed, n);
	memmove(owed, owed + n, strlen(owed + n) + 1);
	pthread_mutex_unlock(&lock);
	return n == 0 && over ? -1 : (int)n;
}

static void
serve(void *cookie, struct request *q)
{
	(void)cookie;
	if (strcmp(q->path, "/page") == 0) {
		httpd_give(q, page, "");
	} else if (strcmp(q->path, "/form") == 0) {
		httpd_set(q, "Set-Cookie", "a=b");
		httpd_give(q, form, *q->query ? q->query : "????");
	} else {
		httpd_stream(q, "text/event-stream", more);
		pthread_mutex_lock(&lock);
		stream = q;
		pthread_cond_signal(&come);
		pthread_mutex_unlock(&lock);
	}
}

static void
refuse(void *cookie, struct request *q, unsigned status)
{
	struct buf b = { 0 };

	(void)cookie;
	httpd_answer(q, status, "text/plain", &b);
}

static void
forget(struct request *q)
{
	pthread_mutex_lock(&lock);
	if (stream == q)
		stream = NULL;
	pthread_cond_signal(&come);
	pthread_mutex_unlock(&lock);
}

/* ---- who asks */

static int
call(const char *request)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval most = { .tv_sec = 60 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
	if (connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0 ||
	    send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		printf("# cannot connect\n");
	return fd;
}

/* What comes until ${end} is in it, or (NULL) the other side closes. */
static const char *
hear(int fd, const char *end)
{
	static char answer[65536];
	size_t n = 0;
	ssize_t r;

	answer[0] = '\0';
	while ((end == NULL || strstr(answer, end) == NULL) &&
	       (r = recv(fd, answer + n, sizeof answer - 1 - n, 0)) > 0) {
		n += (size_t)r;
		answer[n] = '\0';
	}
	if (end == NULL)
		close(fd);
	return answer;
}

static const char *
ask(const char *line, const char *header)
{
	char *request = mem_printf(
	    "%s HTTP/1.1\r\nHost: h\r\n%sConnection: close\r\n\r\n", line, header);
	const char *a = hear(call(request), NULL);

	free(request);
	return a;
}

/* ---- kept */

static void
keep(void)
{
	static const size_t holes[] = { 5, 15 };
	struct buf body = { 0 };
	struct request *q = mem_new(65536); /* as large as what the server makes of it */

	httpd_set(q, "ETag", "\"t\"");
	buf_text_add(&body, "always the same");
	page = httpd_keep(q, "text/plain", &body, NULL, 0);
	buf_text_add(&body, "This XXXX that XXXX.");
	form = httpd_keep(q, "text/html", &body, holes, 2);
	free(q);
}

static void *
ask_often(void *arg)
{
	char line[64];

	for (int i = 0; i < 200; i++) {
		int fd;
		char request[128], answer[4096];
		size_t n = 0;
		ssize_t r;

		snprintf(line, sizeof line, "GET /%s?%04d", i % 2 ? "page" : "form", i);
		snprintf(request, sizeof request,
		    "%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", line);
		fd = call(request);
		while ((r = recv(fd, answer + n, sizeof answer - 1 - n, 0)) > 0)
			n += (size_t)r;
		close(fd);
		answer[n] = '\0';
		if (i % 2 == 0)
			snprintf(line, sizeof line, "This %04d that %04d.", i, i);
		if (strstr(answer, i % 2 ? "always the same" : line) == NULL)
			atomic_fetch_add((atomic_int *)arg, 1);
	}
	return NULL;
}

static void
test_kept(void)
{
	const char *a = ask("GET /page", "");
	atomic_int wrong = 0;
	pthread_t thread[4];

	ok(strstr(a, " 200 ") && strstr(a, "\r\n\r\nalways the same") &&
		strstr(a, "Content-Security-Policy: default-src 'none'") &&
		strstr(a, "ETag: \"t\""),
	    "what is kept is given, with its headers");
	a = ask("GET /page", "If-None-Match: \"t\"\r\n");
	ok(strstr(a, " 304 ") && strstr(a, "always") == NULL && strstr(a, "ETag: \"t\""),
	    "to who has it, without its body");
	a = ask("HEAD /page", "");
	ok(strstr(a, " 200 ") && strstr(a, "always") == NULL && strstr(a, "Content-Length: 15"),
	    "HEAD has the length");
	a = ask("GET /form?1234", "");
	ok(strstr(a, "\r\n\r\nThis 1234 that 1234.") && strstr(a, "Set-Cookie: a=b") &&
		strstr(a, "text/html"),
	    "a hole is filled for each, who gets headers of their own");
	ok(strstr(ask("GET /form?5678", ""), "This 5678 that 5678."), "and for the next");
	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, ask_often, &wrong);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	ok(atomic_load(&wrong) == 0, "for many at once, too");
}

/* ---- going on */

/* The stream, once the page knows it; or once it does not any more. */
static struct request *
await_stream(bool there)
{
	struct request *q;

	pthread_mutex_lock(&lock);
	while ((stream != NULL) != there)
		pthread_cond_wait(&come, &lock);
	q = stream;
	pthread_mutex_unlock(&lock);
	return q;
}

static void
say(struct request *q, const char *text)
{
	pthread_mutex_lock(&lock);
	strncat(owed, text, sizeof owed - strlen(owed) - 1);
	pthread_mutex_unlock(&lock);
	httpd_wake(q);
}

static void
test_stream(void)
{
	int fd = call("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	struct request *q = await_stream(true);
	const char *a = hear(fd, "\r\n\r\n");
	char word[16], body[2048] = "";

	ok(strstr(a, " 200 ") && strstr(a, "text/event-stream") && strstr(a, "chunked"),
	    "it begins before there is anything to say");
	say(q, "one");
	ok(strstr(hear(fd, "one\r\n"), "3\r\none\r\n"), "what is said comes at once");
	for (int i = 0; i < 200; i++) {
		snprintf(word, sizeof word, "%03d.", i);
		say(q, word);
	}
	while (strstr(body, "199.") == NULL)
		strncat(body, hear(fd, ".\r\n"), sizeof body - strlen(body) - 1);
	ok(strstr(body, "000.") && strstr(body, "199."), "and so does a lot, though nobody waits");
	ok(httpd_socket(q) >= 0, "it has a socket");
	over = true;
	httpd_wake(q);
	ok(strstr(hear(fd, "0\r\n\r\n"), "0\r\n\r\n"), "it ends in an orderly way");
	await_stream(false);
	close(fd);
	over = false;
}

static void
test_gone(void)
{
	int fd = call("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	struct request *q = await_stream(true);

	hear(fd, "\r\n\r\n");
	close(fd);
	/* it is seen when something is sent, at the latest when that is not taken */
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&lock);
		q = stream;
		if (q)
			httpd_wake(q);
		snprintf(owed, sizeof owed, "anybody?");
		pthread_mutex_unlock(&lock);
		if (q == NULL)
			break;
		usleep(10000);
	}
	ok(q == NULL, "who goes is forgotten");
	owed[0] = '\0';
}

int
main(void)
{
	char listen[24];
	struct httpd_conf conf = { .listen = listen,
		.proxy = "",
		.timeout = 30,
		.streams = 10,
		.serve = serve,
		.refuse = refuse,
		.forget = forget };

	keep();
	for (int i = 0; i < 10 && server == NULL; i++) {
		port = free_port(listen);
		server = httpd_start(&conf);
	}
	test_kept();
	test_stream();
	test_gone();
	httpd_stop(server, 1000);
	httpd_kept_free(page);
	httpd_kept_free(form);
	return tap_done();
}
