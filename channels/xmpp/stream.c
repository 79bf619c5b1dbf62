#include "channels/xmpp/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/xmpp/fail.h"
#include "channels/xmpp/pool.h"
#include "channels/xmpp/watch.h"
#include "channels/xmpp/wire.h"

#define READ 4096   /* bytes the library reads in one turn of its loop */
#define PIECE 16384 /* to encrypt at once: a TLS record */
#define TURNS 256   /* of the library's loop before others get theirs */
#define TLS_TURNS 5 /* 4 of READ bytes empty the biggest TLS record */
#define TICK_MS 1000

struct stream {
	const struct stream_settings *settings;
	void (*heard)(void *cookie, struct _xmpp_stanza_t *stanza);
	void *cookie;
	struct pool pool;
	xmpp_log_t log;
	xmpp_ctx_t *ctx;
	xmpp_conn_t *conn; /* one for each try: a used one carries old counters over */
	int fd;            /* the library's */
	enum stream_state state;
	enum stream_fault fault;
	char why[200];
	bool reached;      /* TCP is connected */
	bool more;         /* stopped before all was read */
	bool broken;       /* what comes cannot be read */
	bool ended;        /* the library has closed the connection */
	bool leaving;      /* the library takes leave */
	int64_t deadline;  /* of the login */
	uint64_t received; /* bytes, as the kernel counts */
	struct watch watch;
	struct wire wire;
};

/* Some of the library's callbacks know nobody; they are called from inside our calls only. */
static _Thread_local struct stream *current;

/* Note why the stream ends; the first reason is the best. */
static void
blame(struct stream *s, enum stream_fault fault, const char *why)
{
	if (s->why[0] != '\0')
		return;
	snprintf(s->why, sizeof(s->why), "%s", why);
	s->fault = fault;
}

/* The library has more memory than any stanza needs. */
static void
on_memory(void *self)
{
	static const struct linger at_once = { .l_onoff = 1 };
	struct stream *s = self;

	if (s->fd == -1)
		return;
	/* no more of this, not even what has come; and the server shall notice that nobody reads on */
	blame(s, FAULT_NET, "the server sent a stanza without end");
	s->broken = true;
	setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	shutdown(s->fd, SHUT_RD);
}

/* The library reports some failures of a login in its log only.  Stanzas pass here, too
 * (passwords among them): look, never keep. */
static void
on_log(void *self, xmpp_log_level_t level, const char *area, const char *msg)
{
	const char *why;
	struct stream *s = self;

	(void)level;
	if (strncmp(msg, "parse error", 11) == 0) {
		/* the library would now wait for the server to close the stream */
		blame(s, FAULT_NET, "the server sent what is no XML");
		s->broken = true;
	}
	if (s->state != STREAM_LOGIN || strncmp(msg, "SENT:", 5) == 0 ||
	    strncmp(msg, "RECV:", 5) == 0 || strcmp(area, "conn") == 0)
		return;
	why = fail_login(msg);
	if (why != NULL)
		blame(s, FAULT_LOGIN, why);
}

static int
on_certificate(const xmpp_tlscert_t *cert, const char *const reason)
{
	char b[160];

	(void)cert;
	snprintf(b, sizeof(b), "the server's certificate is not trusted: %s", reason);
	blame(current, FAULT_LOGIN, b);
	return 0;
}

/* The library's sockets: learn which, and let small stanzas go at once. */
static int
on_socket(xmpp_conn_t *conn, void *sock)
{
	int one = 1;

	(void)conn;
	current->fd = *(int *)sock;
	setsockopt(current->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return 0;
}

static int
no_socket(xmpp_conn_t *conn, void *sock)
{
	(void)conn;
	(void)sock;
	return -1;
}

static void
blame_server(struct stream *s, const xmpp_stream_error_t *e)
{
	enum stream_fault fault;
	const char *why = fail_stream(e->type, &fault);
	char b[200];

	snprintf(b, sizeof(b), "%s%s%.100s", why, e->text == NULL ? "" : ": ",
	    e->text == NULL ? "" : e->text);
	blame(s, fault, b);
}

static void
on_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error, xmpp_stream_error_t *e, void *self)
{
	struct stream *s = self;
	char b[120];

	(void)conn;
	if (event == XMPP_CONN_CONNECT) {
		s->why[0] = '\0';
		s->fault = FAULT_NET;
		s->state = STREAM_UP;
		return;
	}
	s->ended = true;
	s->fd = -1; /* closed already */
	if (watch_calm(&s->watch))
		blame(s, FAULT_NET, "the server does not answer");
	if (e != NULL)
		blame_server(s, e);
	else if (!s->reached) {
		snprintf(
		    b, sizeof(b), "no connection: %s", strerror(error != 0 ? error : ETIMEDOUT));
		blame(s, FAULT_UNREACHED, b);
	} else if (s->state == STREAM_LOGIN)
		blame(s, FAULT_NET, "the server hung up during the login");
	else
		blame(s, FAULT_NET, "the connection was lost");
}

