#ifndef HUDHUD_CHANNELS_WEB_HTTPD_CALL_H
#define HUDHUD_CHANNELS_WEB_HTTPD_CALL_H

#include <pthread.h>
#include <sys/socket.h>

#include "channels/web/gate.h"
#include "channels/web/headers.h"
#include "channels/web/httpd.h"
#include "channels/web/listen.h"

/* A request and its life, as far as that needs no word of the library; httpd.c's other half. */

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

/** A request and what the library must know of it. */
struct call {
	struct request http; /* first: the pages hold this */
	struct httpd_server *server;
	struct MHD_Connection *line;
	struct guest *guest;
	char *uri;
	const char *uri_end; /* in what came by the wire */
	char *kept[HTTP_HEADERS];
	struct headers set;
	size_t most; /* bytes that the body may have */
	size_t swallowed;
	/* the thread's that serves it */
	bool begun, head, too_long, answered, queued, bad, waited;
	bool large;       /* its body may be long */
	httpd_more *more; /* of an answer that goes on */

	/* under the server's lock */
	unsigned refs; /* the library's, and a waiter's */
	bool given_up; /* the server stopped meanwhile */
	bool asleep;   /* an answer that goes on has nothing to send now */
	bool woken;    /* it will, when it is asked next */
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
	unsigned
	    large; /* bodies that may be long: few at a time, so that they cannot fill the memory */
	bool stopping, closed;
};

/** An answer that is given again and again. */
struct httpd_kept {
	struct MHD_Response *whole, *same; /* with its body, and 304; NULL: it has holes */
	size_t size, hole[HTTPD_HOLES], holes;
	char *type, *body; /* where it has */
	struct headers set;
};

static inline struct call *
call_of(struct request *q)
{
	return (struct call *)q;
}

/** A call for ${uri}, with the library's reference. */
struct call *call_new(struct httpd_server *s, const char *uri);
/** Give a reference back. */
void call_drop(struct call *c);
/** The same for a server. */
void server_drop(struct httpd_server *s);
/** Keep a header of the request, if it is one that is kept. */
void call_header(struct call *c, const char *name, const char *value, size_t len);
/**
 * Its headers are there: settle how long its body may be.  Returns how long it may say that it is: what is longer is
 * read to its end, so that whoever sends it hears that it is too long.
 */
size_t call_most(struct call *c);
/** Take ${n} bytes of the body.  False: that is enough. */
bool call_swallow(struct call *c, const char *data, size_t n);
/** May a GET whose answer has the headers ${h} be answered "not modified"? */
bool call_unchanged(const struct call *c, const struct headers *h);
/** Note who asks: from socket address ${sa} (NULL: not known), or for whom a proxy there does. */
void call_remote(struct call *c, const struct sockaddr *sa);

/** Accept no more work, and wait until there is none, ${ms} at most; then whatever waits is given up. */
void server_quiet(struct httpd_server *s, int ms, void (*give_up)(struct call *c));

/** Let it wait in the server's list, or find it there: under the lock. */
void call_list(struct call *c);
void call_unlist(struct call *c);

#endif
