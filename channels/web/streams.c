#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/bell.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/web/streams_parts.h"
#include "store/session.h"

#define PER_PERSON 4
#define PER_REMOTE 20 /* of those who have not logged in */
#define LOOK_MS 100   /* looks are not closer than that */
#define AGAIN_MS 1000 /* after the store was away */
#define SLOTS 8       /* each has its turn to hear that we are there, one after the other */
#define SLOT_MS 4000
#define RETRY_MS 3000

struct stream {
	struct streams *all;
	struct request *http;
	uint64_t id;
	enum about about;
	int64_t user;
	unsigned char session[32];
	char remote[SECRET_TOKEN_SIZE];
	int64_t last, at;
	bool fresh, hello, beat, ends;
	int news; /* not told yet, and up to where */
	int64_t pos;
	struct stream *next, **prev;
};

struct streams {
	struct web *web;
	unsigned max;
	struct bell *bell;
	int poll; /* the bell, and each socket: whether its other side goes */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t gone;
	struct stream *list; /* the newest first */
	_Atomic unsigned n;
	uint64_t ids;
	atomic_bool ending;

	/* the thread's */
	int64_t seen; /* position; -1: nobody has looked */
	int64_t looked;
	unsigned slot;
};

static void
ring(void *cookie)
{
	struct streams *s = cookie;

	if (atomic_load(&s->n) > 0)
		bell_ring(s->bell);
}

/* ---- what is sent */