static int
on_stanza(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *self)
{
	struct stream *s = self;

	(void)conn;
	if (s->state == STREAM_UP)
		s->heard(s->cookie, stanza);
	return 1;
}

struct stream *
stream_new(const struct stream_settings *settings,
    void (*heard)(void *cookie, struct _xmpp_stanza_t *stanza), void *cookie)
{
	struct stream *s = mem_new(sizeof(*s));

	s->settings = settings;
	s->heard = heard;
	s->cookie = cookie;
	s->fd = -1;
	pool_init(&s->pool, on_memory, s);
	s->log = (xmpp_log_t){ on_log, s };
	xmpp_initialize();
	s->ctx = xmpp_ctx_new(&s->pool.mem, &s->log);
	return s;
}

/* Let go of the connection.  The library calls on_event() for one that is not closed. */
static void
release(struct stream *s)
{
	if (s->conn != NULL)
		xmpp_conn_release(s->conn);
	watch_calm(&s->watch);
	s->conn = NULL;
	s->fd = -1;
	s->state = STREAM_NONE;
	s->more = false;
	wire_free(&s->wire);
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	current = s;
	release(s);
	xmpp_ctx_free(s->ctx);
	xmpp_shutdown();
	free(s);
}

/* The library allocates in a client's connect what a component's connect relies on (0.12.2
 * reads a null pointer at the handshake): begin one that cannot get a socket. */
static void
prime(struct stream *s)
{
	xmpp_conn_set_sockopt_callback(s->conn, no_socket);
	xmpp_connect_client(s->conn, "127.0.0.1", 1, on_event, s);
	s->ended = false;
	s->why[0] = '\0';
}

static void
prepare(struct stream *s)
{
	long flags = XMPP_CONN_FLAG_DISABLE_SM; /* its stream management loses stanzas */

	s->conn = xmpp_conn_new(s->ctx);
	xmpp_conn_set_jid(s->conn, s->settings->jid);
	xmpp_conn_set_pass(s->conn, s->settings->password);
	if (s->settings->component)
		prime(s);
	else
		flags |= s->settings->tls ? XMPP_CONN_FLAG_MANDATORY_TLS
					  : XMPP_CONN_FLAG_DISABLE_TLS;
	xmpp_conn_set_flags(s->conn, flags);
	if (s->settings->tls && *s->settings->ca_path != '\0')
		xmpp_conn_set_cafile(s->conn, s->settings->ca_path);
	xmpp_conn_set_certfail_handler(s->conn, on_certificate);
	xmpp_conn_set_sockopt_callback(s->conn, on_socket);
	xmpp_handler_add(s->conn, on_stanza, NULL, NULL, NULL, s);
}

void
stream_start(struct stream *s, const char *ip, uint16_t port)
{
	int rc;

	current = s;
	s->state = STREAM_LOGIN;
	s->why[0] = '\0';
	s->fault = FAULT_NET;
	s->reached = s->broken = s->ended = s->more = s->leaving = false;
	s->received = 0;
	s->deadline = clock_ms() + s->settings->wait_ms;
	prepare(s);
	rc = s->settings->component ? xmpp_connect_component(s->conn, ip, port, on_event, s)
				    : xmpp_connect_client(s->conn, ip, port, on_event, s);
	if (rc != XMPP_EOK || s->fd == -1)
		stream_drop(s, FAULT_UNREACHED, "no connection to that address");
	else if (s->settings->tls && !watch_start(&s->watch, s->fd, s->settings->wait_ms))
		stream_drop(s, FAULT_NET, "no descriptor or thread left");
}

enum stream_state
stream_state(const struct stream *s)
{
	return s->state;
}

const char *
stream_why(const struct stream *s)
{
	return s->why;
}

enum stream_fault
stream_fault(const struct stream *s)
{
	return s->fault;
}

const char *
stream_jid(const struct stream *s)
{
	return s->conn == NULL ? NULL : xmpp_conn_get_bound_jid(s->conn);
}

struct buf *
stream_out(struct stream *s)
{
	return &s->wire.out;
}

static bool
unsent(const struct stream *s)
{
	return wire_left(&s->wire) > 0 || xmpp_conn_send_queue_len(s->conn) > 0;
}

/*
 * Do we write to the socket by ourselves?  The library copies each piece it is given, formats it
 * for its log and writes it alone: 0.42 us a stanza in pieces of 256 (2.9 one by one), where the
 * socket takes 0.04 in pieces of 64 KB.  Its own words come before all of ours: what it says to
 * log in has left it when the server's answer makes us STREAM_UP; and behind all: taking leave
 * begins when ours have gone.  Between these it says nothing (stream management is off), so that
 * nothing is ever in two queues at once.  What is encrypted goes through it.
 */
static bool
direct(const struct stream *s)
{
	return s->state == STREAM_UP && !s->settings->tls && !s->leaving &&
	       xmpp_conn_send_queue_len(s->conn) == 0;
}

