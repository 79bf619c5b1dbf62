/*
 * What is to be sent, and the threads that send it, each over a connection of its own that it
 * keeps for a while.  The first thread also finds out whether the server is there at all.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/email/compose.h"
#include "channels/email/smtp.h"

#define KEEP_MS 30000 /* an idle connection */
#define MAILS_PER_CONNECTION 100
#define THREADS_MAX EMAIL_CONNECTIONS_MAX
#define WANT_MAX 16 /* asked for together, so that they come in one frame */

/* What several recipients share. */
struct letter {
	unsigned users; /* under the lock */
	struct draft *draft;
};

struct job {
	struct job *next;
	struct letter *letter;
	struct recipient r;
	char strings[];
};

/* A mail that is ready to go. */
struct parcel {
	struct job *job; /* NULL: there is none */
	char from[ADDRESS_SIZE];
	struct buf mail;
};

struct worker {
	struct outbox *box;
	unsigned number;
	pthread_t thread;
	struct smtp *smtp; /* NULL: not connected */
	int64_t used;      /* clock_ms() of the last mail */
	unsigned mails;
	struct parcel parcels[2]; /* the one that goes, and the one behind it */
};

struct outbox {
	struct email *e;
	pthread_cond_t more;
	struct job *first, **last; /* under the lock, as what follows */
	unsigned count, waiting;
	struct worker workers[THREADS_MAX];
	unsigned started;
	int64_t next_try;  /* to reach the server: clock_ms() */
	atomic_uint tries; /* in vain, one after the other */
};

struct outbox *
outbox_new(struct email *e)
{
	struct outbox *b = mem_new(sizeof(*b));

	b->e = e;
	b->last = &b->first;
	pthread_cond_init(&b->more, NULL);
	return b;
}

static void
letter_drop(struct letter *l)
{
	if (--l->users > 0)
		return;
	draft_free(l->draft);
	free(l);
}

static const char *
keep(char **at, const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = memcpy(*at, s, n);

	*at += n;
	return copy;
}

static struct job *
job_new(struct letter *l, const struct recipient *r)
{
	struct job *j = mem_new(sizeof(*j) + strlen(r->key) + strlen(r->peer) + strlen(r->token) +
				strlen(r->foreign) + 4);
	char *at = j->strings;

	j->letter = l;
	j->r.id = r->id;
	j->r.key = keep(&at, r->key);
	j->r.peer = keep(&at, r->peer);
	j->r.token = keep(&at, r->token);
	j->r.foreign = keep(&at, r->foreign);
	return j;
}

/* Under the lock: places that are free again are asked for when they are a few, or none waits. */
static unsigned
to_want(struct outbox *b)
{
	struct email *e = b->e;
	unsigned few = e->window / 8 < WANT_MAX ? e->window / 8 : WANT_MAX, n = e->freed;

	if (!e->smtp_up || e->stopping || n == 0 || (n < few && b->count > 0))
		return 0;
	e->freed = 0;
	return n;
}

static void
settle(struct outbox *b, struct job *j, enum outcome o, const char *why, const char *foreign)
{
	struct email *e = b->e;
	unsigned n;

	port_settle(e->port, j->r.id, o, why, foreign);
	pthread_mutex_lock(&e->lock);
	e->outstanding--;
	e->freed++;
	n = to_want(b);
	if (n > 0)
		port_want(e->port, n);
	letter_drop(j->letter);
	pthread_mutex_unlock(&e->lock);
	free(j);
}

/* Under the lock. */
static void
wake(struct outbox *b, size_t n)
{
	if (n >= b->waiting)
		pthread_cond_broadcast(&b->more);
	else
		for (; n > 0; n--)
			pthread_cond_signal(&b->more);
}

void
outbox_add(struct outbox *b, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct letter *l = mem_new(sizeof(*l));
	struct job *refused = NULL, **jobs = &refused, *j;
	bool up;

	l->draft = draft_new(&b->e->post, b->e->name, o, r, n);
	l->users = (unsigned)n;
	for (size_t i = 0; i < n; i++) {
		*jobs = job_new(l, &r[i]);
		jobs = &(*jobs)->next;
	}
	pthread_mutex_lock(&b->e->lock);
	b->e->outstanding += (unsigned)n;
	up = b->e->smtp_up;
	if (up) {
		*b->last = refused;
		b->last = jobs;
		b->count += (unsigned)n;
		wake(b, n);
	}
	pthread_mutex_unlock(&b->e->lock);
	while (!up && (j = refused) != NULL) {
		refused = j->next;
		settle(b, j, DEFER, "the mail server is not there", "");
	}
}

