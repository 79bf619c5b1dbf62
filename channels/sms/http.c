#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/sms/http.h"

#define EVENTS 64
#define BODY_KEPT 4096
#define BODY_MAX (1024 * 1024)

/* Younger than the idle time-out of the servers there are, so that none closes under us. */
#define IDLE_SECONDS 30

struct request {
	CURL *easy;
	struct http *http;
	struct request *next, **at; /* among those under way, or free */
	struct buf body;
	size_t heard; /* bytes of body, kept or not */
	http_done *done;
	void *arg;
};

struct http {
	CURLM *multi;
	struct request *busy, *idle;
	unsigned n_busy;
	struct http_options o;
	struct buf target; /* of a request: path and query */
	size_t path;       /* bytes of it that are the same for all */
	char ca[32];       /* where the library finds the certificates */
	int ca_fd;
	int epoll, fd; /* ${fd}: the caller's, -1 until it is known */
};

static void
list_add(struct request **list, struct request *r)
{
	r->next = *list;
	r->at = list;
	if (r->next != NULL)
		r->next->at = &r->next;
	*list = r;
}

static void
list_remove(struct request *r)
{
	*r->at = r->next;
	if (r->next != NULL)
		r->next->at = r->at;
}

/*
 * The library reads the file again for each connection, when the channel may no
 * longer open files: keep a copy in memory that has a name.
 */
static int
keep_certificates(struct http *h)
{
	char chunk[16384];
	size_t n;
	FILE *f;

	h->ca_fd = -1;
	if (h->o.ca[0] == '\0')
		return 0;
	f = fopen(h->o.ca, "re");
	h->ca_fd = memfd_create("certificates", MFD_CLOEXEC);
	if (f == NULL || h->ca_fd == -1) {
		log_warn("certificates %s: %s", h->o.ca, strerror(errno));
		if (f != NULL)
			fclose(f);
		return -1;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		if (write(h->ca_fd, chunk, n) != (ssize_t)n)
			log_die("cannot keep the certificates: %s", strerror(errno));
	fclose(f);
	snprintf(h->ca, sizeof(h->ca), "/proc/self/fd/%d", h->ca_fd);
	return 0;
}

/* The library says what it waits for on a socket; ${known}: we have been told of it before. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct http *h = arg;
	struct epoll_event e = { .data.fd = fd };

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(h->epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	e.events = ((what & CURL_POLL_IN) != 0 ? (uint32_t)EPOLLIN : 0) |
		   ((what & CURL_POLL_OUT) != 0 ? (uint32_t)EPOLLOUT : 0);
	if (epoll_ctl(h->epoll, known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e) == -1 &&
	    epoll_ctl(h->epoll, known == NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) == -1)
		log_die("a connection cannot be watched: %s", strerror(errno));
	curl_multi_assign(h->multi, fd, h);
	return 0;
}

static void
keep_path(struct http *h)
{
	const char *host = strstr(h->o.url, "://"), *path;

	path = strchr(host != NULL ? host + 3 : h->o.url, '/');
	buf_printf(&h->target, "%s?", path != NULL ? path : "/");
	h->path = h->target.len;
}

struct http *
http_new(const struct http_options *o)
{
	struct http *h = mem_new(sizeof(*h));

	h->o = *o;
	h->fd = -1;
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (h->epoll == -1)
		log_die("no epoll: %s", strerror(errno));
	keep_path(h);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		log_warn("libcurl does not start");
		goto no_curl;
	}
	if (keep_certificates(h) == -1)
		goto no_certificates;
	h->multi = curl_multi_init();
	if (h->multi == NULL)
		log_die("out of memory");
	curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)o->connections);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)o->connections);
	return h;
no_certificates:
	if (h->ca_fd != -1)
		close(h->ca_fd);
	curl_global_cleanup();
no_curl:
	buf_free(&h->target);
	close(h->epoll);
	free(h);
	return NULL;
}

static void
request_free(struct request *r)
{
	curl_easy_cleanup(r->easy);
	buf_free(&r->body);
	free(r);
}

void
http_free(struct http *h)
{
	struct request *r;

	while ((r = h->busy) != NULL) {
		curl_multi_remove_handle(h->multi, r->easy);
		list_remove(r);
		request_free(r);
	}
	while ((r = h->idle) != NULL) {
		list_remove(r);
		request_free(r);
	}
	curl_multi_cleanup(h->multi);
	curl_global_cleanup();
	if (h->ca_fd != -1)
		close(h->ca_fd);
	buf_free(&h->target);
	close(h->epoll);
	free(h);
}

static size_t
on_body(char *data, size_t one, size_t n, void *arg)
{
	struct request *r = arg;
	size_t room = BODY_KEPT - r->body.len;

	n *= one;
	r->heard += n;
	if (r->heard > BODY_MAX)
		return 0; /* enough: ends the request */
	buf_add(&r->body, data, n < room ? n : room);
	return n;
}