int
stream_poll(const struct stream *s, short *events, int *wait_ms)
{
	*events = POLLIN;
	*wait_ms = -1;
	if (s->state == STREAM_NONE)
		return -1;
	if (!s->reached || (s->state == STREAM_UP && unsent(s)))
		*events |= POLLOUT;
	if (!direct(s) && (s->state == STREAM_LOGIN || s->leaving || unsent(s)))
		*wait_ms = TICK_MS; /* the library has time limits, and a queue we cannot see */
	if (s->more)
		*wait_ms = 0;
	return s->fd;
}

/* Hand the library a piece to encrypt; it would queue without bound.  Where the socket has no
 * room for all of it, OpenSSL takes none and wants the same again. */
static void
push(struct stream *s)
{
	size_t n = wire_left(&s->wire);

	if (s->state != STREAM_UP || s->leaving || n == 0 ||
	    xmpp_conn_send_queue_len(s->conn) > 0 || !wire_ready(s->fd, POLLOUT))
		return;
	if (n > PIECE)
		n = PIECE;
	xmpp_send_raw(s->conn, s->wire.out.data + s->wire.at, n);
	wire_gone(&s->wire, n);
}

/* Has anything come since last asked?  What TLS has read and not given out, poll() cannot see. */
static bool
progressed(struct stream *s)
{
	uint64_t before = s->received;

	if (wire_ready(s->fd, POLLIN))
		return true;
	if (s->settings->tls && s->fd != -1)
		s->received = wire_received(s->fd);
	return s->received != before;
}

/* Look whether TCP is through; false if it failed and the stream has ended. */
static bool
reach(struct stream *s)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a), size = sizeof(int);
	int error = 0;
	char b[120];

	if (getpeername(s->fd, (struct sockaddr *)&a, &len) == 0) {
		s->reached = true;
		return true;
	}
	/* the library would end it as well, but not say why */
	if (!wire_ready(s->fd, POLLOUT) ||
	    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1 || error == 0)
		return true;
	snprintf(b, sizeof(b), "no connection: %s", strerror(error));
	stream_drop(s, FAULT_UNREACHED, b);
	return false;
}

/* What the library does by itself: logging in, and all that is encrypted. */
static void
work_library(struct stream *s)
{
	int need = s->settings->tls ? TLS_TURNS : 2, idle = 0, turn;
	bool wrote;

	for (turn = 0; turn < TURNS && idle < need && !s->ended && !s->broken && !direct(s);
	     turn++) {
		wrote = wire_left(&s->wire) > 0 && wire_ready(s->fd, POLLOUT);
		push(s);
		xmpp_run_once(s->ctx, 0);
		idle = !s->ended && (wrote || progressed(s)) ? 0 : idle + 1;
	}
	s->more = turn == TURNS;
}

/* In clear: we write, the library reads. */
static void
work_direct(struct stream *s, short revents)
{
	int there = 0, turns;

	s->more = false;
	wire_write(&s->wire, s->fd);
	if (s->wire.cut)
		revents |= POLLIN; /* the server may have said why */
	if ((revents & (POLLIN | POLLERR | POLLHUP)) == 0)
		return;
	ioctl(s->fd, FIONREAD, &there);
	turns = there / READ + 1;
	for (int i = 0; i < turns && i < TURNS && !s->ended && !s->broken; i++)
		xmpp_run_once(s->ctx, 0);
	if (s->wire.cut && !s->ended)
		blame(s, FAULT_NET, "the connection was lost");
}

void
stream_write(struct stream *s)
{
	if (direct(s))
		wire_write(&s->wire, s->fd);
}

void
stream_work(struct stream *s, short revents)
{
	current = s;
	if (s->state == STREAM_NONE || (!s->reached && !reach(s)))
		return;
	if (direct(s))
		work_direct(s, revents);
	else if (revents != 0 || s->state == STREAM_LOGIN || s->leaving || s->more || unsent(s))
		work_library(s);
	if ((s->broken || s->wire.cut) && !s->ended)
		stream_drop(s, FAULT_NET, "");
	else if (!s->ended && s->state == STREAM_LOGIN && clock_ms() > s->deadline)
		stream_drop(s, FAULT_NET, "the server does not answer");
	else if (s->ended)
		release(s);
	else if (s->state == STREAM_UP)
		watch_calm(&s->watch);
}

void
stream_drop(struct stream *s, enum stream_fault fault, const char *why)
{
	current = s;
	blame(s, fault, why);
	release(s);
}

/* Work until ${end} or the stream's; if ${write}, no longer than there is something to write. */
static void
work_on(struct stream *s, int64_t end, bool write)
{
	struct pollfd p = { 0 };
	int wait;

	while (s->state == STREAM_UP && (!write || unsent(s)) && clock_ms() < end) {
		p.fd = stream_poll(s, &p.events, &wait);
		poll(&p, 1, 50);
		stream_work(s, p.revents);
	}
}

void
stream_leave(struct stream *s, int ms)
{
	int64_t end = clock_ms() + ms;

	current = s;
	work_on(s, end, true);
	if (s->state == STREAM_UP && !unsent(s)) {
		s->leaving = true;
		xmpp_disconnect(s->conn);
	}
	work_on(s, end, false);
	stream_drop(s, FAULT_NET, "we left");
}