/* Under the lock; NULL if there is none. */
static struct job *
take(struct outbox *b)
{
	struct job *j = b->first;

	if (j == NULL)
		return NULL;
	b->first = j->next;
	if (b->first == NULL)
		b->last = &b->first;
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
	int64_t at, left;

	while (!b->e->stopping && b->count == 0) {
		at = due(w);
		left = at == INT64_MAX ? 3600000 : at - clock_ms();
		if (left <= 0)
			return NULL;
		b->waiting++;
		clock_wait(&b->more, &b->e->lock, clock_ms() + left);
		b->waiting--;
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

static struct smtp_mail
mail_of(const struct parcel *p)
{
	return (struct smtp_mail){ p->from, p->job->r.peer, buf_text(&p->mail), p->mail.len };
}

static void
send_over(
    struct worker *w, const struct parcel *p, const struct parcel *behind, struct smtp_result *res)
{
	struct smtp_mail mail = mail_of(p), next = { 0 };
	bool fresh;

	if (behind->job != NULL)
		next = mail_of(behind);
	do {
		fresh = w->smtp == NULL;
		*res = (struct smtp_result){ .outcome = DEFER, .ours = true };
		if (hold_line(w, res->why, sizeof(res->why)) == -1)
			return;
		smtp_send(w->smtp, &mail, behind->job != NULL ? &next : NULL, res);
		w->mails++;
		w->used = clock_ms();
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

/* Make ${j} ready to go; if that cannot be, it is settled, and there is none in ${p}. */
static void
pack(struct outbox *b, struct parcel *p, struct job *j)
{
	buf_clear(&p->mail);
	p->job = j;
	if (draft_write(j->letter->draft, &j->r, &p->mail) == 0) {
		post_bounce_address(&b->e->post, j->r.key, p->from);
		return;
	}
	settle(b, j, BOUNCE, "not an address that mail can go to", "");
	p->job = NULL;
}

/*
 * The mail that can begin before the one that goes is answered for: only what no other worker is
 * free to take, and never more than one, since it waits for as long as the server thinks about the first.
 */
static void
pack_behind(struct worker *w, struct parcel *p)
{
	struct outbox *b = w->box;
	struct job *j = NULL;

	p->job = NULL;
	if (w->smtp == NULL || !smtp_pipelines(w->smtp) || w->mails + 1 >= MAILS_PER_CONNECTION)
		return;
	pthread_mutex_lock(&b->e->lock);
	if (b->count > b->waiting && b->e->smtp_up && !b->e->stopping)
		j = take(b);
	pthread_mutex_unlock(&b->e->lock);
	if (j != NULL)
		pack(b, p, j);
}

/* The one behind is the next, unless meanwhile nothing can be sent any more. */
static void
move_up(struct worker *w)
{
	struct outbox *b = w->box;
	struct parcel behind = w->parcels[1];
	char why[160] = "";
	bool up, stopping;

	w->parcels[1] = w->parcels[0];
	w->parcels[0] = behind;
	if (behind.job == NULL || (w->smtp != NULL && w->smtp->begun))
		return;
	pthread_mutex_lock(&b->e->lock);
	up = b->e->smtp_up;
	stopping = b->e->stopping;
	snprintf(why, sizeof(why), "%s", b->e->smtp_why);
	if (stopping) {
		behind.job->next = b->first;
		b->first = behind.job;
		b->count++;
	}
	pthread_mutex_unlock(&b->e->lock);
	if (!up && !stopping)
		settle(b, behind.job, DEFER, why, "");
	if (!up || stopping)
		w->parcels[0].job = NULL;
}

static void
do_job(struct worker *w, struct job *j)
{
	struct email *e = w->box->e;
	struct parcel *p = &w->parcels[0];
	struct smtp_result res;

	for (pack(w->box, p, j); p->job != NULL; move_up(w)) {
		pack_behind(w, &w->parcels[1]);
		send_over(w, p, &w->parcels[1], &res);
		if (res.ours && !email_stopping(e))
			go_down(w->box, res.why);
		if (res.outcome == SENT)
			atomic_store(&w->box->tries, 0);
		settle(w->box, p->job, res.outcome, res.why, res.foreign);
	}
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
	char why[160];
	struct job *j;
	bool up, look_now;

	log_context(port_name(e->port));
	pthread_mutex_lock(&e->lock);
	while (!e->stopping) {
		j = next_job(w);
		up = e->smtp_up;
		snprintf(why, sizeof(why), "%s", e->smtp_why);
		look_now = w->number == 0 && !up && clock_ms() >= w->box->next_try;
		pthread_mutex_unlock(&e->lock);
		if (j != NULL && !up)
			settle(w->box, j, DEFER, why, "");
		else if (j != NULL)
			do_job(w, j);
		else if (look_now)
			look(w);
		else if (w->smtp != NULL && clock_ms() >= w->used + KEEP_MS)
			hang_up(w);
		pthread_mutex_lock(&e->lock);
	}
	pthread_mutex_unlock(&e->lock);
	hang_up(w);
	buf_free(&w->parcels[0].mail);
	buf_free(&w->parcels[1].mail);
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
	while ((j = take(b)) != NULL) {
		letter_drop(j->letter);
		free(j);
	}
	pthread_cond_destroy(&b->more);
	free(b);
}
