#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/email/wire.h"

#define CONNECT_MS 15000
#define HANDSHAKE_MS 15000
#define BUFFER_BYTES 16384

struct wire {
	struct wire_base *base;
	int fd;
	gnutls_session_t tls; /* NULL: plain */
	char host[256];
	int64_t by;    /* clock_ms() when the present step must be over */
	size_t budget; /* bytes that the server may still send */
	char fault[160];
};

static void
set_fault(struct wire *w, const char *what)
{
	/* The first one says most. */
	if (w->fault[0] == '\0')
		snprintf(w->fault, sizeof(w->fault), "%s", what);
}

/* Wait for ${events} on the socket until the step's time is over, or shorter once we stop. */
static int
wait_for(struct wire *w, short events)
{
	struct pollfd p[2] = {
		{ .fd = w->fd, .events = events },
		{ .fd = bell_fd(w->base->stop), .events = POLLIN },
	};
	int64_t by = w->by, left;
	nfds_t n = 2;
	int r;

	for (;;) {
		left = by - clock_ms();
		if (left <= 0) {
			set_fault(w, n == 1 ? "stopped" : "the server does not answer");
			return -1;
		}
		r = poll(p, n, left < 3600000 ? (int)left : 3600000);
		if (r == -1 && errno != EINTR) {
			set_fault(w, strerror(errno));
			return -1;
		}
		if (r > 0 && p[0].revents != 0)
			return 0;
		if (r > 0 && n == 2 && p[1].revents != 0) {
			n = 1;
			if (w->base->stop_by < by)
				by = w->base->stop_by;
		}
	}
}

/* Did the last call on the connection only want to wait?  Then for what. */
static short
wants(struct wire *w, ssize_t r)
{
	if (w->tls != NULL) {
		if (r != GNUTLS_E_AGAIN && r != GNUTLS_E_INTERRUPTED)
			return 0;
		return gnutls_record_get_direction(w->tls) ? POLLOUT : POLLIN;
	}
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void
fault_of(struct wire *w, ssize_t r)
{
	if (r == 0)
		set_fault(w, "the server closed the connection");
	else
		set_fault(w, w->tls != NULL ? gnutls_strerror((int)r) : strerror(errno));
}

static ssize_t
low_read(mailstream_low *low, void *buf, size_t n)
{
	struct wire *w = low->data;
	ssize_t r;
	short events;

	if (w->fault[0] == '\0' && w->budget == 0)
		set_fault(w, "the server says too much");
	if (n > w->budget)
		n = w->budget;
	while (w->fault[0] == '\0') {
		r = w->tls != NULL ? gnutls_record_recv(w->tls, buf, n) : recv(w->fd, buf, n, 0);
		if (r > 0) {
			w->budget -= (size_t)r;
			return r;
		}
		events = r < 0 ? wants(w, r) : 0;
		if (events == 0)
			fault_of(w, r);
		else
			wait_for(w, w->tls != NULL ? events : POLLIN);
	}
	return -1;
}

static ssize_t
low_write(mailstream_low *low, const void *buf, size_t n)
{
	struct wire *w = low->data;
	ssize_t r;
	short events;

	while (w->fault[0] == '\0') {
		r = w->tls != NULL ? gnutls_record_send(w->tls, buf, n)
				   : send(w->fd, buf, n, MSG_NOSIGNAL);
		if (r > 0)
			return r;
		events = wants(w, r);
		if (events == 0)
			fault_of(w, r);
		else
			wait_for(w, w->tls != NULL ? events : POLLOUT);
	}
	return -1;
}

static int
low_close(mailstream_low *low)
{
	struct wire *w = low->data;

	if (w->tls != NULL) {
		if (w->fault[0] == '\0')
			gnutls_bye(w->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(w->tls);
		w->tls = NULL;
	}
	if (w->fd != -1)
		close(w->fd);
	w->fd = -1;
	return 0;
}

static void
low_free(mailstream_low *low)
{
	low_close(low);
	free(low->data);
	free(low);
}

static int
low_fd(mailstream_low *low)
{
	return ((struct wire *)low->data)->fd;
}

static void
low_cancel(mailstream_low *low)
{
	(void)low;
}

static struct mailstream_cancel *
low_get_cancel(mailstream_low *low)
{
	(void)low;
	return NULL;
}

static carray *
low_chain(mailstream_low *low)
{
	(void)low;
	return NULL;
}

static int
low_no_idle(mailstream_low *low)
{
	(void)low;
	return -1;
}

static mailstream_low_driver driver = {
	.mailstream_read = low_read,
	.mailstream_write = low_write,
	.mailstream_close = low_close,
	.mailstream_get_fd = low_fd,
	.mailstream_free = low_free,
	.mailstream_cancel = low_cancel,
	.mailstream_get_cancel = low_get_cancel,
	.mailstream_get_certificate_chain = low_chain,
	.mailstream_setup_idle = low_no_idle,
	.mailstream_unsetup_idle = low_no_idle,
	.mailstream_interrupt_idle = low_no_idle,
};

static struct wire *
wire_of(mailstream *s)
{
	return mailstream_get_low(s)->data;
}

int
wire_trust(struct wire_base *base, const char *ca_file)
{
	gnutls_certificate_credentials_t c;
	int n;

	if (gnutls_certificate_allocate_credentials(&c) != 0)
		log_die("out of memory");
	if (ca_file[0] != '\0')
		n = gnutls_certificate_set_x509_trust_file(c, ca_file, GNUTLS_X509_FMT_PEM);
	else
		n = gnutls_certificate_set_x509_system_trust(c);
	if (n <= 0) {
		log_warn("no certificate to trust in %s: %s",
		    ca_file[0] != '\0' ? ca_file : "the system's store",
		    n < 0 ? gnutls_strerror(n) : "it is empty");
		gnutls_certificate_free_credentials(c);
		return -1;
	}
	base->credentials = c;
	return 0;
}

void
wire_forget(struct wire_base *base)
{
	if (base->credentials != NULL)
		gnutls_certificate_free_credentials(base->credentials);
	base->credentials = NULL;
}

static int
connect_one(struct wire *w, const struct addrinfo *a)
{
	int on = 1, quiet = 60, error = 0;
	socklen_t len = sizeof(error);

	w->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	if (w->fd == -1)
		return -1;
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(w->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(w->fd, IPPROTO_TCP, TCP_KEEPIDLE, &quiet, sizeof(quiet));
	if (connect(w->fd, a->ai_addr, a->ai_addrlen) == 0)
		return 0;
	if (errno == EINPROGRESS && wait_for(w, POLLOUT) == 0 &&
	    getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0) {
		if (error == 0)
			return 0;
		errno = error;
	}
	error = errno;
	close(w->fd);
	w->fd = -1;
	errno = error;
	return -1;
}

static int
connect_any(struct wire *w, uint16_t port)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *a;
	char service[8];
	int r;

	snprintf(service, sizeof(service), "%u", port);
	r = getaddrinfo(w->host, service, &hints, &list);
	if (r != 0) {
		set_fault(w, gai_strerror(r));
		return -1;
	}
	r = -1;
	for (a = list; a != NULL && r == -1; a = a->ai_next) {
		w->fault[0] = '\0';
		w->by = clock_ms() + CONNECT_MS;
		r = connect_one(w, a);
		if (r == -1)
			set_fault(w, strerror(errno));
	}
	freeaddrinfo(list);
	return r;
}

/* In words: which of the many things is wrong with the certificate. */
static void
fault_of_certificate(struct wire *w)
{
	unsigned status = gnutls_session_get_verify_cert_status(w->tls);
	gnutls_datum_t words = { 0 };
	char text[140];

	if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &words, 0) != 0)
		return;
	snprintf(text, sizeof(text), "%s", (const char *)words.data);
	gnutls_free(words.data);
	set_fault(w, text);
}

