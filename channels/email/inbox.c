/*
 * The thread that reads mail: everything in the mailbox goes to the core, and leaves the mailbox
 * only when the core has said what became of it.  Nothing is remembered beyond that: after a crash
 * the mailbox itself says what is still to be done, and the core knows what it had already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/email/imap.h"
#include "channels/email/mail.h"

#define BATCH 16            /* mails that wait for a verdict at once */
#define IDLE_MS (9 * 60000) /* some routers forget a quiet connection after ten */
#define POLL_MS 30000       /* for a server without IDLE */
#define VERDICT_MS 60000    /* the core says nothing: as if it had said "later" */
#define LATER_MAX_TRIES 6
#define SKIPS 4096
#define FETCH_TRIES 2
#define STACK_BYTES (4 * 1024 * 1024) /* GMime goes down 1024 levels */

/* A mail that is left where it is for a while. */
struct skip {
	uint32_t uid;
	unsigned tries;
	int64_t until; /* clock_ms(); INT64_MAX: until the next start */
};

struct told {
	uint64_t token;
	enum verdict verdict;
};

struct entry {
	uint32_t uid;
	uint64_t token; /* of port_receive(); 0: nothing to wait for */
	enum { MOVE_NOT_YET, MOVE_DONE, MOVE_REJECT, MOVE_LATER } move;
};

struct inbox {
	struct email *e;
	pthread_t thread;
	bool started;
	struct bell *bell;           /* a verdict came */
	struct told told[BATCH * 4]; /* under the lock */
	size_t told_n;

	/* The thread's own. */
	struct imap imap;
	uint32_t validity;
	struct skip skips[SKIPS];
	size_t skip_n;
	struct entry batch[BATCH];
	size_t batch_n;
	bool progress; /* in this session */
	bool alone; /* the server cannot tell of several mails at once: one of them is to blame */
};

struct inbox *
inbox_new(struct email *e)
{
	struct inbox *b = mem_new(sizeof(*b));

	b->e = e;
	b->bell = bell_new();
	if (b->bell != NULL)
		return b;
	free(b);
	return NULL;
}

void
inbox_verdict(struct inbox *b, uint64_t token, enum verdict v)
{
	pthread_mutex_lock(&b->e->lock);
	/* More than can be asked for: the thread has given up on the oldest. */
	if (b->told_n == sizeof(b->told) / sizeof(b->told[0]))
		memmove(b->told, b->told + 1, --b->told_n * sizeof(b->told[0]));
	b->told[b->told_n++] = (struct told){ token, v };
	pthread_mutex_unlock(&b->e->lock);
	bell_ring(b->bell);
}

static struct skip *
skip_of(struct inbox *b, uint32_t uid)
{
	for (size_t i = 0; i < b->skip_n; i++)
		if (b->skips[i].uid == uid)
			return &b->skips[i];
	return NULL;
}

/* Leave ${uid} alone for ${ms}, or, if it was tried ${max} times (0: no limit), for good. */
static void
leave(struct inbox *b, uint32_t uid, unsigned max)
{
	struct skip *s = skip_of(b, uid);

	if (s == NULL) {
		if (b->skip_n == SKIPS)
			memmove(b->skips, b->skips + 1, --b->skip_n * sizeof(b->skips[0]));
		s = &b->skips[b->skip_n++];
		*s = (struct skip){ .uid = uid };
	}
	s->until = clock_ms() +
		   port_backoff(s->tries < LATER_MAX_TRIES ? s->tries : LATER_MAX_TRIES);
	s->tries++;
	if (max > 0 && s->tries >= max) {
		log_warn("mail %u cannot be read: it stays in the mailbox and is passed over", uid);
		s->until = INT64_MAX;
	}
}

static void
forget(struct inbox *b, uint32_t uid)
{
	struct skip *s = skip_of(b, uid);

	if (s != NULL)
		*s = b->skips[--b->skip_n];
}

/* How long until one of those left alone is to be tried again; at most ${ms}. */
static int
until_next(const struct inbox *b, int ms)
{
	int64_t now = clock_ms(), left;

	for (size_t i = 0; i < b->skip_n; i++) {
		left = b->skips[i].until - now;
		if (b->skips[i].until != INT64_MAX && left < ms)
			ms = left > 0 ? (int)left : 0;
	}
	return ms;
}

static void
hand_over(struct inbox *b, const struct mail *m, struct entry *en)
{
	struct inbound in = {
		.peer = m->peer,
		.to = m->to,
		.foreign = m->foreign,
		.text = m->text,
		.text_len = strlen(m->text),
		.reply_to = m->reply_to,
		.token = m->token,
		.proof = m->proof,
	};

	en->token = port_receive(b->e->port, &in);
}

