#ifndef HUDHUD_CHANNELS_SMS_HTTP_H
#define HUDHUD_CHANNELS_SMS_HTTP_H

#include <stddef.h>

/*
 * Requests to one web server over connections that stay open, all on the thread
 * that calls http_wait().  The only place that knows the library.
 */
struct http;

/** How to reach the server.  Strings live as long as the struct http. */
struct http_options {
	const char *url;      /* of all requests, without a query */
	const char *ca;       /* file of the certificates to trust, for https; or "" */
	unsigned connections; /* at most */
	unsigned connect_ms;  /* until a connection stands */
	unsigned answer_ms;   /* until all of the answer is there, counted from the start */
};

enum http_end {
	HTTP_ANSWERED,
	HTTP_UNREACHED,  /* no byte of the request has left: it was certainly not heard */
	HTTP_UNANSWERED, /* it may have been heard */
};

struct http_answer {
	enum http_end end;
	unsigned status;   /* 0 unless answered */
	const char *body;  /* its first 4 KB, NUL-terminated; "" */
	const char *error; /* why there is none, in a few words; never holds the address */
};

/** Called from http_wait(); ${arg} is what http_start() was given. */
typedef void http_done(void *arg, const struct http_answer *a);

/** Make one; reads ${o->ca} now.  NULL, after logging why. */
struct http *http_new(const struct http_options *o);

/** End all requests without calling their http_done, close the connections. */
void http_free(struct http *h);

/** GET the server's url with "?${query}"; ${done} is called once, later. */
void http_get(struct http *h, const char *query, http_done *done, void *arg);

/** Requests whose http_done has not been called. */
unsigned http_busy(const struct http *h);

/**
 * Begin what is new, then work on the requests until something happened, ${fd} is readable or ${ms}
 * (-1: no limit) passed.
 */
void http_wait(struct http *h, int fd, int ms);

#endif
