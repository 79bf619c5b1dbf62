#include "channels/xmpp/lookup.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <pthread.h>
#include <resolv.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bell.h"
#include "base/log.h"
#include "base/mem.h"

#define SRV_MAX 8
#define ANSWER_BYTES 4096

struct lookup {
	atomic_int holders; /* the channel and the thread; the last frees it */
	char *host;
	uint16_t port;
	bool srv;
	struct bell *done;
	struct lookup_address found[LOOKUP_MAX]; /* the thread's until done has rung */
	size_t n;
	const char *why;
};

struct target {
	char host[NS_MAXDNAME];
	uint16_t priority, weight, port;
};

static void
add_host(struct lookup *l, const char *host, uint16_t port)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *list;
	int rc = getaddrinfo(host, NULL, &hints, &list);

	if (rc != 0) {
		l->why = gai_strerror(rc);
		return;
	}
	for (struct addrinfo *a = list; a != NULL && l->n < LOOKUP_MAX; a = a->ai_next) {
		if (getnameinfo(a->ai_addr, a->ai_addrlen, l->found[l->n].ip,
			sizeof(l->found[l->n].ip), NULL, 0, NI_NUMERICHOST) != 0)
			continue;
		l->found[l->n++].port = port;
	}
	freeaddrinfo(list);
}

/* Better first: low priority, then high weight. */
static int
compare(const void *va, const void *vb)
{
	const struct target *a = va, *b = vb;

	return a->priority != b->priority ? (a->priority > b->priority ? 1 : -1)
	       : a->weight != b->weight   ? (a->weight < b->weight ? 1 : -1)
					  : 0;
}

/* Read the records of ${msg} into ${t}. */
static size_t
read_records(ns_msg *msg, struct target *t)
{
	size_t n = 0;
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(*msg, ns_s_an) && n < SRV_MAX; i++) {
		if (ns_parserr(msg, ns_s_an, i, &rr) == -1 || ns_rr_type(rr) != ns_t_srv ||
		    ns_rr_rdlen(rr) < 7)
			continue;
		t[n].priority = (uint16_t)ns_get16(ns_rr_rdata(rr));
		t[n].weight = (uint16_t)ns_get16(ns_rr_rdata(rr) + 2);
		t[n].port = (uint16_t)ns_get16(ns_rr_rdata(rr) + 4);
		if (dn_expand(ns_msg_base(*msg), ns_msg_end(*msg), ns_rr_rdata(rr) + 6, t[n].host,
			sizeof(t[n].host)) == -1)
			continue;
		n++;
	}
	return n;
}

/* The SRV records of the host; true if there are any, even if they say "not here" ("."). */
static bool
add_srv(struct lookup *l)
{
	struct __res_state state = { 0 };
	unsigned char answer[ANSWER_BYTES];
	struct target t[SRV_MAX];
	char name[NS_MAXDNAME];
	size_t n = 0;
	ns_msg msg;
	int len;

	if (snprintf(name, sizeof(name), "_xmpp-client._tcp.%s", l->host) >= (int)sizeof(name))
		return false;
	if (res_ninit(&state) == -1)
		return false;
	len = res_nquery(&state, name, ns_c_in, ns_t_srv, answer, sizeof(answer));
	if (len > 0 && len <= (int)sizeof(answer) && ns_initparse(answer, len, &msg) == 0)
		n = read_records(&msg, t);
	res_nclose(&state);
	qsort(t, n, sizeof(t[0]), compare);
	for (size_t i = 0; i < n; i++)
		if (t[i].host[0] != '\0' && strcmp(t[i].host, ".") != 0)
			add_host(l, t[i].host, t[i].port);
	if (n > 0 && l->n == 0)
		l->why = "its SRV records lead nowhere";
	return n > 0;
}

static void
release(struct lookup *l)
{
	if (atomic_fetch_sub(&l->holders, 1) > 1)
		return;
	bell_free(l->done);
	free(l->host);
	free(l);
}

static void *
look(void *arg)
{
	struct lookup *l = arg;

	if (!l->srv || !add_srv(l))
		add_host(l, l->host, l->port);
	bell_ring(l->done);
	release(l);
	return NULL;
}

struct lookup *
lookup_start(const char *host, uint16_t port, bool srv)
{
	struct lookup *l = mem_new(sizeof(*l));
	pthread_t thread;

	l->host = mem_dup(host);
	l->port = port;
	l->srv = srv;
	l->why = "no address";
	l->done = bell_new();
	if (l->done == NULL)
		log_die("no descriptor left");
	atomic_init(&l->holders, 2);
	if (pthread_create(&thread, NULL, look, l) != 0)
		look(l);
	else
		pthread_detach(thread);
	return l;
}

int
lookup_fd(const struct lookup *l)
{
	return bell_fd(l->done);
}

size_t
lookup_take(struct lookup *l, struct lookup_address *out, const char **why)
{
	bell_heard(l->done);
	memcpy(out, l->found, l->n * sizeof(*out));
	*why = l->why;
	return l->n;
}

void
lookup_drop(struct lookup *l)
{
	if (l != NULL)
		release(l);
}
