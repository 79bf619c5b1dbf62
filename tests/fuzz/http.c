#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "channels/web/fields.h"
#include "channels/web/httpd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The HTTP server with whatever bytes on a line: what it takes for a request is bounded, and clean. */

static struct sockaddr_in place = { .sin_family = AF_INET };

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* A form or a query: what comes out of it is not more than went in. */
static void
take_apart(const char *s, size_t n)
{
	struct fields f;
	size_t total = 0;

	if (!fields_parse(&f, s, n))
		return;
	for (size_t i = 0; i < f.n; i++)
		total += strlen(f.field[i].name) + strlen(f.field[i].value);
	must(total <= n && f.n <= FIELDS_MAX);
	fields_free(&f);
}

static void
serve(void *cookie, struct request *q)
{
	struct buf b = { 0 };
	char out[256] = "";

	(void)cookie;
	must(*q->path == '/' && strlen(q->path) <= HTTP_PATH_MAX);
	must(q->body.len <= HTTP_BODY_MAX && (q->post || q->body.len == 0));
	must(strchr(q->path, ' ') == NULL && strchr(q->query, ' ') == NULL);
	for (size_t i = 0; i < HTTP_HEADERS; i++)
		for (const char *p = q->header[i]; p && *p; p++)
			must(((unsigned char)*p >= ' ' || *p == '\t') && *p != 0x7f);
	fields_path(q->path, out, sizeof out);
	take_apart(q->query, strlen(q->query));
	take_apart(buf_text(&q->body), q->body.len);
	buf_printf(&b, "%s", out);
	httpd_set(q, "ETag", "\"t\"");
	httpd_set(q, "Location", out);
	httpd_answer(q, 200, "text/plain", &b);
}

static void
refuse(void *cookie, struct request *q, unsigned status)
{
	struct buf b = { 0 };

	(void)cookie;
	buf_printf(&b, "%u", status);
	httpd_answer(q, status, "text/plain", &b);
}

static void
forget(struct request *q)
{
	(void)q;
}

/* On a port that was free a moment ago; it stays until the program ends. */
static void
start(void)
{
	static char listen[24];
	static struct httpd_server *server;
	static const struct httpd_conf conf = { .listen = listen,
		.proxy = "127.0.0.1",
		.timeout = 2,
		.serve = serve,
		.refuse = refuse,
		.forget = forget };
	socklen_t n = sizeof place;
	int fd;

	for (int i = 0; i < 10 && server == NULL; i++) {
		place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		place.sin_port = 0;
		fd = socket(AF_INET, SOCK_STREAM, 0);
		bind(fd, (struct sockaddr *)&place, sizeof place);
		getsockname(fd, (struct sockaddr *)&place, &n);
		close(fd);
		snprintf(listen, sizeof listen, "127.0.0.1:%u", ntohs(place.sin_port));
		server = httpd_start(&conf);
	}
	must(server != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool started;
	struct linger at_once = { .l_onoff = 1 };
	struct pollfd p = { .events = POLLIN };
	char answer[4096];
	ssize_t r = 1;

	if (!started)
		start();
	started = true;
	p.fd = socket(AF_INET, SOCK_STREAM, 0);
	/* ends without a trace, or thousands of lines that have ended would use up the ports */
	setsockopt(p.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	if (connect(p.fd, (struct sockaddr *)&place, sizeof place) == 0) {
		send(p.fd, data, n, MSG_NOSIGNAL);
		shutdown(p.fd, SHUT_WR);
		/* an answer that never comes is no fault of anybody's here */
		while (r > 0 && poll(&p, 1, 5) > 0)
			r = recv(p.fd, answer, sizeof answer, 0);
	}
	close(p.fd);
	return 0;
}