/* An easy handle with all that is the same for every request. */
static struct request *
request_new(struct http *h)
{
	struct request *r = mem_new(sizeof(*r));

	r->http = h;
	r->easy = curl_easy_init();
	if (r->easy == NULL)
		log_die("out of memory");
	curl_easy_setopt(r->easy, CURLOPT_URL, h->o.url);
	curl_easy_setopt(r->easy, CURLOPT_PRIVATE, r);
	curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(r->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(r->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(r->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(r->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(r->easy, CURLOPT_USERAGENT, "Hudhud");
	curl_easy_setopt(r->easy, CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS);
	curl_easy_setopt(r->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)h->o.connect_ms);
	curl_easy_setopt(r->easy, CURLOPT_TIMEOUT_MS, (long)h->o.answer_ms);
	/* The folder of certificates would be parsed for every connection: 28 ms each. */
	curl_easy_setopt(r->easy, CURLOPT_CAPATH, NULL);
	if (h->ca[0] != '\0')
		curl_easy_setopt(r->easy, CURLOPT_CAINFO, h->ca);
	return r;
}

void
http_get(struct http *h, const char *query, http_done *done, void *arg)
{
	struct request *r = h->idle;

	if (r != NULL)
		list_remove(r);
	else
		r = request_new(h);
	buf_clear(&r->body);
	r->heard = 0;
	r->done = done;
	r->arg = arg;
	list_add(&h->busy, r);
	h->n_busy++;
	h->target.len = h->path;
	buf_text_add(&h->target, query);
	/* The address stays as it is: to take a long one apart costs half as much as to send it. */
	curl_easy_setopt(r->easy, CURLOPT_REQUEST_TARGET, buf_text(&h->target));
	if (curl_multi_add_handle(h->multi, r->easy) != CURLM_OK)
		log_die("libcurl takes no more requests");
}

unsigned
http_busy(const struct http *h)
{
	return h->n_busy;
}

static void
finish(struct request *r, CURLcode rc)
{
	struct http *h = r->http;
	struct http_answer a = { .end = HTTP_ANSWERED, .error = "" };
	long status = 0, written = 0;

	curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(r->easy, CURLINFO_REQUEST_SIZE, &written);
	curl_multi_remove_handle(h->multi, r->easy);
	list_remove(r);
	h->n_busy--;
	a.body = buf_text(&r->body);
	if (rc == CURLE_OK || (status >= 200 && r->heard > BODY_MAX))
		a.status = (unsigned)status;
	else {
		a.end = written > 0 ? HTTP_UNANSWERED : HTTP_UNREACHED;
		a.error = curl_easy_strerror(rc);
	}
	r->done(r->arg, &a);
	list_add(&h->idle, r);
}

/* Work on what ${e} says has happened. */
static void
work(struct http *h, const struct epoll_event *e)
{
	int what = 0, running;

	if ((e->events & EPOLLIN) != 0)
		what |= CURL_CSELECT_IN;
	if ((e->events & EPOLLOUT) != 0)
		what |= CURL_CSELECT_OUT;
	if ((e->events & (EPOLLERR | EPOLLHUP)) != 0)
		what |= CURL_CSELECT_ERR;
	curl_multi_socket_action(h->multi, e->data.fd, what, &running);
}

void
http_wait(struct http *h, int fd, int ms)
{
	struct epoll_event got[EVENTS], e = { .events = EPOLLIN, .data.fd = -1 };
	struct request *r;
	int running, left, n;
	long due = -1;
	CURLMsg *m;

	if (h->fd != fd && epoll_ctl(h->epoll, EPOLL_CTL_ADD, fd, &e) == -1)
		log_die("the core cannot be watched: %s", strerror(errno));
	h->fd = fd;
	curl_multi_timeout(h->multi, &due);
	if (due >= 0 && (ms < 0 || due < ms))
		ms = (int)due;
	n = epoll_wait(h->epoll, got, EVENTS, ms);
	for (int i = 0; i < n; i++)
		if (got[i].data.fd != -1)
			work(h, &got[i]);
	if (due >= 0 && (n <= 0 || due == 0))
		curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &r);
		finish(r, m->data.result);
	}
}
