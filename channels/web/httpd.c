#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/web/fields.h"
#include "channels/web/framing.h"
#include "channels/web/gate.h"
#include "channels/web/httpd.h"
#include "channels/web/listen.h"
#include "conf/conf.h"

#define CROWDED 300     /* from here on the slowest make room; */
#define CONNECTIONS 700 /* this is shared out between the threads, so it has room to spare */
#define PER_ADDRESS 100
#define ANSWER_HEADERS 10
#define SWALLOW_MAX (1024 * 1024) /* of a body that is too long, before the line is cut */

/* A request and what the library must know of it. */
struct call {
	struct request http; /* first: the pages hold this */
	struct httpd_server *server;
	struct MHD_Connection *line;
	struct guest *guest;
	char *uri;
	const char *uri_end; /* in what came by the wire */
	char *kept[HTTP_HEADERS];
	struct {
		const char *name;
		char *value;
	} set[ANSWER_HEADERS];
	size_t sets;
	size_t swallowed;
	/* the thread's that serves it */
	bool begun, too_long, answered, queued, bad, waited;

	/* under the server's lock */
	unsigned refs; /* the library's, and a waiter's */
	bool given_up; /* the server stopped meanwhile */
	void (*then)(struct request *q);
	struct call *next, **prev; /* in the list of those that wait */
};

struct httpd_server {
	struct MHD_Daemon *mhd;
	struct httpd_conf conf;
	char proxy[64];
	struct listener on;
	struct gate *gate;
	pthread_mutex_t lock;
	pthread_cond_t quiet;
	struct call *waiting;
	unsigned refs; /* its owner's, and one a call */
	bool stopping, closed;
};

static const char *const header_names[HTTP_HEADERS] = {
	[HTTP_HOST] = "Host",
	[HTTP_ORIGIN] = "Origin",
	[HTTP_FETCH_SITE] = "Sec-Fetch-Site",
	[HTTP_COOKIE] = "Cookie",
	[HTTP_LANGUAGE] = "Accept-Language",
	[HTTP_TYPE] = "Content-Type",
	[HTTP_NONE_MATCH] = "If-None-Match",
	[HTTP_FORWARDED] = "X-Forwarded-For",
	[HTTP_AUTHORIZATION] = "Authorization",
};

static struct call *
call_of(struct request *q)
{
	return (struct call *)q;
}

