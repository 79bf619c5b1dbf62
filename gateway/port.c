/*
 * The channel's end of the socket.  Callbacks run inside port_pump(); what the
 * channel says is written at once, or when port_release() comes, whole frames under
 * one lock, so that any of its threads may speak.  The core always reads, so a full
 * socket is a short wait.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "gateway/frame.h"
#include "gateway/port.h"

#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 300000
#define READ_BYTES 65536   /* at least; a read takes what there is room for */
#define HELD_MAX (1 << 20) /* bytes kept back by port_hold() */
#define RECIPIENTS_MAX 1024
#define SETTLE_MAX 4096 /* ids in a frame */
#define MENU_MAX 256

struct port {
	int fd;
	char *name;
	const struct channel_kind *kind;
	void *self;
	struct buf in;
	struct recipient *to; /* room for the frame being read */
	pthread_mutex_t lock; /* of what follows */
	struct buf out;       /* frames not written yet */
	bool held;
	atomic_bool stopping;
	atomic_bool gone; /* the core */
	atomic_uint_fast64_t token;
};

const char *
port_name(const struct port *p)
{
	return p->name;
}

int
port_fd(const struct port *p)
{
	return p->fd;
}

bool
port_stopping(const struct port *p)
{
	return atomic_load(&p->stopping);
}

