/*
 * bare_strophe PORT COUNT BATCH - what libstrophe makes of an XMPP server when nothing else is done: COUNT
 * stanzas as hudhud-xmpp sends them, BATCH of them in each xmpp_send_raw(), and a ping behind the last.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>
#include <sys/socket.h>

#include "tests/bench/wire.h"

static struct wire wire;
static bool up, ponged;
static int fd = -1;

/* A component's connect relies on what a client's allocates: begin one that cannot get a socket. */
static int
no_socket(xmpp_conn_t *conn, void *sock)
{
	(void)conn;
	(void)sock;
	return -1;
}

static int
on_socket(xmpp_conn_t *conn, void *sock)
{
	int one = 1;

	(void)conn;
	fd = *(int *)sock;
	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void
on_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error, xmpp_stream_error_t *e, void *arg)
{
	(void)conn;
	(void)error;
	(void)e;
	(void)arg;
	up = event == XMPP_CONN_CONNECT;
}

static int
on_iq(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	(void)conn;
	(void)stanza;
	(void)arg;
	ponged = true;
	return 1;
}

static void
send_all(xmpp_ctx_t *ctx, xmpp_conn_t *conn, unsigned long batch)
{
	struct buf b = { 0 };
	struct pollfd p = { .fd = fd };
	unsigned long i = 0;

	while (i < wire.count) {
		for (unsigned long end = i + batch; i < end && i < wire.count; i++)
			wire_stanza(&wire, &b, i);
		xmpp_send_raw(conn, b.data, b.len);
		buf_clear(&b);
		while (xmpp_conn_send_queue_len(conn) > 16) {
			p.events = POLLOUT;
			poll(&p, 1, 1000);
			xmpp_run_once(ctx, 0);
		}
		xmpp_run_once(ctx, 0);
	}
	buf_printf(&b,
	    "<iq type='get' id='last' from='update@%s' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>",
	    wire.from, wire.domain);
	xmpp_send_raw(conn, b.data, b.len);
	buf_free(&b);
	while (up && !ponged) {
		p.events = xmpp_conn_send_queue_len(conn) > 0 ? POLLIN | POLLOUT : POLLIN;
		poll(&p, 1, 1000);
		xmpp_run_once(ctx, 0);
	}
}

int
main(int argc, char **argv)
{
	unsigned long batch = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	xmpp_conn_t *conn;
	xmpp_ctx_t *ctx;

	if (batch == 0)
		return fputs("usage: bare_strophe PORT COUNT BATCH\n", stderr), 2;
	wire_read(&wire, argv[1], argv[2], "localhost");
	xmpp_initialize();
	ctx = xmpp_ctx_new(NULL, NULL);
	conn = xmpp_conn_new(ctx);
	xmpp_conn_set_jid(conn, wire.from);
	xmpp_conn_set_pass(conn, "sesame");
	xmpp_conn_set_sockopt_callback(conn, no_socket);
	xmpp_connect_client(conn, "127.0.0.1", 1, on_event, NULL);
	xmpp_conn_set_flags(conn, XMPP_CONN_FLAG_DISABLE_SM);
	xmpp_conn_set_sockopt_callback(conn, on_socket);
	xmpp_handler_add(conn, on_iq, NULL, "iq", NULL, NULL);
	if (xmpp_connect_component(conn, "127.0.0.1", (unsigned short)wire.port, on_event, NULL) !=
	    XMPP_EOK)
		wire_die("connect");
	while (!up)
		xmpp_run_once(ctx, 10);
	wire_begin(&wire);
	send_all(ctx, conn, batch);
	wire_report(&wire, ponged ? wire.count : 0, 0);
	return !ponged;
}