/* What the mail is decides where it goes; a letter only after the core's verdict. */
static void
sort(struct inbox *b, const struct mail *m, struct entry *en)
{
	char why[48];

	switch (m->sort) {
	case MAIL_LETTER:
		hand_over(b, m, en);
		break;
	case MAIL_REPORT:
		snprintf(why, sizeof(why), "the mail came back: %s", m->status);
		port_report(b->e->port, m->key, m->report, why);
		log_info("mail %u reports on %s: %s", en->uid, m->key, m->status);
		en->move = MOVE_DONE;
		break;
	case MAIL_MACHINE:
		log_info("mail %u is by a machine (%s): not posted", en->uid, m->why);
		en->move = MOVE_DONE;
		break;
	case MAIL_BAD:
		log_info("mail %u is refused: %s", en->uid, m->why);
		en->move = MOVE_REJECT;
		break;
	}
}

static int
read_one(struct inbox *b, struct entry *en)
{
	struct mail m;
	char *raw;
	size_t n;

	if (imap_fetch(&b->imap, en->uid, &raw, &n) == -1) {
		leave(b, en->uid, b->imap.parse_error ? FETCH_TRIES : 2 * FETCH_TRIES);
		return -1;
	}
	if (raw == NULL) {
		en->move = MOVE_LATER;
		return 0;
	}
	mail_read(&b->e->post, b->e->authserv, raw, n, &m);
	free(raw);
	sort(b, &m, en);
	mail_free(&m);
	return 0;
}

static bool
take_verdicts(struct inbox *b)
{
	bool waiting = false;

	pthread_mutex_lock(&b->e->lock);
	for (size_t i = 0; i < b->batch_n; i++) {
		struct entry *en = &b->batch[i];

		for (size_t k = 0; k < b->told_n && en->move == MOVE_NOT_YET; k++) {
			if (b->told[k].token != en->token)
				continue;
			en->move = b->told[k].verdict == VERDICT_KEPT      ? MOVE_DONE
				   : b->told[k].verdict == VERDICT_REFUSED ? MOVE_REJECT
									   : MOVE_LATER;
		}
		waiting |= en->move == MOVE_NOT_YET;
	}
	if (!waiting)
		b->told_n = 0;
	pthread_mutex_unlock(&b->e->lock);
	return waiting;
}

/* Wait until the core has said something of each; -1 when we are to stop. */
static int
wait_for_verdicts(struct inbox *b)
{
	int64_t by = clock_ms() + VERDICT_MS, left;

	while (take_verdicts(b)) {
		left = by - clock_ms();
		if (left <= 0)
			break;
		bell_wait(b->bell, bell_fd(b->e->wire.stop), (int)left);
		bell_heard(b->bell);
		if (email_stopping(b->e))
			return -1;
	}
	for (size_t i = 0; i < b->batch_n; i++)
		if (b->batch[i].move == MOVE_NOT_YET)
			b->batch[i].move = MOVE_LATER;
	return 0;
}

static int
move_all(struct inbox *b, int where, const char *folder)
{
	uint32_t uids[BATCH];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < b->batch_n; i++)
		if ((int)b->batch[i].move == where)
			uids[n++] = b->batch[i].uid;
	r = imap_move(&b->imap, uids, n, folder);
	if (r == -1)
		return -1;
	if (r == 1)
		log_warn("the server does not move mail to %s: done mail stays", folder);
	for (size_t i = 0; i < n; i++) {
		if (r == 1)
			leave(b, uids[i], 0);
		else
			forget(b, uids[i]);
	}
	return 0;
}

/*
 * Read b->batch; ${strike} marks each while it is being read, so that one that ends the process
 * is known by it afterwards.
 */
static int
do_batch(struct inbox *b, int strike)
{
	uint32_t uids[BATCH];

	for (size_t i = 0; i < b->batch_n; i++)
		uids[i] = b->batch[i].uid;
	if (b->batch_n == 0)
		return 0;
	if (imap_strike(&b->imap, uids, b->batch_n, strike) == -1)
		return -1;
	for (size_t i = 0; i < b->batch_n; i++)
		if (read_one(b, &b->batch[i]) == -1)
			return -1;
	if (imap_strike(&b->imap, uids, b->batch_n, -1) == -1 || wait_for_verdicts(b) == -1)
		return -1;
	for (size_t i = 0; i < b->batch_n; i++)
		if (b->batch[i].move == MOVE_LATER)
			leave(b, b->batch[i].uid, 0);
	return move_all(b, MOVE_DONE, b->e->processed) == -1 ||
		       move_all(b, MOVE_REJECT, b->e->rejected) == -1
		   ? -1
		   : 0;
}

