/*
 * What is to be sent, and the threads that send it, each over a connection of its own that it
 * keeps for a while.  The first thread also finds out whether the server is there at all.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/email/compose.h"
#include "channels/email/smtp.h"

#define QUEUE_MAX 1024 /* never reached: the core sends what was asked for */
#define KEEP_MS 30000  /* an idle connection */
#define MAILS_PER_CONNECTION 100
#define THREADS_MAX 8

/* What several recipients share. */
struct letter {
	unsigned users; /* under the lock */
	struct outbound o;
	char *strings[7];
};

struct job {
	struct letter *letter;
	struct recipient r;
	char *strings[4];
};

struct worker {
	struct outbox *box;
	unsigned number;
	pthread_t thread;
	mailsmtp *smtp; /* NULL: not connected */
	int64_t used;   /* clock_ms() of the last mail */
	unsigned mails;
};

struct outbox {
	struct email *e;
	pthread_cond_t more;
	struct job *queue[QUEUE_MAX];
	size_t first, count;
	struct worker workers[THREADS_MAX];
	unsigned started;
	unsigned tries;   /* in vain, one after the other; under the lock */
	int64_t next_try; /* to reach the server: clock_ms(); under the lock */
};

struct outbox *
outbox_new(struct email *e)
{
	struct outbox *b = mem_new(sizeof(*b));
	pthread_condattr_t attr;

	b->e = e;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->more, &attr);
	pthread_condattr_destroy(&attr);
	return b;
}

static struct letter *
letter_new(const struct outbound *o)
{
	struct letter *l = mem_new(sizeof(*l));
	char **s = l->strings;

	l->o = *o;
	l->o.author = s[0] = mem_dup(o->author);
	l->o.text = s[1] = mem_dup(o->text);
	l->o.subject = s[2] = mem_dup(o->subject);
	l->o.footer = s[3] = mem_dup(o->footer);
	l->o.lang = s[4] = mem_dup(o->lang);
	l->o.thread = s[5] = mem_dup(o->thread);
	l->o.in_reply_to = s[6] = mem_dup(o->in_reply_to);
	return l;
}

static void
letter_drop(struct letter *l)
{
	if (--l->users > 0)
		return;
	for (size_t i = 0; i < 7; i++)
		free(l->strings[i]);
	free(l);
}

static struct job *
job_new(struct letter *l, const struct recipient *r)
{
	struct job *j = mem_new(sizeof(*j));

	j->letter = l;
	l->users++;
	j->r = *r;
	j->r.key = j->strings[0] = mem_dup(r->key);
	j->r.peer = j->strings[1] = mem_dup(r->peer);
	j->r.token = j->strings[2] = mem_dup(r->token);
	j->r.foreign = j->strings[3] = mem_dup(r->foreign);
	return j;
}

static void
job_free(struct job *j)
{
	for (size_t i = 0; i < 4; i++)
		free(j->strings[i]);
	free(j);
}

/* Under the lock. */
static void
settle(struct email *e, struct job *j, enum outcome o, const char *why, const char *foreign)
{
	port_settle(e->port, j->r.id, o, why, foreign);
	e->outstanding--;
	if (e->smtp_up && !e->stopping)
		port_want(e->port, 1);
	letter_drop(j->letter);
	job_free(j);
}

void
outbox_add(struct outbox *b, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct letter *l = letter_new(o);
	struct job *j;

	pthread_mutex_lock(&b->e->lock);
	l->users++;
	for (size_t i = 0; i < n; i++) {
		j = job_new(l, &r[i]);
		b->e->outstanding++;
		if (b->count == QUEUE_MAX || !b->e->smtp_up) {
			settle(b->e, j, DEFER, "the mail server is not there", "");
			continue;
		}
		b->queue[(b->first + b->count++) % QUEUE_MAX] = j;
	}
	letter_drop(l);
	pthread_cond_broadcast(&b->more);
	pthread_mutex_unlock(&b->e->lock);
}

static struct job *
take(struct outbox *b)
{
	struct job *j = b->queue[b->first];

	b->first = (b->first + 1) % QUEUE_MAX;
	b->count--;
	return j;
}

/* When this worker has to do something even if no mail comes. */
static int64_t
due(const struct worker *w)
{
	int64_t at = INT64_MAX;

	if (w->smtp != NULL)
		at = w->used + KEEP_MS;
	if (w->number == 0 && !w->box->e->smtp_up && w->box->next_try < at)
		at = w->box->next_try;
	return at;
}

/* Under the lock: wait for a mail, or for what is due.  NULL: nothing to send now. */
static struct job *
next_job(struct worker *w)
{
	struct outbox *b = w->box;
	struct timespec t;
	int64_t at, left;

	while (!b->e->stopping && b->count == 0) {
		at = due(w);
		left = at == INT64_MAX ? 3600000 : at - clock_ms();
		if (left <= 0)
			return NULL;
		clock_gettime(CLOCK_MONOTONIC, &t);
		t.tv_sec += left / 1000;
		t.tv_nsec += left % 1000 * 1000000;
		if (t.tv_nsec >= 1000000000) {
			t.tv_sec++;
			t.tv_nsec -= 1000000000;
		}
		pthread_cond_timedwait(&b->more, &b->e->lock, &t);
	}
	return b->e->stopping ? NULL : take(b);
}

