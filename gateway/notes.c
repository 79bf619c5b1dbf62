/* What is noted for the next checkpoint: everything is copied, the committer touches nothing of the fan-out's. */
#include "gateway/notes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "gateway/fanout.h"
#include "gateway/ladder.h"
#include "gateway/silence.h"
#include "store/pending.h"
#include "store/spend.h"

#define MORE_SECONDS 3600 /* what was held is not kept twice for long */
#define BOUNCES_MAX 3     /* in a row, then the address is failing */

struct dead_note {
	struct dead_note *next;
	int64_t pos, follower;
	int chan;
	char code[80];
};

struct receipt_note {
	struct receipt_note *next;
	int64_t pos, follower;
	int chan;
	char foreign[];
};

struct bounce_note {
	struct bounce_note *next;
	char kind[12], peer[PEER_MAX + 1];
	int64_t follower;
	bool ok;
};

struct more_note {
	struct more_note *next;
	char kind[12], peer[PEER_MAX + 1];
	char body[];
};

struct spend_note {
	struct spend_note *next;
	char kind[12], peer[PEER_MAX + 1];
	int64_t follower, cost;
	int chan;
};

void
checkpoint_dead(struct core *c, int64_t pos, int64_t follower, int chan, const char *code)
{
	struct dead_note *d = mem_new(sizeof(*d));
	struct channel *ch = fanout_channel(c, chan);

	if (ch != NULL)
		meter_add(ch->meter, METER_FAILED, 1);
	d->pos = pos;
	d->follower = follower;
	d->chan = chan;
	text_cut(d->code, sizeof(d->code), code);
	d->next = c->notes.deads;
	c->notes.deads = d;
	checkpoint_dirty(c, 0);
}

void
checkpoint_receipt(struct core *c, int64_t pos, int64_t follower, int chan, const char *foreign)
{
	size_t n = strlen(foreign) + 1;
	struct receipt_note *r = mem_new(sizeof(*r) + n);

	memcpy(r->foreign, foreign, n);
	r->pos = pos;
	r->follower = follower;
	r->chan = chan;
	r->next = c->notes.receipts;
	c->notes.receipts = r;
	checkpoint_dirty(c, GATHER_MS);
}

void
checkpoint_bounce(struct core *c, const char *kind, const char *peer, int64_t follower, bool ok)
{
	struct bounce_note *b = mem_new(sizeof(*b));

	mem_copy(b->kind, sizeof(b->kind), kind);
	mem_copy(b->peer, sizeof(b->peer), peer);
	b->follower = follower;
	b->ok = ok;
	b->next = c->notes.bounces;
	c->notes.bounces = b;
	checkpoint_dirty(c, 0);
}

void
checkpoint_spend(
    struct core *c, const char *kind, const char *peer, int64_t follower, int chan, int64_t cost)
{
	struct spend_note *s = mem_new(sizeof(*s));

	mem_copy(s->kind, sizeof(s->kind), kind);
	mem_copy(s->peer, sizeof(s->peer), peer);
	s->follower = follower;
	s->chan = chan;
	s->cost = cost;
	s->next = c->notes.spends;
	c->notes.spends = s;
	checkpoint_dirty(c, GATHER_MS);
}

void
checkpoint_more(struct core *c, const char *kind, const char *peer, const char *body)
{
	size_t n = strlen(body) + 1;
	struct more_note *m = mem_new(sizeof(*m) + n);

	mem_copy(m->kind, sizeof(m->kind), kind);
	mem_copy(m->peer, sizeof(m->peer), peer);
	memcpy(m->body, body, n);
	m->next = c->notes.mores;
	c->notes.mores = m;
	checkpoint_dirty(c, 0);
}

static int
write_spend(struct tx *tx, const struct spend_note *s, int64_t now)
{
	struct user u = { .id = s->follower };

	if (u.id == 0)
		user_by_address(tx, s->kind, s->peer, &u, NULL);
	return spend_add(tx, u.id, s->chan, s->cost, now);
}

/* An address that bounces again and again steps down from the ladder. */
static int
write_bounce(struct tx *tx, const struct site *site, int64_t now, const struct bounce_note *b)
{
	int n = address_outcome(tx, b->kind, b->peer, b->ok);

	if (n < BOUNCES_MAX)
		return n < 0 ? n : STORE_OK;
	if (address_set_state(tx, b->kind, b->peer, ADDRESS_FAILING) < 0)
		return STORE_FAILED;
	if (n == BOUNCES_MAX)
		silence_failed(tx, site, now, b->follower, b->kind, b->peer);
	return ladder_settle(tx, b->follower);
}

int
notes_write(struct tx *tx, const struct notes *n, int64_t now)
{
	int rc = STORE_OK;

	for (struct dead_note *d = n->deads; d != NULL && rc >= 0; d = d->next)
		rc = dead_add(tx, d->pos, d->follower, d->chan, d->code, now);
	for (struct receipt_note *r = n->receipts; r != NULL && rc >= 0; r = r->next)
		rc = receipt_add(tx, r->pos, r->follower, r->chan, r->foreign, now);
	for (struct spend_note *s = n->spends; s != NULL && rc >= 0; s = s->next)
		rc = write_spend(tx, s, now);
	for (struct more_note *m = n->mores; m != NULL && rc >= 0; m = m->next)
		rc = pending_put(tx, "more", m->kind, m->peer, m->body, "", now + MORE_SECONDS);
	return rc;
}

int
notes_write_bounces(struct tx *tx, const struct site *site, int64_t now, const struct notes *n)
{
	int rc = STORE_OK;

	for (struct bounce_note *b = n->bounces; b != NULL && rc >= 0; b = b->next)
		rc = write_bounce(tx, site, now, b);
	return rc;
}

void
notes_written(struct core *c, const struct notes *n)
{
	struct who *w;

	for (struct spend_note *s = n->spends; s != NULL; s = s->next) {
		w = s->follower != 0 ? who_find(c, s->follower) : NULL;
		if (w == NULL || w->spending == 0)
			continue;
		w->spending--;
		window_advance(c, w);
	}
}

void
notes_free(struct notes *n)
{
	struct dead_note *d;
	struct receipt_note *r;
	struct bounce_note *b;
	struct spend_note *s;
	struct more_note *m;

	while ((d = n->deads) != NULL) {
		n->deads = d->next;
		free(d);
	}
	while ((r = n->receipts) != NULL) {
		n->receipts = r->next;
		free(r);
	}
	while ((b = n->bounces) != NULL) {
		n->bounces = b->next;
		free(b);
	}
	while ((s = n->spends) != NULL) {
		n->spends = s->next;
		free(s);
	}
	while ((m = n->mores) != NULL) {
		n->mores = m->next;
		free(m);
	}
}
