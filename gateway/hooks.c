/*
 * Callbacks from outside that a channel's process has to answer.  They are passed on to it by whoever
 * brings them, beside the fan-out's thread: one that waits for its turn there would wait for what that
 * thread has just begun.  The answers come back by that thread.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gateway/fanout.h"
#include "gateway/frame.h"
#include "gateway/hooks.h"

#define HOOKS_MAX 256
#define HOOK_MS 10000      /* not less than LOOK_MS: the fan-out's thread may sleep for so long */
#define AT_ONCE_MAX 0x4000 /* bytes that the kernel takes as a whole or not at all */

static void
lock(struct core *c)
{
	pthread_mutex_lock(&c->hooks_lock);
}

static void
unlock(struct core *c)
{
	pthread_mutex_unlock(&c->hooks_lock);
}

/* Call back: not under the lock. */
static void
end(struct pending_hook *h, unsigned status, const char *type, const char *body)
{
	h->done(h->cookie, status, type, body);
	free(h);
}

/* Take the first of ${ch}'s, of any channel's if NULL, that was due at ${until}. */
static struct pending_hook *
take_due(struct core *c, const struct channel *ch, int64_t until)
{
	struct pending_hook **at = &c->hooks, *h;

	lock(c);
	while ((h = *at) != NULL && ((ch != NULL && h->channel != ch) || h->deadline > until))
		at = &h->next;
	if (h != NULL) {
		*at = h->next;
		c->hooks_n--;
	}
	unlock(c);
	return h;
}

struct pending_hook *
fanout_hook_take(struct channel *ch, uint64_t id)
{
	struct core *c = ch->core;
	struct pending_hook **at = &c->hooks, *h;

	lock(c);
	while ((h = *at) != NULL && (h->id != id || h->channel != ch))
		at = &h->next;
	if (h != NULL) {
		*at = h->next;
		c->hooks_n--;
	}
	unlock(c);
	return h;
}

void
fanout_hook_done(
    struct channel *ch, uint64_t id, unsigned status, const char *type, const char *body)
{
	struct pending_hook *h = fanout_hook_take(ch, id);

	if (h != NULL)
		end(h, status, type, body);
}

void
fanout_hooks_gone(struct channel *ch)
{
	struct pending_hook *h;

	while ((h = take_due(ch->core, ch, INT64_MAX)) != NULL)
		end(h, 503, "text/plain", "");
}

int
fanout_hooks_expire(struct core *c, int64_t now)
{
	struct pending_hook *h;
	int64_t wait = -1;

	while ((h = take_due(c, NULL, now)) != NULL)
		end(h, 503, "text/plain", "");
	lock(c);
	for (h = c->hooks; h != NULL; h = h->next)
		if (wait == -1 || h->deadline - now < wait)
			wait = h->deadline - now;
	unlock(c);
	return (int)wait;
}

void
fanout_hooks_end(struct core *c)
{
	struct pending_hook *h;

	while ((h = take_due(c, NULL, INT64_MAX)) != NULL)
		end(h, 503, "text/plain", "");
}

/* ---- on their way in */

/** One that the fan-out's thread has to answer, or to pass on. */
struct hook_errand {
	struct errand errand;
	struct channel *channel;
	struct pending_hook *refused; /* NULL: pass ${frame} on */
	unsigned status;
	uint64_t id; /* of ${frame} */
	struct buf frame;
};

static void
run(struct core *c, struct errand *errand)
{
	struct hook_errand *e = (struct hook_errand *)errand;

	(void)c;
	if (e->refused != NULL) {
		end(e->refused, e->status, "text/plain", "");
	} else if (e->channel->out.len > OUT_MAX) {
		fanout_hook_done(e->channel, e->id, 503, "text/plain", "");
	} else if (e->channel->fd != -1) {
		buf_add(&e->channel->out, e->frame.data, e->frame.len);
		link_flush(e->channel);
	}
	buf_free(&e->frame);
	free(e);
}

static void
put_frame(struct buf *out, uint64_t id, const struct hook *h)
{
	size_t mark = frame_begin(out, FRAME_HOOK);

	frame_u64(out, id);
	frame_text(out, h->method);
	frame_text(out, h->path);
	frame_text(out, h->query);
	frame_text(out, h->type);
	frame_bytes(out, h->body, h->body_len);
	frame_text(out, h->remote);
	frame_end(out, mark);
}

/* Under the lock: may there be one more?  Then it is in the table. */
static bool
enter(struct core *c, struct pending_hook *p)
{
	if (p->channel->fd == -1 || c->hooks_n >= HOOKS_MAX)
		return false;
	p->id = ++c->last_hook;
	p->deadline = clock_ms() + HOOK_MS;
	p->next = c->hooks;
	c->hooks = p;
	c->hooks_n++;
	return true;
}

/* Under the lock: send it beside the fan-out's thread, if that has left no frame half sent. */
static bool
send_at_once(struct channel *ch, const struct buf *frame)
{
	ssize_t n;

	if (!ch->between || frame->len > AT_ONCE_MAX)
		return false;
	n = send(ch->fd, frame->data, frame->len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0 && (size_t)n < frame->len) /* a kernel that does cut it: that process is lost */
		shutdown(ch->fd, SHUT_RDWR);
	return n > 0;
}

void
core_hook(struct core *c, const char *name, const struct hook *h,
    void (*done)(void *cookie, unsigned status, const char *type, const char *body), void *cookie)
{
	struct channel *ch = core_channel(c, name);
	bool takes = ch != NULL && ch->kind->hook != NULL, sent = false;
	struct pending_hook *p = mem_new(sizeof(*p));
	struct hook_errand *e = mem_new(sizeof(*e));

	*p = (struct pending_hook){ .channel = ch, .done = done, .cookie = cookie };
	*e = (struct hook_errand){ .errand.run = run, .channel = ch, .refused = p };
	e->status = takes ? 503 : 404;
	lock(c);
	if (takes && enter(c, p)) {
		e->refused = NULL; /* it is the table's, and may be gone as soon as it is sent */
		e->id = p->id;
		put_frame(&e->frame, p->id, h);
		sent = send_at_once(ch, &e->frame);
	}
	unlock(c);
	if (!sent) {
		fanout_errand(c, &e->errand);
		return;
	}
	buf_free(&e->frame);
	free(e);
}