static void
hang_up(struct worker *w)
{
	smtp_close(w->smtp);
	w->smtp = NULL;
	w->mails = 0;
}

static int
hold_line(struct worker *w, char *why, size_t size)
{
	if (w->smtp != NULL && w->mails >= MAILS_PER_CONNECTION)
		hang_up(w);
	if (w->smtp == NULL)
		w->smtp = smtp_open(w->box->e, why, size);
	w->used = clock_ms();
	return w->smtp != NULL ? 0 : -1;
}

static void
send_over(struct worker *w, const char *from, const char *to, const struct buf *mail,
    struct smtp_result *res)
{
	bool fresh;

	do {
		fresh = w->smtp == NULL;
		*res = (struct smtp_result){ .outcome = DEFER, .ours = true };
		if (hold_line(w, res->why, sizeof(res->why)) == -1)
			return;
		smtp_send(w->box->e, w->smtp, from, to, buf_text(mail), mail->len, res);
		w->mails++;
		w->used = clock_ms();
		if (res->outcome != SENT && !res->lost &&
		    mailsmtp_reset(w->smtp) != MAILSMTP_NO_ERROR)
			res->lost = true;
		if (res->lost)
			hang_up(w);
		/* A kept connection may have been closed meanwhile: that is no news of the server. */
	} while (res->early && !fresh);
}

/* The other workers and the first one's look for the server see to the rest. */
static void
go_down(struct outbox *b, const char *why)
{
	email_smtp_state(b->e, why);
	pthread_mutex_lock(&b->e->lock);
	b->next_try = clock_ms() + port_backoff(b->tries++);
	pthread_cond_broadcast(&b->more);
	pthread_mutex_unlock(&b->e->lock);
}

static void
do_job(struct worker *w, struct job *j)
{
	struct email *e = w->box->e;
	struct smtp_result res = { .outcome = DEFER };
	struct buf mail = { 0 };
	char from[ADDRESS_SIZE];

	if (compose(&e->post, e->name, &j->letter->o, &j->r, &mail) == -1) {
		res.outcome = BOUNCE;
		snprintf(res.why, sizeof(res.why), "not an address that mail can go to");
	} else {
		post_bounce_address(&e->post, j->r.key, from);
		send_over(w, from, j->r.peer, &mail, &res);
	}
	buf_free(&mail);
	if (res.ours && !email_stopping(e))
		go_down(w->box, res.why);
	pthread_mutex_lock(&e->lock);
	if (res.outcome == SENT)
		w->box->tries = 0;
	settle(e, j, res.outcome, res.why, res.foreign);
	pthread_mutex_unlock(&e->lock);
}

/* The first worker looks for the server as long as it is not there. */
static void
look(struct worker *w)
{
	struct email *e = w->box->e;
	char why[160] = "";

	hang_up(w);
	if (hold_line(w, why, sizeof(why)) == 0) {
		email_smtp_state(e, NULL);
	} else if (!email_stopping(e)) {
		go_down(w->box, why);
	}
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct email *e = w->box->e;
	struct job *j;
	bool up, look_now;

	log_context(port_name(e->port));
	pthread_mutex_lock(&e->lock);
	while (!e->stopping) {
		j = next_job(w);
		up = e->smtp_up;
		look_now = w->number == 0 && !up && clock_ms() >= w->box->next_try;
		if (j != NULL && !up) {
			settle(e, j, DEFER, e->smtp_why, "");
			continue;
		}
		pthread_mutex_unlock(&e->lock);
		if (j != NULL)
			do_job(w, j);
		else if (look_now)
			look(w);
		else if (w->smtp != NULL && clock_ms() >= w->used + KEEP_MS)
			hang_up(w);
		pthread_mutex_lock(&e->lock);
	}
	pthread_mutex_unlock(&e->lock);
	hang_up(w);
	return NULL;
}

void
outbox_start(struct outbox *b)
{
	for (unsigned i = 0; i < b->e->connections; i++) {
		b->workers[i].box = b;
		b->workers[i].number = i;
		if (pthread_create(&b->workers[i].thread, NULL, work, &b->workers[i]) != 0)
			log_die("no thread to send mail with");
		b->started++;
	}
}

void
outbox_stop(struct outbox *b)
{
	pthread_mutex_lock(&b->e->lock);
	pthread_cond_broadcast(&b->more);
	pthread_mutex_unlock(&b->e->lock);
	for (unsigned i = 0; i < b->started; i++)
		pthread_join(b->workers[i].thread, NULL);
}

void
outbox_free(struct outbox *b)
{
	struct job *j;

	if (b == NULL)
		return;
	while (b->count > 0) {
		j = take(b);
		letter_drop(j->letter);
		job_free(j);
	}
	pthread_cond_destroy(&b->more);
	free(b);
}
