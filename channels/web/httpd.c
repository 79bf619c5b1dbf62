#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/web/framing.h"
#include "channels/web/httpd_call.h"
#include "conf/conf.h"

#define CROWDED 300      /* from here on the slowest make room; */
#define CONNECTIONS 700  /* this is shared out between the threads, so it has room to spare */
#define PER_ADDRESS 100u /* and as many that go on */
#define OTHER_FILES 300  /* beside connections */
#define STREAM_BLOCK 512

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
	struct call *c = call_new(cookie, uri);

	c->guest = guest_of(line);
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

	(void)kind;
	framing_add(&b->framing, name, name_len, value, len);
	if (!b->framing.bad)
		call_header(b->call, name, value, len);
	return MHD_YES;
}

/* Look at the request before its body.  0, or the status to refuse it with. */
static unsigned
begin(struct call *c, const char *method, const char *version)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    c->line, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct begin b = { .call = c };
	unsigned status;

	framing_begin(&b.framing, c->uri_end, version, MHD_VERSION < 0x00097700);
	MHD_get_connection_values_n(c->line, MHD_HEADER_KIND, on_header, &b);
	call_remote(c, info ? info->client_addr : NULL);
	c->http.post = strcmp(method, "POST") == 0;
	c->head = strcmp(method, "HEAD") == 0;
	status = framing_verdict(&b.framing, strcmp(version, "HTTP/1.0") == 0, call_most(c));
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
		taken = call_swallow(c, data, *n) ? MHD_YES : MHD_NO;
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
	    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
	    "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
	    "require-trusted-types-for 'script'; trusted-types 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
};

static struct MHD_Response *
response(size_t n, void *data, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(n, data, mode);

	if (r == NULL)
		log_die("web: no memory for an answer");
	return r;
}

static void
add_set(struct MHD_Response *r, const struct headers *h)
{
	for (size_t i = 0; i < h->n; i++)
		MHD_add_response_header(r, h->set[i].name, h->set[i].value);
}

static void
add_headers(struct MHD_Response *r, const char *type, const struct headers *h)
{
	if (type != NULL)
		MHD_add_response_header(r, "Content-Type", type);
	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		if (headers_get(h, always[i][0]) == NULL)
			MHD_add_response_header(r, always[i][0], always[i][1]);
	add_set(r, h);
}

static void
begin_answer(struct call *c)
{
	if (c->answered)
		log_die("web: a request was answered twice");
	c->answered = true;
}

static void
queue(struct call *c, unsigned status, struct MHD_Response *r)
{
	if (c->server->conf.answered)
		c->server->conf.answered(c->server->conf.cookie, status);
	gate_turn(c->server->gate, c->guest, false); /* and now it has to listen */
	c->queued = MHD_queue_response(c->line, status, r) == MHD_YES;
}

void
httpd_answer(struct request *q, unsigned status, const char *type, struct buf *body)
{
	struct call *c = call_of(q);
	struct MHD_Response *r;
	size_t n;

	begin_answer(c);
	if (status == MHD_HTTP_OK && call_unchanged(c, &c->set)) {
		status = MHD_HTTP_NOT_MODIFIED;
		buf_free(body);
	}
	n = body->len;
	r = response(n, buf_take(body), MHD_RESPMEM_MUST_FREE);
	add_headers(r, status != MHD_HTTP_NOT_MODIFIED ? type : NULL, &c->set);
	if (c->bad || c->too_long)
		MHD_add_response_header(r, "Connection", "close");
	queue(c, status, r);
	MHD_destroy_response(r);
}

/* ---- an answer that is kept */

struct httpd_kept *
httpd_keep(struct request *q, const char *type, struct buf *body, const size_t *hole, size_t n)
{
	struct httpd_kept *k = mem_new(sizeof *k);
	struct call *c = call_of(q);

	k->set = c->set;
	c->set.n = 0;
	k->size = body->len;
	k->body = mem_dupn(buf_text(body), body->len); /* as short as it is */
	buf_free(body);
	k->holes = n;
	if (n > 0) {
		memcpy(k->hole, hole, n * sizeof *hole);
		k->type = mem_dup(type);
		return k;
	}
	k->whole = response(k->size, k->body, MHD_RESPMEM_MUST_FREE);
	add_headers(k->whole, type, &k->set);
	k->body = NULL;
	k->same = response(0, NULL, MHD_RESPMEM_PERSISTENT);
	add_headers(k->same, NULL, &k->set);
	return k;
}

