#include "channels/web/httpd_call.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/web/fields.h"
#include "channels/web/framing.h"

#define LARGE_MAX 16
#define SWALLOW_MAX (1 << 20)   /* of a body that is too long, before the line is cut; */
#define SWALLOW_LARGE (1 << 24) /* of who may send a long one, to tell them so */

static const char *const header_names[HTTP_HEADERS] = {
	[HTTP_HOST] = "Host",
	[HTTP_ORIGIN] = "Origin",
	[HTTP_FETCH_SITE] = "Sec-Fetch-Site",
	[HTTP_COOKIE] = "Cookie",
	[HTTP_LANGUAGE] = "Accept-Language",
	[HTTP_TYPE] = "Content-Type",
	[HTTP_NONE_MATCH] = "If-None-Match",
	[HTTP_MODIFIED_SINCE] = "If-Modified-Since",
	[HTTP_FORWARDED] = "X-Forwarded-For",
	[HTTP_AUTHORIZATION] = "Authorization",
	[HTTP_AGENT] = "User-Agent",
	[HTTP_LAST_EVENT] = "Last-Event-ID",
};

void
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

void
server_quiet(struct httpd_server *s, int ms, void (*give_up)(struct call *c))
{
	int64_t until = clock_ms() + ms;

	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	while (s->refs > 1 && clock_wait(&s->quiet, &s->lock, until))
		;
	s->closed = true;
	while (s->waiting)
		give_up(s->waiting);
	pthread_mutex_unlock(&s->lock);
}

struct call *
call_new(struct httpd_server *s, const char *uri)
{
	struct call *c = mem_new(sizeof *c);
	char *query;

	c->server = s;
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

void
call_drop(struct call *c)
{
	struct httpd_server *s = c->server;
	bool last;

	pthread_mutex_lock(&s->lock);
	last = --c->refs == 0;
	s->large -= last && c->large;
	pthread_mutex_unlock(&s->lock);
	if (!last)
		return;
	s->conf.forget(&c->http);
	for (size_t i = 0; i < HTTP_HEADERS; i++)
		free(c->kept[i]);
	headers_free(&c->set);
	buf_free(&c->http.body);
	free(c->uri);
	free(c);
	server_drop(s);
}

/* One more of the header ${i}. */
static void
keep_header(struct call *c, size_t i, const char *value, size_t len)
{
	char *all = c->kept[i];

	if (all == NULL || i == HTTP_FORWARDED)
		c->kept[i] = mem_dupn(
		    value, len); /* of several forwarders the last is the nearest */
	else if (i == HTTP_NONE_MATCH)
		c->kept[i] = mem_printf("%s, %.*s", all, (int)len, value); /* it is a list */
	else
		return;
	free(all);
	c->http.header[i] = c->kept[i];
}

void
call_header(struct call *c, const char *name, const char *value, size_t len)
{
	for (size_t i = 0; i < HTTP_HEADERS; i++)
		if (strcasecmp(name, header_names[i]) == 0)
			keep_header(c, i, value, len);
}

size_t
call_most(struct call *c)
{
	struct httpd_server *s = c->server;
	size_t most = c->http.post && s->conf.most ? s->conf.most(s->conf.cookie, &c->http) : 0;

	c->most = HTTP_BODY_MAX;
	if (most <= HTTP_BODY_MAX)
		return c->most;
	pthread_mutex_lock(&s->lock);
	c->large = s->large < LARGE_MAX;
	s->large += c->large;
	pthread_mutex_unlock(&s->lock);
	if (!c->large)
		return c->most;
	c->most = most;
	return SWALLOW_LARGE;
}

bool
call_swallow(struct call *c, const char *data, size_t n)
{
	if (!c->too_long && c->http.body.len + n <= c->most) {
		buf_add(&c->http.body, data, n);
		return true;
	}
	c->too_long = true;
	buf_free(&c->http.body);
	c->swallowed += n;
	return c->swallowed <= (c->large ? SWALLOW_LARGE : SWALLOW_MAX);
}

void
call_remote(struct call *c, const struct sockaddr *sa)
{
	framing_peer(sa, c->http.remote);
	c->http.local = framing_origin(c->http.remote, c->server->proxy,
	    c->http.header[HTTP_FORWARDED], c->http.header[HTTP_HOST]);
}

void
call_list(struct call *c)
{
	struct httpd_server *s = c->server;

	c->next = s->waiting;
	c->prev = &s->waiting;
	if (c->next)
		c->next->prev = &c->next;
	s->waiting = c;
}

void
call_unlist(struct call *c)
{
	*c->prev = c->next;
	if (c->next)
		c->next->prev = c->prev;
}

/* ---- the answer */

void
httpd_set(struct request *q, const char *name, const char *value)
{
	headers_add(&call_of(q)->set, name, value);
}

bool
call_unchanged(const struct call *c, const struct headers *h)
{
	return !c->http.post && headers_unchanged(h, c->http.header[HTTP_NONE_MATCH],
				    c->http.header[HTTP_MODIFIED_SINCE]);
}

bool
httpd_unchanged(const struct request *q)
{
	const struct call *c = (const struct call *)q;

	return call_unchanged(c, &c->set);
}

size_t
httpd_kept_size(const struct httpd_kept *k)
{
	return sizeof *k + k->size + 2048; /* the latter for headers */
}

size_t
httpd_kept_holes(const struct httpd_kept *k)
{
	return k->holes;
}