/* On a thread of the server. */
static int
say(struct request *q, char *out, size_t max)
{
	struct stream *st = ((struct visit *)q->mine)->stream;
	struct streams *s = st->all;
	int n = 0;

	pthread_mutex_lock(&s->lock);
	if (st->ends) {
		n = -1;
	} else if (st->hello) {
		/* not all at once, after we were away */
		n = snprintf(out, max, "retry: %d\n\n",
		    RETRY_MS + (int)(st->id % SLOTS) * (RETRY_MS / SLOTS));
		st->hello = false;
	} else if (st->news > 0) {
		n = snprintf(out, max, "id: %lld\ndata: %d\n\n", (long long)st->pos, st->news);
		st->news = 0;
	} else if (st->beat) {
		n = snprintf(out, max, ":\n\n");
	}
	st->beat = false;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* ---- what is new */

/* All of them, oldest first, as news_look() wants them. */
static struct news *
gather(struct streams *s, size_t *n)
{
	struct news *list;
	size_t i;

	pthread_mutex_lock(&s->lock);
	*n = i = s->n;
	list = mem_new((i + 1) * sizeof *list);
	for (const struct stream *st = s->list; st; st = st->next)
		list[--i] = (struct news){ .id = st->id,
			.about = st->about,
			.user = st->user,
			.fresh = st->fresh,
			.last = st->last,
			.at = st->at,
			.pos = st->pos };
	pthread_mutex_unlock(&s->lock);
	return list;
}

/* Some may have gone meanwhile, and others come; both are in the order of their ids. */
static void
hand_out(struct streams *s, const struct news *list, size_t n)
{
	pthread_mutex_lock(&s->lock);
	for (struct stream *st = s->list; st; st = st->next) {
		while (n > 0 && list[n - 1].id > st->id)
			n--;
		if (n == 0 || list[n - 1].id != st->id)
			continue;
		st->fresh = false;
		st->at = list[n - 1].at;
		st->pos = list[n - 1].pos;
		st->news += list[n - 1].n;
		if (list[n - 1].n > 0)
			httpd_wake(st->http);
	}
	pthread_mutex_unlock(&s->lock);
}

/* False: the store is away. */
static bool
look(struct streams *s)
{
	bool good = true;
	size_t n;
	struct news *list = gather(s, &n);

	if (n == 0)
		s->seen = -1;
	else if ((good = news_look(core_store(s->web->core), &s->seen, list, n)))
		hand_out(s, list, n);
	free(list);
	return good;
}

/* ---- who is still there */

/* Whose session has ended hears no more. */
static void
check_sessions(struct streams *s, unsigned slot)
{
	struct store *store = core_store(s->web->core);
	unsigned char(*ids)[32];
	size_t n = 0, out = 0;
	struct tx *tx;
	struct session found;
	struct user u;

	pthread_mutex_lock(&s->lock);
	ids = mem_new((s->n + 1) * sizeof *ids);
	for (struct stream *st = s->list; st; st = st->next)
		if (st->id % SLOTS == slot && st->user)
			memcpy(ids[n++], st->session, sizeof *ids);
	pthread_mutex_unlock(&s->lock);
	if (n > 0) {
		tx = store_read(store);
		for (size_t i = 0; i < n; i++)
			if (!session_find(tx, ids[i], clock_wall(), &found) ||
			    !user_by_id(tx, found.user, &u) || u.suspended)
				memmove(ids[out++], ids[i], sizeof *ids);
		if (store_read_end(tx) != STORE_OK)
			out = 0;
	}
	pthread_mutex_lock(&s->lock);
	for (struct stream *st = s->list; st && out > 0; st = st->next)
		for (size_t i = 0; i < out; i++)
			st->ends |= st->user && memcmp(st->session, ids[i], sizeof *ids) == 0;
	pthread_mutex_unlock(&s->lock);
	free(ids);
}

static void
beat(struct streams *s)
{
	unsigned slot = s->slot++ % SLOTS;

	check_sessions(s, slot);
	pthread_mutex_lock(&s->lock);
	for (struct stream *st = s->list; st; st = st->next) {
		if (st->id % SLOTS != slot)
			continue;
		st->beat = true;
		httpd_wake(st->http);
	}
	pthread_mutex_unlock(&s->lock);
}

/* The other side of the stream ${id} has gone. */
static void
hung_up(struct streams *s, uint64_t id)
{
	pthread_mutex_lock(&s->lock);
	for (struct stream *st = s->list; st; st = st->next)
		if (st->id == id) {
			st->ends = true;
			httpd_wake(st->http);
			break;
		}
	pthread_mutex_unlock(&s->lock);
}

/* ---- the thread */

static bool
hear(struct streams *s, int wait)
{
	struct epoll_event e[64];
	bool news = false;
	int n = epoll_wait(s->poll, e, 64, wait);

	for (int i = 0; i < n; i++) {
		if (e[i].data.u64 == 0)
			news = bell_heard(s->bell);
		else
			hung_up(s, e[i].data.u64);
	}
	return news;
}

/* Milliseconds to the sooner of two moments; 0 is none, -1: there is none. */
static int
until(int64_t a, int64_t b)
{
	int64_t now = clock_ms(), at = a == 0 || (b != 0 && b < a) ? b : a;

	if (at == 0)
		return -1;
	return at <= now ? 0 : (int)(at - now);
}

static void *
run(void *arg)
{
	struct streams *s = arg;
	int64_t look_at = 0, beat_at = 0; /* 0: not at all */

	log_context("streams");
	while (!atomic_load(&s->ending)) {
		if (hear(s, until(look_at, beat_at)) && look_at == 0)
			look_at = s->looked + LOOK_MS;
		if (look_at != 0 && clock_ms() >= look_at) {
			look_at = look(s) ? 0 : clock_ms() + AGAIN_MS;
			s->looked = clock_ms();
		}
		if (beat_at != 0 && clock_ms() >= beat_at) {
			beat(s);
			beat_at = 0;
		}
		if (atomic_load(&s->n) == 0)
			beat_at = 0;
		else if (beat_at == 0)
			beat_at = clock_ms() + SLOT_MS;
	}
	return NULL;
}

/* ---- one comes */

static bool
may_come(struct streams *s, const struct stream *st)
{
	unsigned same = 0;

	if (s->ending || s->n >= s->max)
		return false;
	for (const struct stream *o = s->list; o; o = o->next)
		same += st->user ? o->user == st->user
				 : !o->user && strcmp(o->remote, st->remote) == 0;
	return same < (st->user ? PER_PERSON : PER_REMOTE);
}

static bool
add(struct streams *s, struct stream *st)
{
	struct epoll_event e = { .events = EPOLLRDHUP | EPOLLET };
	bool may;

	pthread_mutex_lock(&s->lock);
	may = may_come(s, st);
	if (may) {
		st->all = s;
		st->id = e.data.u64 = ++s->ids;
		st->next = s->list;
		st->prev = &s->list;
		if (st->next)
			st->next->prev = &st->next;
		s->list = st;
		s->n++;
		epoll_ctl(s->poll, EPOLL_CTL_ADD, httpd_socket(st->http), &e);
	}
	pthread_mutex_unlock(&s->lock);
	return may;
}

void
stream_forget(struct stream *st)
{
	struct streams *s;

	if (st == NULL)
		return;
	s = st->all;
	pthread_mutex_lock(&s->lock);
	*st->prev = st->next;
	if (st->next)
		st->next->prev = st->prev;
	s->n--;
	epoll_ctl(s->poll, EPOLL_CTL_DEL, httpd_socket(st->http), NULL);
	pthread_cond_signal(&s->gone);
	pthread_mutex_unlock(&s->lock);
	free(st);
}

static bool
read_about(const char *page, enum about *about)
{
	static const char *const names[ABOUTS] = { [ABOUT_PUBLIC] = "public",
		[ABOUT_HOME] = "home",
		[ABOUT_REPLIES] = "replies",
		[ABOUT_DIRECT] = "direct",
		[ABOUT_ADDRESSES] = "addresses" };

	for (size_t i = 0; i < ABOUTS; i++)
		if (strcmp(page, names[i]) == 0) {
			*about = (enum about)i;
			return true;
		}
	return false;
}

/* From which position on all is new: the one that is asked for, if that may be. */
static int64_t
from(struct visit *v, const char *asked)
{
	int64_t pos = fields_number(asked), head = log_head(v->tx);

	return pos > 0 && pos < head ? pos : head;
}

void
events_get(struct visit *v)
{
	struct streams *s = v->web->streams;
	const char *last = v->http->header[HTTP_LAST_EVENT];
	const char *asked = fields_get(&v->query, "last");
	struct stream *st;
	enum about about;

	if (s == NULL || !read_about(fields_get(&v->query, "page"), &about) ||
	    (!v->me.id && about != ABOUT_PUBLIC)) {
		visit_error(v, 404);
		return;
	}
	st = mem_new(sizeof *st);
	st->http = v->http;
	st->about = about;
	st->user = v->me.id;
	st->last = from(v, last ? last : asked);
	st->at = about == ABOUT_ADDRESSES ? change_now(core_store(v->web->core)) : -1;
	st->fresh = st->hello = true;
	secret_hash(v->token, strlen(v->token), st->session);
	visit_remote(v, st->remote);
	if (!add(s, st)) {
		free(st);
		visit_error(v, 429);
		return;
	}
	v->stream = st;
	httpd_set(v->http, "Cache-Control", "no-store");
	httpd_set(v->http, "X-Accel-Buffering", "no");
	httpd_stream(v->http, "text/event-stream", say);
	bell_ring(s->bell);
}

/* ---- life */

struct streams *
streams_start(struct web *w, unsigned max)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct streams *s;

	if (max == 0)
		return NULL;
	s = mem_new(sizeof *s);
	s->web = w;
	s->max = max;
	s->seen = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->gone, NULL);
	s->bell = bell_new();
	s->poll = epoll_create1(EPOLL_CLOEXEC);
	if (s->bell == NULL || s->poll == -1 ||
	    epoll_ctl(s->poll, EPOLL_CTL_ADD, bell_fd(s->bell), &e) == -1 ||
	    pthread_create(&s->thread, NULL, run, s) != 0)
		log_die("web: no streams: %s", strerror(errno));
	change_listen(core_store(w->core), ring, s);
	return s;
}

void
streams_end(struct streams *s, int ms)
{
	int64_t until = clock_ms() + ms;

	if (s == NULL)
		return;
	change_unlisten(core_store(s->web->core), s);
	pthread_mutex_lock(&s->lock);
	s->ending = true;
	for (struct stream *st = s->list; st; st = st->next) {
		st->ends = true;
		httpd_wake(st->http);
	}
	while (s->n > 0 && clock_wait(&s->gone, &s->lock, until))
		;
	pthread_mutex_unlock(&s->lock);
	bell_ring(s->bell);
	pthread_join(s->thread, NULL);
}

void
streams_free(struct streams *s)
{
	if (s == NULL)
		return;
	close(s->poll);
	bell_free(s->bell);
	pthread_cond_destroy(&s->gone);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