/* Write all there is, waiting where the socket is full.  Under the lock. */
static void
flush(struct port *p)
{
	struct pollfd pfd = { .fd = p->fd, .events = POLLOUT };
	size_t done = 0;
	ssize_t n;

	while (done < p->out.len && !atomic_load(&p->gone)) {
		n = send(p->fd, p->out.data + done, p->out.len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			done += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			poll(&pfd, 1, -1);
		else if (errno != EINTR)
			atomic_store(&p->gone, true);
	}
	buf_clear(&p->out);
}

/* Begin a frame; what follows, up to tell(), is under the lock. */
static size_t
begin(struct port *p, enum frame_type type)
{
	pthread_mutex_lock(&p->lock);
	return frame_begin(&p->out, type);
}

static void
tell(struct port *p, size_t mark)
{
	frame_end(&p->out, mark);
	if (!p->held || p->out.len > HELD_MAX)
		flush(p);
	pthread_mutex_unlock(&p->lock);
}

void
port_hold(struct port *p)
{
	pthread_mutex_lock(&p->lock);
	p->held = true;
	pthread_mutex_unlock(&p->lock);
}

void
port_release(struct port *p)
{
	pthread_mutex_lock(&p->lock);
	p->held = false;
	if (p->out.len > 0)
		flush(p);
	pthread_mutex_unlock(&p->lock);
}

void
port_state(struct port *p, enum channel_state state, const char *why)
{
	size_t mark = begin(p, FRAME_STATE);

	frame_u64(&p->out, state);
	frame_text(&p->out, why);
	tell(p, mark);
}

void
port_want(struct port *p, unsigned n)
{
	size_t mark = begin(p, FRAME_WANT);

	frame_u64(&p->out, n);
	tell(p, mark);
}

static void
put_inbound(struct port *p, const struct inbound *in)
{
	size_t len = in->text_len < PORT_TEXT_MAX ? in->text_len : PORT_TEXT_MAX;

	frame_text(&p->out, in->peer);
	frame_text(&p->out, in->to);
	frame_text(&p->out, in->foreign);
	frame_bytes(&p->out, in->text, len);
	frame_text(&p->out, in->reply_to);
	frame_text(&p->out, in->token);
	frame_u64(&p->out, in->proof);
	frame_u64(&p->out, in->automatic);
}

uint64_t
port_receive(struct port *p, const struct inbound *in)
{
	size_t mark = begin(p, FRAME_RECEIVE);
	uint64_t token = atomic_fetch_add(&p->token, 1) + 1;

	frame_u64(&p->out, token);
	put_inbound(p, in);
	tell(p, mark);
	return token;
}

void
port_receive_hook(
    struct port *p, uint64_t id, const struct hook_answers *a, const struct inbound *in)
{
	size_t mark = begin(p, FRAME_RECEIVE_HOOK);

	frame_u64(&p->out, id);
	for (int i = 0; i < VERDICTS; i++) {
		frame_u64(&p->out, a->status[i]);
		frame_text(&p->out, a->body[i]);
	}
	put_inbound(p, in);
	tell(p, mark);
}

void
port_settle(struct port *p, uint64_t id, enum outcome o, const char *why, const char *foreign)
{
	size_t mark = begin(p, FRAME_SETTLE);

	frame_u64(&p->out, id);
	frame_u64(&p->out, o);
	frame_text(&p->out, why);
	frame_text(&p->out, foreign);
	tell(p, mark);
}

void
port_settle_all(struct port *p, const uint64_t *ids, size_t n, enum outcome o, const char *why)
{
	while (n > 0) {
		size_t mark = begin(p, FRAME_SETTLE_ALL);
		size_t now = n < SETTLE_MAX ? n : SETTLE_MAX;

		frame_u64(&p->out, o);
		frame_text(&p->out, why);
		frame_u64(&p->out, now);
		for (size_t i = 0; i < now; i++)
			frame_u64(&p->out, ids[i]);
		tell(p, mark);
		ids += now;
		n -= now;
	}
}

void
port_report(struct port *p, const char *key, enum outcome o, const char *why)
{
	size_t mark = begin(p, FRAME_REPORT);

	frame_text(&p->out, key);
	frame_u64(&p->out, o);
	frame_text(&p->out, why);
	tell(p, mark);
}

void
port_presence(struct port *p, const char *peer, enum presence is)
{
	size_t mark = begin(p, FRAME_PRESENCE);

	frame_text(&p->out, peer);
	frame_u64(&p->out, is);
	tell(p, mark);
}

void
port_hook_answer(struct port *p, uint64_t id, unsigned status, const char *type, const char *body)
{
	size_t mark = begin(p, FRAME_HOOK_ANSWER);

	frame_u64(&p->out, id);
	frame_u64(&p->out, status);
	frame_text(&p->out, type);
	frame_text(&p->out, body);
	tell(p, mark);
}

int
port_backoff(unsigned n)
{
	unsigned top = n < 9 ? BACKOFF_MIN_MS << n : BACKOFF_MAX_MS;
	unsigned dice = 0;

	if (top > BACKOFF_MAX_MS)
		top = BACKOFF_MAX_MS;
	if (getrandom(&dice, sizeof(dice), 0) != sizeof(dice))
		dice = n;
	return (int)(top / 2 + dice % (top / 2 + 1));
}

static void
pump_deliver(struct port *p, struct frame *f)
{
	struct outbound o = { 0 };
	size_t n;

	o.what = (int)frame_get_u64(f);
	o.author = frame_get(f, NULL);
	o.text = frame_get(f, NULL);
	o.subject = frame_get(f, NULL);
	o.footer = frame_get(f, NULL);
	o.lang = frame_get(f, NULL);
	o.thread = frame_get(f, NULL);
	o.in_reply_to = frame_get(f, NULL);
	o.at = (int64_t)frame_get_u64(f);
	o.late = frame_get_u64(f) != 0;
	n = (size_t)frame_get_u64(f);
	if (n > RECIPIENTS_MAX)
		f->bad = true;
	for (size_t i = 0; i < n && !f->bad; i++) {
		p->to[i].id = frame_get_u64(f);
		p->to[i].key = frame_get(f, NULL);
		p->to[i].peer = frame_get(f, NULL);
		p->to[i].token = frame_get(f, NULL);
		p->to[i].foreign = frame_get(f, NULL);
	}
	if (frame_done(f) && n > 0)
		p->kind->deliver(p->self, &o, p->to, n);
}

static void
pump_hook(struct port *p, struct frame *f)
{
	struct hook h = { .id = frame_get_u64(f) };

	h.method = frame_get(f, NULL);
	h.path = frame_get(f, NULL);
	h.query = frame_get(f, NULL);
	h.type = frame_get(f, NULL);
	h.body = frame_get(f, &h.body_len);
	h.remote = frame_get(f, NULL);
	if (!frame_done(f))
		return;
	if (p->kind->hook == NULL)
		port_hook_answer(p, h.id, 404, "text/plain", "");
	else
		p->kind->hook(p->self, &h);
}

static void
pong(struct port *p)
{
	tell(p, begin(p, FRAME_PONG));
}

/*
 * Whatever becomes of the core, and of us in a library's call: by then another machine may connect in
 * our place.  SIGALRM ends the process.
 */
static void
lease(struct frame *f)
{
	uint64_t ms = frame_get_u64(f);
	struct itimerval t = { .it_value = { .tv_sec = (time_t)(ms / 1000),
				   .tv_usec = (suseconds_t)(ms % 1000 * 1000) } };

	if (frame_done(f) && ms > 0 && setitimer(ITIMER_REAL, &t, NULL) == -1)
		log_warn("no time limit can be set: %s", strerror(errno));
}

static void
pump_menu(struct port *p, struct frame *f)
{
	struct menu_item items[MENU_MAX];
	struct menu m = { .items = items };

	m.lang = frame_get(f, NULL);
	m.sent = frame_get(f, NULL);
	m.n = (size_t)frame_get_u64(f);
	if (m.n > MENU_MAX)
		f->bad = true;
	for (size_t i = 0; i < m.n && !f->bad; i++) {
		items[i].word = frame_get(f, NULL);
		items[i].help = frame_get(f, NULL);
		items[i].takes = (int)frame_get_u64(f);
	}
	if (frame_done(f) && p->kind->menu != NULL)
		p->kind->menu(p->self, &m);
}

static void
pump_frame(struct port *p, struct frame *f)
{
	uint64_t token, verdict;
	const char *peer;

	switch (f->type) {
	case FRAME_DELIVER:
		pump_deliver(p, f);
		break;
	case FRAME_VERDICT:
		token = frame_get_u64(f);
		verdict = frame_get_u64(f);
		if (frame_done(f) && p->kind->received != NULL)
			p->kind->received(p->self, token, (enum verdict)verdict);
		break;
	case FRAME_HOOK:
		pump_hook(p, f);
		break;
	case FRAME_PING:
		pong(p);
		break;
	case FRAME_LEASE:
		lease(f);
		break;
	case FRAME_WATCH:
		peer = frame_get(f, NULL);
		token = frame_get_u64(f);
		if (frame_done(f) && p->kind->watch != NULL)
			p->kind->watch(p->self, peer, token != 0);
		break;
	case FRAME_MENU:
		pump_menu(p, f);
		break;
	case FRAME_STOP:
		atomic_store(&p->stopping, true);
		break;
	default:
		f->bad = true;
		break;
	}
}

/* Read what is there, straight to where it is looked at; false when the core is gone. */
static bool
read_some(struct port *p, int flags)
{
	char *at = buf_room(&p->in, READ_BYTES);
	ssize_t n;

	do
		n = recv(p->fd, at, p->in.room - p->in.len - 1, flags);
	while (n == -1 && errno == EINTR);
	if (n > 0)
		p->in.len += (size_t)n;
	return n > 0 || (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

int
port_pump(struct port *p)
{
	struct frame f;
	size_t used = 0;
	long n;

	if (atomic_load(&p->gone) || !read_some(p, MSG_DONTWAIT))
		atomic_store(&p->gone, true);
	while ((n = frame_next(p->in.data + used, p->in.len - used, &f)) > 0) {
		pump_frame(p, &f);
		if (f.bad) {
			log_warn("the core sent what cannot be understood (type %d)", (int)f.type);
			n = -1;
			break;
		}
		used += (size_t)n;
	}
	if (used > 0)
		buf_drop(&p->in, used);
	return n == -1 || atomic_load(&p->gone) ? -1 : 0;
}

/* Wait for the hello: which channel to be, and its settings. */
static struct conf_section *
hello(struct port *p, const struct channel_kind *const *kinds)
{
	struct frame f = { 0 };
	const char *kind, *data;
	size_t len, i = 0;
	long n;

	while ((n = frame_next(p->in.data, p->in.len, &f)) == 0)
		if (!read_some(p, 0))
			return NULL;
	if (n < 0 || f.type != FRAME_HELLO)
		return NULL;
	kind = frame_get(&f, NULL);
	p->name = mem_dup(frame_get(&f, NULL));
	data = frame_get(&f, &len);
	while (kinds[i] != NULL && strcmp(kinds[i]->name, kind) != 0)
		i++;
	p->kind = kinds[i];
	if (!frame_done(&f) || p->kind == NULL)
		return NULL;
	struct conf_section *s = conf_unpack(p->kind->keys, data, len);
	buf_drop(&p->in, (size_t)n);
	return s;
}

int
port_main(
    int fd, const struct channel_kind *const *kinds, int (*sealed)(const struct channel_kind *kind))
{
	struct port p = { .fd = fd, .lock = PTHREAD_MUTEX_INITIALIZER };
	struct conf_section *conf = hello(&p, kinds);
	int rc = 1;

	if (conf == NULL) {
		log_warn("the core's greeting cannot be understood");
		goto no_conf;
	}
	log_context(p.name);
	p.to = mem_new(RECIPIENTS_MAX * sizeof(*p.to));
	p.self = p.kind->open(&p, conf);
	if (p.self == NULL)
		goto no_self;
	if (sealed == NULL || sealed(p.kind) == 0)
		rc = p.kind->run(p.self) == 0 && port_stopping(&p) ? 0 : 1;
	p.kind->close(p.self);
no_self:
	free(p.to);
	conf_section_free(conf);
	log_context(NULL);
no_conf:
	free(p.name);
	buf_free(&p.in);
	buf_free(&p.out);
	pthread_mutex_destroy(&p.lock);
	close(fd);
	return rc;
}