static int
reject_killer(struct inbox *b, uint32_t uid)
{
	log_warn(
	    "mail %u ended this process several times: it is put into %s", uid, b->e->rejected);
	if (imap_strike(&b->imap, &uid, 1, -1) == -1)
		return -1;
	b->batch[0] = (struct entry){ .uid = uid, .move = MOVE_REJECT };
	b->batch_n = 1;
	return move_all(b, MOVE_REJECT, b->e->rejected);
}

/* Up to BATCH mails: those without a mark together, the suspicious ones one at a time. */
static int
do_some(struct inbox *b, const uint32_t *uids, size_t n)
{
	struct imap_mail mails[BATCH] = { 0 };
	int rc;

	for (size_t i = 0; i < n; i++)
		mails[i].uid = uids[i];
	if (imap_look(&b->imap, mails, n) == -1) {
		if (b->imap.parse_error && n == 1)
			leave(b, uids[0], FETCH_TRIES);
		b->alone = b->imap.parse_error;
		return -1;
	}
	b->batch_n = 0;
	for (size_t i = 0; i < n; i++)
		if (mails[i].uid != 0 && mails[i].strikes == 0)
			b->batch[b->batch_n++] = (struct entry){ .uid = mails[i].uid };
	rc = do_batch(b, 0);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (mails[i].uid == 0 || mails[i].strikes == 0)
			continue;
		if (mails[i].strikes >= IMAP_STRIKES) {
			rc = reject_killer(b, mails[i].uid);
			continue;
		}
		b->batch[0] = (struct entry){ .uid = mails[i].uid };
		b->batch_n = 1;
		rc = do_batch(b, (int)mails[i].strikes);
	}
	return rc;
}

/* One pass over ${uids}: those never tried, or else those whose time has come again. */
static int
pass(struct inbox *b, const uint32_t *uids, size_t n, bool again)
{
	uint32_t some[BATCH];
	size_t count = 0;
	struct skip *s;
	int rc = 0;

	for (size_t i = 0; i <= n; i++) {
		if (count == (b->alone ? 1 : BATCH) || (i == n && count > 0)) {
			if (do_some(b, some, count) == -1 || email_stopping(b->e))
				return -1;
			b->progress = true;
			count = 0;
			rc = 1;
		}
		if (i == n)
			break;
		s = skip_of(b, uids[i]);
		if (again ? s != NULL && s->until <= clock_ms() : s == NULL)
			some[count++] = uids[i];
	}
	return rc;
}

/* Everything in the mailbox that is not to be left alone now.  1: there was something. */
static int
sweep(struct inbox *b)
{
	uint32_t *uids;
	size_t n;
	int rc, more;

	if (imap_list(&b->imap, &uids, &n) == -1)
		return -1;
	rc = pass(b, uids, n, false);
	more = rc == -1 ? -1 : pass(b, uids, n, true);
	if (more != -1)
		b->alone = false;
	free(uids);
	return more == 0 ? rc : more;
}

/* One session, from the connection to its end. */
static int
serve(struct inbox *b)
{
	int rc;

	b->imap = (struct imap){ .e = b->e };
	b->progress = false;
	if (imap_open(&b->imap) == -1)
		return -1;
	if (b->validity != b->imap.validity)
		b->skip_n = 0;
	b->validity = b->imap.validity;
	email_imap_state(b->e, NULL);
	while (!email_stopping(b->e)) {
		rc = sweep(b);
		if (rc == -1)
			return -1;
		if (rc == 0 && imap_wait(&b->imap, NULL,
				   until_next(b, b->imap.idle ? IDLE_MS : POLL_MS)) == -1)
			return -1;
	}
	return 0;
}

static void *
work(void *arg)
{
	struct inbox *b = arg;
	unsigned tries = 0;

	log_context(port_name(b->e->port));
	while (!email_stopping(b->e)) {
		if (serve(b) == -1 && !email_stopping(b->e)) {
			email_imap_state(b->e, imap_fault(&b->imap));
			if (b->progress)
				tries = 0;
			imap_close(&b->imap);
			bell_wait(b->e->wire.stop, -1, port_backoff(tries++));
		}
		imap_close(&b->imap);
	}
	return NULL;
}

void
inbox_start(struct inbox *b)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (pthread_create(&b->thread, &attr, work, b) != 0)
		log_die("no thread to read mail with");
	pthread_attr_destroy(&attr);
	b->started = true;
}

void
inbox_stop(struct inbox *b)
{
	bell_ring(b->bell);
	if (b->started)
		pthread_join(b->thread, NULL);
}

void
inbox_free(struct inbox *b)
{
	if (b == NULL)
		return;
	bell_free(b->bell);
	free(b);
}
