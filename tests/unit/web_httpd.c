#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "channels/web/httpd.h"
#include "channels/web/workers.h"
#include "tests/tap.h"
#include "tests/unit/free_port.h"
#include "tests/unit/web_lang.h"

/* The HTTP server as strangers see it, byte for byte. */

static struct httpd_server *server;
static unsigned port; /* where it listens */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t parked = PTHREAD_COND_INITIALIZER;
static struct request *waiter; /* a request that waits */
static int forgotten;

static void
say(struct request *q, unsigned status, const char *text)
{
	struct buf b = { 0 };

	buf_text_add(&b, text);
	httpd_answer(q, status, "text/plain", &b);
}

static void
later(struct request *q)
{
	say(q, 200, "later");
}

static void
serve(void *cookie, struct request *q)
{
	struct buf b = { 0 };

	(void)cookie;
	if (strcmp(q->path, "/wait") == 0) {
		httpd_wait(q, later);
		pthread_mutex_lock(&lock);
		waiter = q;
		pthread_cond_signal(&parked);
		pthread_mutex_unlock(&lock);
	} else if (strcmp(q->path, "/tag") == 0) {
		httpd_set(q, "ETag", "\"t\"");
		httpd_set(q, "X-Bad", "a\r\nSet-Cookie: x=y");
		httpd_set(q, "Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
		httpd_set(q, "Referrer-Policy", "no-referrer");
		say(q, 200, httpd_unchanged(q) ? "" : "tagged");
	} else if (strcmp(q->path, "/none") != 0) {
		buf_printf(&b, "%s|%s|%s|%zu|%s", q->post ? "POST" : "GET", q->path, q->query,
		    q->body.len, q->remote);
		httpd_answer(q, 200, "text/plain", &b);
	}
}

static void
refuse(void *cookie, struct request *q, unsigned status)
{
	(void)cookie;
	say(q, status, "refused");
}

static void
forget(struct request *q)
{
	(void)q;
	pthread_mutex_lock(&lock);
	forgotten++;
	pthread_mutex_unlock(&lock);
}

static int
call(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval most = { .tv_sec = 20 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
	if (connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0)
		printf("# cannot connect\n");
	return fd;
}

static void
send_all(int fd, const char *p, size_t n)
{
	ssize_t w;

	for (; n > 0; p += w, n -= (size_t)w)
		if ((w = send(fd, p, n, MSG_NOSIGNAL)) <= 0)
			return;
}

static void
send_text(int fd, const char *text)
{
	send_all(fd, text, strlen(text));
}

/* All that comes until the other side closes. */
static const char *
hear(int fd)
{
	static char answer[16384];
	size_t n = 0;
	ssize_t r;

	while (n < sizeof answer - 1 && (r = recv(fd, answer + n, sizeof answer - 1 - n, 0)) > 0)
		n += (size_t)r;
	answer[n] = '\0';
	close(fd);
	return answer;
}

static const char *
ask_bytes(const char *request, size_t n)
{
	int fd = call();

	send_all(fd, request, n);
	shutdown(fd, SHUT_WR);
	return hear(fd);
}

static const char *
ask(const char *request)
{
	return ask_bytes(request, strlen(request));
}

static bool
status_is(const char *answer, const char *status)
{
	bool same = strncmp(answer, "HTTP/1.", 7) == 0 && strncmp(answer + 9, status, 3) == 0;

	if (!same)
		printf("# got %.60s\n", answer);
	return same;
}

static const char *
body_of(const char *answer)
{
	const char *p = strstr(answer, "\r\n\r\n");

	return p ? p + 4 : "";
}

#define END "Connection: close\r\n\r\n"

static void
test_plain(void)
{
	const char *a = ask("GET /a%41?x=%00 HTTP/1.1\r\nHost: h\r\n" END);

	ok(status_is(a, "200") && strcmp(body_of(a), "GET|/a%41|x=%00|0|127.0.0.1") == 0,
	    "path and query come undecoded");
	ok(strstr(a, "Content-Security-Policy: default-src 'none'") && strstr(a, "nosniff"),
	    "every answer has the security headers");
	a = ask("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n" END "hello");
	ok(strcmp(body_of(a), "POST|/p||5|127.0.0.1") == 0, "a body arrives");
	a = ask("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" END
		"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
	ok(strcmp(body_of(a), "POST|/p||5|127.0.0.1") == 0, "in chunks, too");
	a = ask("HEAD /p HTTP/1.1\r\nHost: h\r\n" END);
	ok(status_is(a, "200") && !*body_of(a) && strstr(a, "Content-Length: 19"),
	    "HEAD has the length and no body");
	a = ask("GET /tag HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"x\", \"t\"\r\n" END);
	ok(status_is(a, "304") && !*body_of(a) && strstr(a, "ETag: \"t\""),
	    "what has not changed is not sent");
	ok(strstr(a, "Set-Cookie") == NULL, "a value with a line break makes no header");
	a = ask("GET /p HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1, 192.0.2.9\r\n" END);
	ok(strstr(a, "|192.0.2.9"), "a trusted proxy says who asks");
	ok(status_is(ask("GET /none HTTP/1.1\r\nHost: h\r\n" END), "500"),
	    "a page that does not answer is our mistake");
}

static void
test_conditional(void)
{
	const char *a = ask("GET /tag HTTP/1.1\r\nHost: h\r\n" END);

	ok(status_is(a, "200") && strstr(a, "tagged"), "who has nothing gets all");
	ok(strstr(a, "Referrer-Policy: no-referrer\r\n") &&
		strstr(a, "Referrer-Policy: same-origin") == NULL,
	    "a header takes the place of what all have");
	a = ask(
	    "GET /tag HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"x\"\r\nIf-None-Match: W/\"t\"\r\n" END);
	ok(status_is(a, "304") && strstr(a, "ETag: \"t\"\r\n") &&
		strstr(a, "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n") &&
		strstr(a, "\nContent-Type") == NULL &&
		strcmp(strstr(a, "\r\n\r\n"), "\r\n\r\n") == 0,
	    "a list in two lines is one; a 304 has the validators, and no body");
	ok(status_is(ask("HEAD /tag HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"t\"\r\n" END), "304"),
	    "HEAD is the same");
	ok(status_is(
	       ask("GET /tag HTTP/1.1\r\nHost: h\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n" END),
	       "304"),
	    "a date will do");
	ok(status_is(
	       ask("GET /tag HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"x\"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n" END),
	       "200"),
	    "but not beside another tag");
	ok(status_is(
	       ask("POST /tag HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"t\"\r\nContent-Length: 0\r\n" END),
	       "200"),
	    "to a POST there is always an answer");
}

static void
test_hostile(void)
{
	static const char nul[] = "GET /a\0b HTTP/1.1\r\nHost: h\r\n" END;
	static const char nul_header[] = "GET /a HTTP/1.1\r\nHost: h\r\nCookie: a\0b\r\n" END;
	char *long_line = mem_new(70000), *big = mem_new(70000);
	const char *a;
	int fd;

	ok(status_is(ask("PUT /a HTTP/1.1\r\nHost: h\r\n" END), "405"), "PUT is refused");
	ok(status_is(
	       ask("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n" END "x"), "413"),
	    "a body that is too long is refused at once");
	ok(status_is(
	       ask("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"),
	       "400"),
	    "a length and a coding are refused");
	a = ask(
	    "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcdGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
	ok(status_is(a, "400") && strstr(a, "smuggled") == NULL,
	    "two lengths are refused, and the line is closed");
	ok(status_is(ask("GET /a HTTP/1.1\r\n" END), "400"), "no host is refused");
	ok(status_is(ask("GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n" END), "400"),
	    "two hosts are refused");
	ok(status_is(ask("GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n" END), "400"),
	    "we are no proxy");
	a = ask_bytes(nul, sizeof nul - 1);
	ok(strstr(a, "b|") == NULL, "nothing is read behind a NUL in the address");
	a = ask_bytes(nul_header, sizeof nul_header - 1);
	ok(status_is(a, "200") || status_is(a, "400"), "nor behind one in a header");
	memset(long_line, 'a', 69999);
	memcpy(long_line, "GET /", 5);
	memcpy(long_line + 4000, " HTTP/1.1\r\nHost: h\r\n" END, 42);
	long_line[4041] = '\0';
	ok(status_is(ask(long_line), "414"), "an address that is too long is refused");
	memset(long_line, 'a', 69999);
	memcpy(long_line, "GET /a HTTP/1.1\r\nHost: h\r\nX: ", 29);
	a = ask(long_line);
	ok(!*a || status_is(a, "431") || status_is(a, "400"), "so are headers that are too long");
	fd = call();
	send_text(fd, "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" END);
	memset(big, 'b', 70000);
	for (int i = 0; i < 2; i++) {
		send_all(fd, "11170\r\n", 7);
		send_all(fd, big, 70000);
		send_all(fd, "\r\n", 2);
	}
	send_all(fd, "0\r\n\r\n", 5);
	ok(status_is(hear(fd), "413"), "a long body in chunks is refused in the end");
	free(long_line);
	free(big);
}

/* What is on the lines, and where they end, is as it came, or the request is refused. */
static void
test_lines(void)
{
	static const char *const bad[] = { "X: a\r\n b\r\n", "Content-Lengt:\r\n h\r\n", ": x\r\n",
		"X: a\rY: b\r\n", "X: a\nY: b\r\n", "X: \x01\r\n", "X : y\r\n" };
	static const char nul[] = "GET /a HTTP/1.1\r\nX: a\0b\r\nHost: h\r\n" END;
	char request[256];
	int fd;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(request, sizeof request, "GET /a HTTP/1.1\r\nHost: h\r\n%s" END, bad[i]);
		ok(status_is(ask(request), "400"), "no line that may be read in two ways");
	}
	ok(status_is(ask_bytes(nul, sizeof nul - 1), "400"), "and none with a NUL");
	fd = call();
	for (const char *p = "GET /a?b HTTP/1.1\r\nHost:h\r\nX:\r\nY: \t z \t\r\n" END; *p; p++)
		send_all(fd, p, 1);
	shutdown(fd, SHUT_WR);
	ok(status_is(hear(fd), "200"), "but blanks around a value, or byte by byte");
}

static struct request *
park(void)
{
	struct request *q;

	pthread_mutex_lock(&lock);
	while (waiter == NULL)
		pthread_cond_wait(&parked, &lock);
	q = waiter;
	waiter = NULL;
	pthread_mutex_unlock(&lock);
	return q;
}

static void
test_waiting(void)
{
	int fd = call(), slow[32];
	struct request *q;

	send_text(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n" END);
	q = park();
	for (size_t i = 0; i < 32; i++) {
		slow[i] = call();
		send_all(slow[i], "POST / HTTP/1.1\r\nHo", 19);
	}
	ok(status_is(ask("GET /p HTTP/1.1\r\nHost: h\r\n" END), "200"),
	    "those who wait and those who dawdle hold up nobody");
	for (size_t i = 0; i < 32; i++)
		close(slow[i]);
	httpd_go(q);
	ok(strcmp(body_of(hear(fd)), "later") == 0, "and are answered in the end");
}

/* One who sends a byte whenever we are about to lose patience is sent away after all. */
static void
test_dripping(void)
{
	int fd = call();
	struct timeval often = { .tv_usec = 50000 };
	ssize_t r = -1;
	char c;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &often, sizeof often);
	send_text(fd, "GET /p HTTP/1.1\r\nHost: h\r\nX: ");
	for (int i = 0; i < 1200 && r < 0; i++) {
		if (send(fd, "x", 1, MSG_NOSIGNAL) < 0)
			r = 0;
		else if ((r = recv(fd, &c, 1, 0)) < 0 && errno == ECONNRESET)
			r = 0;
	}
	ok(r == 0, "one who dawdles byte by byte is sent away");
	close(fd);
}

static void
test_stop(void)
{
	int fd = call();
	struct request *q;

	send_text(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n" END);
	q = park();
	httpd_stop(server, 50);
	ok(true, "the server stops though somebody waits");
	close(fd);
	httpd_go(q);
	ok(true, "and what comes too late does no harm");
}

static int worked, dropped;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void
work(void *arg, bool drop)
{
	(void)arg;
	if (!drop)
		pthread_mutex_lock(&gate);
	pthread_mutex_lock(&lock);
	worked += !drop;
	dropped += drop;
	pthread_mutex_unlock(&lock);
	if (!drop)
		pthread_mutex_unlock(&gate);
}

static void
test_workers(void)
{
	struct workers *w = workers_start(2, 4);
	int taken = 0;

	pthread_mutex_lock(&gate);
	for (int i = 0; i < 20; i++)
		taken += workers_add(w, work, NULL);
	ok(taken >= 4 && taken <= 6, "the queue is bounded");
	pthread_mutex_unlock(&gate);
	workers_stop(w);
	ok(worked + dropped == taken, "all that was taken is done or dropped");
}

int
main(void)
{
	char listen[24];
	struct httpd_conf conf = { .listen = listen,
		.proxy = "127.0.0.1",
		.timeout = 2,
		.serve = serve,
		.refuse = refuse,
		.forget = forget };

	for (int i = 0; i < 10 && server == NULL; i++) {
		port = free_port(listen);
		server = httpd_start(&conf);
	}
	if (server == NULL)
		return 1;
	test_plain();
	test_conditional();
	test_hostile();
	test_lines();
	test_waiting();
	test_dripping();
	test_stop();
	ok(forgotten > 15, "requests are released");
	test_workers();
	return tap_done();
}