/* What the library is still sending it keeps by itself. */
void
httpd_kept_free(struct httpd_kept *k)
{
	if (k->whole != NULL)
		MHD_destroy_response(k->whole);
	if (k->same != NULL)
		MHD_destroy_response(k->same);
	headers_free(&k->set);
	free(k->type);
	free(k->body);
	free(k);
}

void
httpd_give(struct request *q, struct httpd_kept *k, const char *word)
{
	struct call *c = call_of(q);
	struct MHD_Response *r;
	char *body;

	begin_answer(c);
	if (k->holes == 0) {
		if (call_unchanged(c, &k->set))
			queue(c, MHD_HTTP_NOT_MODIFIED, k->same);
		else
			queue(c, MHD_HTTP_OK, k->whole);
		return;
	}
	body = mem_resize(NULL, k->size + 1, 1);
	memcpy(body, k->body, k->size);
	for (size_t i = 0; i < k->holes; i++)
		memcpy(body + k->hole[i], word, strlen(word));
	r = response(k->size, body, MHD_RESPMEM_MUST_FREE);
	add_headers(r, k->type, &k->set);
	add_set(r, &c->set);
	queue(c, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
}

/* ---- an answer that goes on */

static ssize_t
go_on(void *cookie, uint64_t pos, char *out, size_t max)
{
	struct call *c = cookie;
	bool sleeps;
	int n;

	(void)pos;
	do {
		n = c->more(&c->http, out, max);
		if (n != 0)
			return n > 0 ? n : MHD_CONTENT_READER_END_OF_STREAM;
		pthread_mutex_lock(&c->server->lock);
		sleeps = !c->woken;
		c->woken = false;
		if (sleeps) {
			c->asleep = true;
			MHD_suspend_connection(c->line);
		}
		pthread_mutex_unlock(&c->server->lock);
	} while (!sleeps);
	return 0;
}

void
httpd_stream(struct request *q, const char *type, httpd_more *more)
{
	struct call *c = call_of(q);
	struct MHD_Response *r;

	if (c->head) { /* the library would end the chunks of a body that there is none of */
		httpd_answer(q, MHD_HTTP_OK, type, &(struct buf){ 0 });
		return;
	}
	begin_answer(c);
	c->more = more;
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, go_on, c, NULL);
	if (r == NULL)
		log_die("web: no memory for an answer");
	add_headers(r, type, &c->set);
	queue(c, MHD_HTTP_OK, r);
	gate_apart(c->server->gate, c->guest);
	MHD_destroy_response(r);
}

void
httpd_wake(struct request *q)
{
	struct call *c = call_of(q);

	pthread_mutex_lock(&c->server->lock);
	if (c->asleep)
		MHD_resume_connection(c->line);
	else
		c->woken = true;
	c->asleep = false;
	pthread_mutex_unlock(&c->server->lock);
}

int
httpd_socket(const struct request *q)
{
	const struct call *c = (const struct call *)q;

	return MHD_get_connection_info(c->line, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* ---- to wait */

/* Take ${c} off the list of those that wait.  Under the lock: the server stops only once the list is
   empty, and must not find a connection suspended then. */
static void
resume(struct call *c)
{
	call_unlist(c);
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
	call_list(c);
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
	    MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS + s->conf.streams,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    shared ? 0u : PER_ADDRESS + (s->conf.streams ? PER_ADDRESS : 0u),
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)s->conf.timeout,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_URI_LOG_CALLBACK, on_uri, s, MHD_OPTION_NOTIFY_COMPLETED, on_end, s,
	    MHD_OPTION_NOTIFY_CONNECTION, on_line, s, MHD_OPTION_END);
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
	listen_room(CONNECTIONS + conf->streams + OTHER_FILES);
	s->refs = 1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->quiet, NULL);
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
	MHD_quiesce_daemon(s->mhd); /* accepts no more; the socket is ours to close */
	server_quiet(s, ms, give_up);
	MHD_stop_daemon(s->mhd);
	gate_close(s->gate);
	listen_close(&s->on);
	server_drop(s);
}
