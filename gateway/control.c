/*
 * The operator's socket.  A connection is one line of JSON, {"args":[…],"json":bool}, and
 * where the command takes a file, that file until the client stops writing.  Back go lines
 * {"out":"…"} and a last one, {"ok":true} or {"ok":false,"error":"…"}.  One thread a
 * connection, because writes wait for the disk; few of them, and each with time limits.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bell.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/control.h"
#include "gateway/operate.h"

#define CONNECTIONS_MAX 8
#define LINE_BYTES_MAX (256 * 1024)
#define ARGS_MAX 10100
#define DRAIN_BYTES_MAX (256 * 1024 * 1024)
#define IDLE_SECONDS 30

struct connection {
	struct control *control;
	pthread_t thread;
	int fd; /* -1: this place is free */
	atomic_bool over;
	struct buf in;
	size_t used; /* of ${in}: lines given out */
	bool eof;
};

struct control {
	struct core *core;
	char *path;
	int fd;
	struct bell *bell;
	atomic_bool stopping;
	pthread_t thread;
	struct connection connection[CONNECTIONS_MAX];
};

/* ---- what a connection hears and says */

static int
send_all(int fd, const char *p, size_t n)
{
	ssize_t r;

	while (n > 0) {
		r = send(fd, p, n, MSG_NOSIGNAL);
		if (r == -1 && errno == EINTR)
			continue;
		if (r <= 0)
			return -1;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

static int
send_json(int fd, json_t *v)
{
	char *text = v != NULL ? json_dumps(v, JSON_COMPACT) : NULL;
	struct buf b = { 0 };
	int r;

	buf_printf(&b, "%s\n", text != NULL ? text : "{\"ok\":false,\"error\":\"not UTF-8\"}");
	r = send_all(fd, b.data, b.len);
	buf_free(&b);
	free(text);
	json_decref(v);
	return r;
}

static int
say(void *cookie, const char *text, size_t n)
{
	struct connection *c = cookie;

	return send_json(c->fd, json_pack("{s:s%}", "out", text, n));
}

/* The next line, without its end; NULL at the end of all, or with ${why}. */
static const char *
next_line(struct connection *c, size_t *n, const char **why)
{
	char part[16384], *eol;
	ssize_t r;

	buf_drop(&c->in, c->used);
	c->used = 0;
	*why = NULL;
	while (
	    (eol = c->in.len > 0 ? memchr(c->in.data, '\n', c->in.len) : NULL) == NULL && !c->eof) {
		if (c->in.len > LINE_BYTES_MAX) {
			*why = "a line is longer than 256 KiB";
			return NULL;
		}
		do
			r = recv(c->fd, part, sizeof(part), 0);
		while (r == -1 && errno == EINTR);
		if (r == -1) {
			*why = errno == EAGAIN ? "nothing came for too long" : strerror(errno);
			return NULL;
		}
		c->eof = r == 0;
		buf_add(&c->in, part, (size_t)r);
	}
	*n = eol != NULL ? (size_t)(eol - c->in.data) : c->in.len;
	c->used = eol != NULL ? *n + 1 : *n;
	return c->used > 0 ? c->in.data : NULL;
}

static const char *
line(void *cookie, struct operation *o, size_t *n)
{
	struct connection *c = cookie;
	const char *why, *text;

	if (c->control->stopping) {
		operate_fail(o, "the service is stopping");
		return NULL;
	}
	text = next_line(c, n, &why);
	if (why != NULL)
		operate_fail(o, "%s", why);
	return text;
}

/* ---- a request */

static const char **
read_args(json_t *request, size_t *n)
{
	json_t *list = json_object_get(request, "args");
	const char **args;
	size_t i;

	*n = json_array_size(list);
	if (!json_is_array(list) || *n > ARGS_MAX)
		return NULL;
	args = mem_new((*n + 1) * sizeof(*args));
	for (i = 0; i < *n; i++) {
		args[i] = json_string_value(json_array_get(list, i));
		if (args[i] == NULL) {
			free(args);
			return NULL;
		}
	}
	return args;
}

static void
serve(struct connection *c)
{
	struct operation o = { .core = c->control->core,
		.stopping = &c->control->stopping,
		.say = say,
		.line = line,
		.cookie = c };
	const char *text, *why, **args = NULL;
	json_t *request = NULL;
	size_t n = 0;
	bool done = false;

	text = next_line(c, &n, &why);
	if (text == NULL)
		return;
	request = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	args = read_args(request, &n);
	if (args == NULL)
		operate_fail(&o, "the request is malformed");
	else {
		o.json = json_is_true(json_object_get(request, "json"));
		/* Heard: from now on it may take as long as it takes. */
		say(c, "", 0);
		done = operate_run(&o, args, n);
	}
	send_json(c->fd, done ? json_pack("{s:b}", "ok", 1)
			      : json_pack("{s:b, s:s}", "ok", 0, "error",
				    o.error[0] != '\0' ? o.error : "it failed"));
	free(args);
	json_decref(request);
}

/* Closing with something unread would take the answer away from the client: hear it out. */
static void
drain(int fd)
{
	char part[16384];
	size_t left = DRAIN_BYTES_MAX;
	ssize_t n;

	shutdown(fd, SHUT_WR);
	while (left > 0 && (n = recv(fd, part, sizeof(part), 0)) > 0)
		left -= (size_t)n < left ? (size_t)n : left;
}

static void *
connection_run(void *arg)
{
	struct connection *c = arg;

	log_context("control");
	serve(c);
	buf_free(&c->in);
	drain(c->fd);
	c->over = true;
	bell_ring(c->control->bell);
	return NULL;
}

/* ---- the listener */

static bool
may_speak(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

static void
reap(struct control *k, bool all)
{
	struct connection *c;

	for (c = k->connection; c < k->connection + CONNECTIONS_MAX; c++) {
		if (c->fd == -1 || (!all && !c->over))
			continue;
		if (all)
			shutdown(c->fd, SHUT_RDWR);
		pthread_join(c->thread, NULL);
		close(c->fd);
		c->fd = -1;
	}
}

static struct connection *
free_place(struct control *k)
{
	struct connection *c = k->connection;

	while (c < k->connection + CONNECTIONS_MAX && c->fd != -1)
		c++;
	return c < k->connection + CONNECTIONS_MAX ? c : NULL;
}

static void
take(struct control *k, struct connection *c)
{
	const struct timeval limit = { .tv_sec = IDLE_SECONDS };
	int fd = accept4(k->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd == -1) {
		/* Without descriptors the listener stays readable: no need to spin on it. */
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			bell_wait(k->bell, -1, 200);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	*c = (struct connection){ .control = k, .fd = fd };
	if (!may_speak(fd)) {
		log_warn("somebody who is neither root nor the service's user was refused");
		send_json(fd, json_pack("{s:b, s:s}", "ok", 0, "error",
				  "only root and the service's own user may do this"));
	} else if (pthread_create(&c->thread, NULL, connection_run, c) == 0)
		return;
	close(fd);
	c->fd = -1;
}

static void *
listener(void *arg)
{
	struct control *k = arg;
	struct connection *place;

	log_context("control");
	while (!k->stopping) {
		/* Where all are taken the next one waits for a turn. */
		place = free_place(k);
		bell_wait(k->bell, place != NULL ? k->fd : -1, -1);
		bell_heard(k->bell);
		reap(k, false);
		if (!k->stopping && place != NULL)
			take(k, place);
	}
	reap(k, true);
	return NULL;
}

/* Is somebody listening at ${a}? */
static bool
is_alive(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool alive;

	if (fd == -1)
		return false;
	alive = connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 || errno == EAGAIN;
	close(fd);
	return alive;
}

static int
listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	if (mem_copy(a.sun_path, sizeof(a.sun_path), path) == -1) {
		log_error("%s: too long for a socket: set control to a shorter path", path);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1) {
		log_error("control socket: %s", strerror(errno));
		return -1;
	}
	if (is_alive(&a)) {
		log_error("%s: another service listens there", path);
		goto bad;
	}
	/* What is left of one that was killed; anything but a socket is not ours to remove. */
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	/* On Linux the file gets the mode that the socket has, so it is never wider for a moment. */
	if (fchmod(fd, 0600) == -1 || bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(fd, CONNECTIONS_MAX) == -1) {
		log_error("%s: %s", path, strerror(errno));
		goto bad;
	}
	return fd;
bad:
	close(fd);
	return -1;
}

struct control *
control_start(struct core *core, const char *path)
{
	struct control *k = mem_new(sizeof(*k));
	size_t i;

	k->core = core;
	k->path = mem_dup(path);
	for (i = 0; i < CONNECTIONS_MAX; i++)
		k->connection[i].fd = -1;
	k->bell = bell_new();
	if (k->bell == NULL)
		goto no_bell;
	k->fd = listen_at(path);
	if (k->fd == -1)
		goto no_socket;
	if (pthread_create(&k->thread, NULL, listener, k) != 0) {
		log_warn("control: there is no thread left");
		goto no_thread;
	}
	return k;
no_thread:
	close(k->fd);
	unlink(path);
no_socket:
	bell_free(k->bell);
no_bell:
	free(k->path);
	free(k);
	return NULL;
}

void
control_stop(struct control *k)
{
	if (k == NULL)
		return;
	k->stopping = true;
	bell_ring(k->bell);
	pthread_join(k->thread, NULL);
	unlink(k->path);
	close(k->fd);
	bell_free(k->bell);
	free(k->path);
	free(k);
}
