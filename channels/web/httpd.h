#ifndef HUDHUD_CHANNELS_WEB_HTTPD_H
#define HUDHUD_CHANNELS_WEB_HTTPD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * HTTP as the pages see it: a request comes, somebody answers it once, now or later.  The library
 * behind it is known to httpd.c alone.
 */
struct httpd_server;

/** The request headers that are kept; of any other the pages learn nothing. */
enum request_header {
	HTTP_HOST,
	HTTP_ORIGIN,
	HTTP_FETCH_SITE,
	HTTP_COOKIE,
	HTTP_LANGUAGE,
	HTTP_TYPE,
	HTTP_NONE_MATCH,
	HTTP_MODIFIED_SINCE,
	HTTP_FORWARDED,
	HTTP_AUTHORIZATION,
	HTTP_AGENT,
	HTTP_LAST_EVENT,
	HTTP_HEADERS
};

/** One request, and its answer. */
struct request {
	bool post;         /* POST; else GET or HEAD */
	const char *path;  /* undecoded, with the first slash; at most HTTP_PATH_MAX */
	const char *query; /* undecoded, what follows '?', or "" */
	const char *header[HTTP_HEADERS]; /* or NULL */
	char remote[64]; /* who asks: "192.0.2.1"; "unix" on a unix socket without a proxy */
	bool local;      /* by the loopback, or a unix socket, and not on behalf of somebody else */
	struct buf body; /* what was posted */
	void *mine;      /* the pages'; released by the server's forget() */
};

#define HTTP_PATH_MAX 2048
#define HTTP_BODY_MAX 65536

struct httpd_conf {
	const char *listen; /* CONF_ADDRESS */
	const char *proxy;  /* whose X-Forwarded-For is believed, or "" */
	unsigned streams;   /* connections beside those for pages: answers that go on */
	int timeout;        /* seconds a connection may be idle; it may take twice that to ask */
	/**
	 * How many bytes may the body of ${q}, a POST whose headers are there, have?  At least HTTP_BODY_MAX; of those that
	 * may have more, some are taken at once.  NULL: no more.
	 */
	size_t (*most)(void *cookie, const struct request *q);
	/** Answer ${q} by httpd_answer(), or httpd_wait().  On one of the server's threads: never block. */
	void (*serve)(void *cookie, struct request *q);
	/** An error that the server found before serve() could be asked: 4xx or 5xx.  Answer it. */
	void (*refuse)(void *cookie, struct request *q, unsigned status);
	/** A request was answered so. */
	void (*answered)(void *cookie, unsigned status);
	/** ${q} goes: release ${q}->mine. */
	void (*forget)(struct request *q);
	void *cookie;
};

/** Listen and serve.  ${c}'s strings are not needed afterwards.  NULL, after logging why. */
struct httpd_server *httpd_start(const struct httpd_conf *c);

/** How many connections are open. */
unsigned httpd_connections(struct httpd_server *s);

/** Stop: what is under way may end within ${ms}; what waits then is answered 503. */
void httpd_stop(struct httpd_server *s, int ms);

/** Answer ${q} with ${status} and ${body} (taken over) of ${type}.  A 200 is made a 304 where httpd_unchanged(). */
void httpd_answer(struct request *q, unsigned status, const char *type, struct buf *body);

/**
 * Does who asks by ${q}, no POST, have what the validators say that were set ("ETag", "Last-Modified")?
 * Then the answer will be a 304 (RFC 9110, 13.2.2), and the body need not be made.
 */
bool httpd_unchanged(const struct request *q);

/**
 * An answer that is given again and again, by any thread: 200, with ${body} (taken over) of ${type} and the headers
 * that have been set on ${q}, which is not answered by it and has none any more.  ${hole}[0..n) are places in it that
 * are written anew for each request, with words of the same length.
 */
struct httpd_kept;
struct httpd_kept *httpd_keep(
    struct request *q, const char *type, struct buf *body, const size_t *hole, size_t n);
#define HTTPD_HOLES 8
/** About the bytes that it takes. */
size_t httpd_kept_size(const struct httpd_kept *k);
/** How many holes. */
size_t httpd_kept_holes(const struct httpd_kept *k);
void httpd_kept_free(struct httpd_kept *k);
/**
 * Answer ${q} with it: as it is, or 304; where it has holes, a copy with ${word} in them and the headers that have been
 * set on ${q}, too.
 */
void httpd_give(struct request *q, struct httpd_kept *k, const char *word);

/**
 * What an answer that goes on has to say now: write up to ${max} bytes to ${out} and return how many; 0:
 * nothing until httpd_wake(); -1: no more at all.  On one of the server's threads.
 */
typedef int httpd_more(struct request *q, char *out, size_t max);
/**
 * Answer ${q} with 200 and whatever ${more} will say, which a HEAD is not asked.  It is one of those that struct
 * httpd_conf has room for.
 */
void httpd_stream(struct request *q, const char *type, httpd_more *more);
/** Have it asked for more.  From any thread, until forget(). */
void httpd_wake(struct request *q);
/** Its socket: to see whether the other side is there still.  Until forget(). */
int httpd_socket(const struct request *q);

/**
 * Add a header to the answer, before httpd_answer(); values with control characters are left out.  It takes
 * the place of one that every answer has.
 */
void httpd_set(struct request *q, const char *name, const char *value);

/**
 * Let ${q} wait, without a thread, until httpd_go(); ${then} answers it afterwards, on one of the
 * server's threads.  If the server stops before, ${then} is not called.  ${q} lives until httpd_go().
 */
void httpd_wait(struct request *q, void (*then)(struct request *q));

/** End the wait, once, from any thread. */
void httpd_go(struct request *q);

#endif