static void
server_drop(struct httpd_server *s)
{
	bool last;

	pthread_mutex_lock(&s->lock);
	last = --s->refs == 0;
	pthread_cond_broadcast(&s->quiet);
	pthread_mutex_unlock(&s->lock);
	if (!last)
		return;
	pthread_cond_destroy(&s->quiet);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void
call_drop(struct call *c)
{
	struct httpd_server *s = c->server;
	bool last;

	pthread_mutex_lock(&s->lock);
	last = --c->refs == 0;
	pthread_mutex_unlock(&s->lock);
	if (!last)
		return;
	s->conf.forget(&c->http);
	for (size_t i = 0; i < HTTP_HEADERS; i++)
		free(c->kept[i]);
	for (size_t i = 0; i < c->sets; i++)
		free(c->set[i].value);
	buf_free(&c->http.body);
	free(c->uri);
	free(c);
	server_drop(s);
}

/* ---- the request */

/* Whose connection is ${line}? */
static struct guest *
guest_of(struct MHD_Connection *line)
{
	return MHD_get_connection_info(line, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void
on_line(void *cookie, struct MHD_Connection *line, void **guest,
    enum MHD_ConnectionNotificationCode what)
{
	struct httpd_server *s = cookie;

	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		*guest = gate_enter(s->gate,
		    MHD_get_connection_info(line, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
	else if (*guest)
		gate_leave(s->gate, *guest);
}

/* The library has read a request line. */
static void *
on_uri(void *cookie, const char *uri, struct MHD_Connection *line)
{
	struct httpd_server *s = cookie;
	struct call *c = mem_new(sizeof *c);
	char *query;

	c->server = s;
	c->guest = guest_of(line);
	c->refs = 1;
	c->uri = mem_dup(uri);
	c->uri_end = uri + strlen(uri);
	if ((query = strchr(c->uri, '?')) != NULL)
		*query++ = '\0';
	c->http.path = c->uri;
	c->http.query = query ? query : "";
	pthread_mutex_lock(&s->lock);
	s->refs++;
	pthread_mutex_unlock(&s->lock);
	return c;
}

static void
on_end(void *cookie, struct MHD_Connection *line, void **state, enum MHD_RequestTerminationCode why)
{
	struct call *c = *state;

	(void)cookie, (void)line, (void)why;
	*state = NULL;
	if (c == NULL)
		return;
	gate_turn(c->server->gate, c->guest, false);
	call_drop(c);
}

struct begin {
	struct call *call;
	struct framing framing;
};

static enum MHD_Result
on_header(void *cookie, enum MHD_ValueKind kind, const char *name, size_t name_len,
    const char *value, size_t len)
{
	struct begin *b = cookie;
	struct call *c = b->call;

	(void)kind;
	framing_add(&b->framing, name, name_len, value, len);
	for (size_t i = 0; i < HTTP_HEADERS && !b->framing.bad; i++) {
		if (strcasecmp(name, header_names[i]) != 0)
			continue;
		if (i != HTTP_FORWARDED && c->kept[i] != NULL)
			continue;
		free(c->kept[i]); /* of several forwarders the last is the nearest */
		c->http.header[i] = c->kept[i] = mem_dupn(value, len);
	}
	return MHD_YES;
}

static void
name_remote(struct call *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    c->line, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	framing_peer(info ? info->client_addr : NULL, c->http.remote);
	c->http.local = framing_origin(c->http.remote, c->server->proxy,
	    c->http.header[HTTP_FORWARDED], c->http.header[HTTP_HOST]);
}

/* Look at the request before its body.  0, or the status to refuse it with. */
static unsigned
begin(struct call *c, const char *method, const char *version)
{
	struct begin b = { .call = c };
	unsigned status;

	framing_begin(&b.framing, c->uri_end, version);
	MHD_get_connection_values_n(c->line, MHD_HEADER_KIND, on_header, &b);
	name_remote(c);
	c->http.post = strcmp(method, "POST") == 0;
	status = framing_verdict(&b.framing, strcmp(version, "HTTP/1.0") == 0, HTTP_BODY_MAX);
	c->bad = status != 0;
	if (status != 0)
		return status;
	if (!c->http.post && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	if (strlen(c->http.path) > HTTP_PATH_MAX || strlen(c->http.query) > 4 * HTTP_PATH_MAX)
		return MHD_HTTP_URI_TOO_LONG;
	return *c->uri == '/' ? 0 : MHD_HTTP_BAD_REQUEST;
}

static enum MHD_Result
refuse(struct call *c, unsigned status)
{
	if (!c->answered)
		c->server->conf.refuse(c->server->conf.cookie, &c->http, status);
	return c->queued ? MHD_YES : MHD_NO;
}

/* Take ${n} bytes of the body. */
static enum MHD_Result
swallow(struct call *c, const char *data, size_t n)
{
	if (!c->too_long && c->http.body.len + n <= HTTP_BODY_MAX) {
		buf_add(&c->http.body, data, n);
		return MHD_YES;
	}
	c->too_long = true;
	buf_free(&c->http.body);
	c->swallowed += n;
	return c->swallowed > SWALLOW_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result
on_request(void *cookie, struct MHD_Connection *line, const char *url, const char *method,
    const char *version, const char *data, size_t *n, void **state)
{
	struct httpd_server *s = cookie;
	struct call *c = *state;
	void (*then)(struct request * q);
	bool stopping;
	enum MHD_Result taken;
	unsigned status;

	(void)url;
	if (!c->begun) {
		c->begun = true;
		c->line = line;
		status = begin(c, method, version);
		return status ? refuse(c, status) : MHD_YES;
	}
	if (*n) {
		taken = swallow(c, data, *n);
		*n = 0;
		return taken;
	}
	if (c->too_long)
		return refuse(c, MHD_HTTP_CONTENT_TOO_LARGE);
	gate_turn(s->gate, c->guest, true);
	pthread_mutex_lock(&s->lock);
	then = c->then;
	c->then = NULL;
	stopping = c->given_up || (s->stopping && then == NULL);
	pthread_mutex_unlock(&s->lock);
	if (stopping)
		return refuse(c, MHD_HTTP_SERVICE_UNAVAILABLE);
	c->waited = false;
	if (then)
		then(&c->http);
	else
		s->conf.serve(s->conf.cookie, &c->http);
	if (c->waited)
		return MHD_YES;
	return refuse(c, MHD_HTTP_INTERNAL_SERVER_ERROR);
}

/* ---- the answer */

static const char *const always[][2] = {
	{ "Content-Security-Policy",
	    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
	    "frame-ancestors 'none'; base-uri 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
};

void
httpd_set(struct request *q, const char *name, const char *value)
{
	struct call *c = call_of(q);

	if (c->sets == ANSWER_HEADERS)
		log_die("web: more than %d headers", ANSWER_HEADERS);
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return;
	c->set[c->sets].name = name;
	c->set[c->sets++].value = mem_dup(value);
}

/* May a GET be answered "not modified"? */
static bool
unchanged(const struct call *c)
{
	for (size_t i = 0; i < c->sets; i++)
		if (strcmp(c->set[i].name, "ETag") == 0)
			return fields_etag(c->http.header[HTTP_NONE_MATCH], c->set[i].value);
	return false;
}

void
httpd_answer(struct request *q, unsigned status, const char *type, struct buf *body)
{
	struct call *c = call_of(q);
	struct MHD_Response *r;
	size_t n = body->len;

	if (c->answered)
		log_die("web: a request was answered twice");
	c->answered = true;
	if (status == MHD_HTTP_OK && !q->post && unchanged(c)) {
		status = MHD_HTTP_NOT_MODIFIED;
		buf_free(body);
		n = 0;
	}
	r = MHD_create_response_from_buffer(n, buf_take(body), MHD_RESPMEM_MUST_FREE);
	if (r == NULL)
		log_die("web: no memory for an answer");
	if (status != MHD_HTTP_NOT_MODIFIED)
		MHD_add_response_header(r, "Content-Type", type);
	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		MHD_add_response_header(r, always[i][0], always[i][1]);
	for (size_t i = 0; i < c->sets; i++)
		MHD_add_response_header(r, c->set[i].name, c->set[i].value);
	if (c->bad || c->too_long)
		MHD_add_response_header(r, "Connection", "close");
	if (c->server->conf.answered)
		c->server->conf.answered(c->server->conf.cookie, status);
	gate_turn(c->server->gate, c->guest, false); /* and now it has to listen */
	c->queued = MHD_queue_response(c->line, status, r) == MHD_YES;
	MHD_destroy_response(r);
}

/* Take ${c} off the list of those that wait.  Under the lock: the server stops only once the list is
   empty, and must not find a connection suspended then. */
static void
resume(struct call *c)
{
	*c->prev = c->next;
	if (c->next)
		c->next->prev = c->prev;
	MHD_resume_connection(c->line);
}

static void
give_up(struct call *c)
{
	c->given_up = true;
	resume(c);
}

void
httpd_wait(struct request *q, void (*then)(struct request *q))
{
	struct call *c = call_of(q);
	struct httpd_server *s = c->server;

	c->waited = true;
	MHD_suspend_connection(c->line);
	pthread_mutex_lock(&s->lock);
	c->refs++;
	c->then = then;
	c->next = s->waiting;
	c->prev = &s->waiting;
	if (c->next)
		c->next->prev = &c->next;
	s->waiting = c;
	if (s->closed) /* too late: httpd_stop() has been through the list */
		give_up(c);
	pthread_mutex_unlock(&s->lock);
}

void
httpd_go(struct request *q)
{
	struct call *c = call_of(q);

	pthread_mutex_lock(&c->server->lock);
	if (!c->given_up)
		resume(c);
	pthread_mutex_unlock(&c->server->lock);
	call_drop(c);
}

/* ---- the server */

static void
on_panic(void *cookie, const char *file, unsigned line, const char *why)
{
	(void)cookie;
	log_die("web: libmicrohttpd gave up at %s:%u: %s", file, line, why ? why : "");
}

static struct MHD_Daemon *
serve(struct httpd_server *s, bool shared)
{
	return MHD_start_daemon(
	    MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL,
	    on_request, s, MHD_OPTION_LISTEN_SOCKET, s->on.fd, MHD_OPTION_THREAD_POOL_SIZE, 2u,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    shared ? 0u : (unsigned)PER_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)s->conf.timeout, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_uri, s,
	    MHD_OPTION_NOTIFY_COMPLETED, on_end, s, MHD_OPTION_NOTIFY_CONNECTION, on_line, s,
	    MHD_OPTION_END);
}

struct httpd_server *
httpd_start(const struct httpd_conf *conf)
{
	struct httpd_server *s = mem_new(sizeof *s);

	s->conf = *conf;
	mem_copy(s->proxy, sizeof s->proxy, conf->proxy);
	if (!listen_open(&s->on, conf->listen)) {
		free(s);
		return NULL;
	}
	s->refs = 1;
	pthread_mutex_init(&s->lock, NULL);
	clock_cond(&s->quiet);
	MHD_set_panic_func(on_panic, NULL);
	s->gate = gate_open(2000 * conf->timeout, CROWDED);
	/* Behind a proxy everybody has one address. */
	s->mhd = serve(s, *s->proxy || conf_is_loopback(conf->listen));
	if (s->mhd == NULL) {
		log_error("web: the HTTP server does not start");
		listen_close(&s->on);
		gate_close(s->gate);
		server_drop(s);
		return NULL;
	}
	return s;
}

unsigned
httpd_connections(struct httpd_server *s)
{
	return gate_inside(s->gate);
}

void
httpd_stop(struct httpd_server *s, int ms)
{
	struct timespec until;

	MHD_quiesce_daemon(s->mhd); /* accepts no more; the socket is ours to close */
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	while (s->refs > 1 && pthread_cond_timedwait(&s->quiet, &s->lock, &until) == 0)
		;
	s->closed = true;
	while (s->waiting)
		give_up(s->waiting);
	pthread_mutex_unlock(&s->lock);
	MHD_stop_daemon(s->mhd);
	gate_close(s->gate);
	listen_close(&s->on);
	server_drop(s);
}