static int
handshake(struct wire *w)
{
	struct in6_addr literal;
	int r;

	if (gnutls_init(&w->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK) != 0)
		log_die("out of memory");
	gnutls_priority_set_direct(w->tls, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", NULL);
	gnutls_credentials_set(w->tls, GNUTLS_CRD_CERTIFICATE, w->base->credentials);
	if (inet_pton(AF_INET, w->host, &literal) != 1 &&
	    inet_pton(AF_INET6, w->host, &literal) != 1)
		gnutls_server_name_set(w->tls, GNUTLS_NAME_DNS, w->host, strlen(w->host));
	gnutls_session_set_verify_cert(w->tls, w->host, 0);
	gnutls_transport_set_int(w->tls, w->fd);
	w->by = clock_ms() + HANDSHAKE_MS;
	for (;;) {
		r = gnutls_handshake(w->tls);
		if (r == 0)
			return 0;
		if (wants(w, r) != 0) {
			if (wait_for(w, wants(w, r)) == 0)
				continue;
		} else if (!gnutls_error_is_fatal(r)) {
			continue;
		}
		if (r == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
			fault_of_certificate(w);
		set_fault(w, gnutls_strerror(r));
		return -1;
	}
}

mailstream *
wire_connect(
    struct wire_base *base, const char *host, uint16_t port, bool tls, char *why, size_t size)
{
	struct wire *w = mem_new(sizeof(*w));
	mailstream_low *low = NULL;
	mailstream *s = NULL;

	*w = (struct wire){ .base = base, .fd = -1 };
	why[0] = '\0';
	if (mem_copy(w->host, sizeof(w->host), host) == 0 && connect_any(w, port) == 0 &&
	    (!tls || handshake(w) == 0)) {
		low = mailstream_low_new(w, &driver);
		s = low != NULL ? mailstream_new(low, BUFFER_BYTES) : NULL;
		if (s == NULL)
			log_die("out of memory");
		return s;
	}
	snprintf(why, size, "%s", w->fault);
	if (w->tls != NULL)
		gnutls_deinit(w->tls);
	if (w->fd != -1)
		close(w->fd);
	free(w);
	return NULL;
}

int
wire_encrypt(mailstream *s, char *why, size_t size)
{
	struct wire *w = wire_of(s);

	/* What came with the answer to STARTTLS came in the clear, from anybody (CVE-2020-15953). */
	if (s->read_buffer_len != 0)
		set_fault(w, "more came with the answer to STARTTLS");
	else if (handshake(w) == 0)
		return 0;
	snprintf(why, size, "%s", w->fault);
	return -1;
}

bool
wire_is_encrypted(mailstream *s)
{
	return wire_of(s)->tls != NULL;
}

void
wire_limit(mailstream *s, int ms, size_t bytes)
{
	wire_of(s)->by = clock_ms() + ms;
	wire_of(s)->budget = bytes;
}

const char *
wire_fault(mailstream *s)
{
	return wire_of(s)->fault;
}

int
wire_wait(mailstream *s, struct bell *bell, int ms)
{
	struct wire *w = wire_of(s);
	struct pollfd p[3] = {
		{ .fd = w->fd, .events = POLLIN },
		{ .fd = bell_fd(w->base->stop), .events = POLLIN },
		{ .fd = bell != NULL ? bell_fd(bell) : -1, .events = POLLIN },
	};

	if (w->fault[0] != '\0')
		return -1;
	if (s->read_buffer_len > 0 || (w->tls != NULL && gnutls_record_check_pending(w->tls) > 0))
		return 1;
	if (poll(p, 3, ms) <= 0)
		return 0;
	return p[0].revents != 0;
}
