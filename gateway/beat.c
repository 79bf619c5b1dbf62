#include "gateway/beat.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/people.h"

#define KEEP_SECONDS 86400 /* a node that died is shown for so long */

void
beat_find(struct tx *tx, struct found *f)
{
	f->nodes_n = node_list(tx, f->nodes, NODES_MAX);
	f->serves_n = serves_list(tx, f->serves, SERVES_MAX);
	f->leases_n = lease_list(tx, f->leases, LEASES_MAX);
	f->moved = node_moved_away(tx);
	f->paused_n = channels_held(tx, f->paused, PAUSED_MAX);
}

/* What we hold, and did not give up, is ours still, at the same epoch? */
static bool
is_all_ours(const struct node_self *n)
{
	for (size_t i = 0; i < n->held_n; i++) {
		const struct lease *l = &n->held[i].lease;
		const struct lease *is = lease_find(
		    n->found.leases, n->found.leases_n, l->chan, l->shard);

		if (n->held[i].state != GIVEN &&
		    (is == NULL || is->owner != n->id || is->epoch != l->epoch))
			return false;
	}
	return true;
}

/* What the store says is ours is what we hold. */
static void
take_over(struct node_self *n)
{
	const struct found *f = &n->found;
	struct held *now = mem_new((f->leases_n + 1) * sizeof(*now)), *before;
	size_t count = 0;
	bool same = true;

	for (size_t i = 0; i < f->leases_n; i++) {
		if (f->leases[i].owner != n->id)
			continue;
		before = held_find(n, f->leases[i].chan, f->leases[i].shard);
		now[count] = (struct held){ .lease = f->leases[i] };
		if (before != NULL && before->state != GIVEN)
			now[count].state = before->state;
		else
			same = false;
		count++;
	}
	if (!same || count != n->held_n)
		n->changes++;
	memcpy(n->held, now, count * sizeof(*now));
	n->held_n = count;
	free(now);
}

static int
run(struct tx *tx, void *arg)
{
	struct node_self *n = arg;
	struct beat *b = &n->beat;
	int rc = STORE_OK;

	for (size_t i = 0; i < b->gives && rc >= 0; i++)
		rc = lease_release(tx, &b->give[i]);
	for (size_t i = 0; i < b->tells && rc >= 0; i++)
		rc = node_serve_up(tx, n->id, b->tell[i].chan, b->tell[i].up);
	for (size_t i = 0; i < b->claims && rc >= 0; i++) {
		rc = lease_claim(tx, &b->claim[i], b->beats[i], n->id);
		if (rc == STORE_FAILED)
			rc = STORE_OK; /* somebody was quicker */
	}
	if (rc >= 0 && b->forget != 0 && node_forget(tx, b->forget, b->forget_beat) < STORE_FAILED)
		return STORE_LATER;
	if (rc >= 0)
		rc = node_beat(tx, n->id, clock_wall());
	if (rc >= 0)
		beat_find(tx, &b->found);
	return rc;
}

static void
landed(struct store_job *job, int result)
{
	struct node_self *n = job->arg;

	n->beat.result = result;
	atomic_store(&n->landed, true);
	n->ring(n->cookie);
}

/*
 * A node that died a day ago is of no interest any more; nor one that died at all, where there are so
 * many (each start may be a new one) that those alive would not be seen among them.
 */
static void
choose_forgotten(struct node_self *n, int64_t now)
{
	const struct found *f = &n->found;

	n->beat.forget = 0;
	for (size_t i = 0; i < f->nodes_n; i++)
		if (f->nodes[i].id != n->id && sights_dead(&n->sights, f->nodes[i].id, now) &&
		    (f->nodes_n > NODES_MAX / 2 ||
			clock_wall() - f->nodes[i].seen > KEEP_SECONDS)) {
			n->beat.forget = f->nodes[i].id;
			n->beat.forget_beat = f->nodes[i].beat;
		}
}

static void
make_plan(struct node_self *n, int64_t now)
{
	const struct found *f = &n->found;
	struct share_world w = { .me = n->id,
		.now = now,
		.sights = &n->sights,
		.serves = f->serves,
		.serves_n = f->serves_n,
		.leases = f->leases,
		.leases_n = f->leases_n };

	share_plan(&w, &n->plan);
	n->company = false;
	for (size_t i = 0; i < f->nodes_n; i++)
		n->company |= f->nodes[i].id != n->id &&
			      !sights_dead(&n->sights, f->nodes[i].id, now);
}

/* What the plan gives up begins to drain; what it keeps after all, goes on. */
static void
follow_plan(struct node_self *n)
{
	bool *wished = mem_new(n->held_n + 1);

	for (size_t i = 0; i < n->plan.gives; i++) {
		const struct lease *l = &n->found.leases[n->plan.give[i]];
		const struct held *h = held_find(n, l->chan, l->shard);

		if (h != NULL)
			wished[h - n->held] = true;
	}
	for (size_t i = 0; i < n->held_n; i++) {
		struct held *h = &n->held[i];

		if (wished[i] == (h->state != KEPT))
			continue;
		h->state = wished[i] ? DRAINING : KEPT;
		n->changes++;
	}
	free(wished);
}

/* Who has come, and who is not seen any more: what that means is told where lanes are taken over. */
static void
tell_nodes(struct node_self *n, bool first, int64_t now)
{
	for (size_t i = 0; i < n->sights.n; i++) {
		struct sight *s = &n->sights.of[i];
		bool dead = sights_dead(&n->sights, s->id, now);
		const char *name = n->found.nodes[i].name;

		if (s->id != n->id && s->first == now && !dead && !first &&
		    strcmp(name, n->name) == 0)
			log_warn(
			    "node %s (%016llx) is called as this one is: set \"node\" to another name",
			    name, (unsigned long long)s->id);
		if (s->id == n->id || first)
			continue;
		if (dead && !s->told)
			log_warn("node %s (%016llx) has not been seen for %d s", name,
			    (unsigned long long)s->id, NODE_TTL_MS / 1000);
		else if (!dead && s->told)
			log_info("node %s (%016llx) is back", name, (unsigned long long)s->id);
		else if (s->first == now)
			log_info("node %s (%016llx) has come", name, (unsigned long long)s->id);
		s->told = dead;
	}
}

/* What the store has by now. */
static void
drop_old_news(struct node_self *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n->news_n; i++)
		for (size_t k = 0; k < n->found.serves_n; k++) {
			const struct serves *is = &n->found.serves[k];

			if (is->node == n->id && is->chan == n->news[i].chan &&
			    is->up != n->news[i].up)
				n->news[kept++] = n->news[i];
		}
	n->news_n = kept;
}

/* The beat that was begun at ${begun} is committed, and found what it found. */
void
beat_heard(struct node_self *n, int64_t begun, int64_t now)
{
	bool first;

	if (n->beat.found.moved != 0)
		log_die(
		    "the store was moved elsewhere: set \"store\" to where it is now; to go back to "
		    "this one see MOVE in hudhudctl(1)");
	if (n->newer_paused) {
		memcpy(n->beat.found.paused, n->found.paused, sizeof(n->found.paused));
		n->beat.found.paused_n = n->found.paused_n;
	}
	n->newer_paused = false;
	pthread_mutex_lock(&n->lock);
	n->found = n->beat.found;
	pthread_mutex_unlock(&n->lock);
	if (!is_all_ours(n)) {
		n->lost = "another node has taken over what it owned";
		return;
	}
	take_over(n);
	atomic_store(&n->acts_until, begun + NODE_HOLD_MS);
	first = n->sights.looked == 0;
	sights_see(&n->sights, n->found.nodes, n->found.nodes_n, now);
	tell_nodes(n, first, now);
	drop_old_news(n);
	make_plan(n, now);
	follow_plan(n);
	choose_forgotten(n, now);
	pthread_mutex_lock(&n->lock);
	n->shown_sights = n->sights;
	pthread_mutex_unlock(&n->lock);
}

static void
prepare_claims(struct node_self *n)
{
	struct beat *b = &n->beat;

	b->claims = n->plan.claims;
	for (size_t i = 0; i < b->claims; i++) {
		b->claim[i] = n->found.leases[n->plan.claim[i]];
		b->beats[i] = sights_beat(&n->sights, b->claim[i].owner);
	}
	n->plan.claims = 0;
}

/* The lanes of a channel go with its endpoint. */
static void
mark_given(struct node_self *n, const struct lease *l)
{
	for (size_t i = 0; i < n->held_n; i++) {
		const struct lease *is = &n->held[i].lease;

		if (is->chan == l->chan && (l->shard == SHARD_ENDPOINT || is->shard == l->shard))
			n->held[i].state = GIVEN;
	}
}

static void
prepare_gives(struct node_self *n)
{
	struct beat *b = &n->beat;

	b->gives = 0;
	for (size_t i = 0; i < n->held_n; i++)
		if (n->held[i].state == DRAINED) {
			b->give[b->gives++] = n->held[i].lease;
			mark_given(n, &n->held[i].lease);
			n->changes++;
		}
}

static void
send_beat(struct node_self *n, int64_t now)
{
	struct beat *b = &n->beat;

	prepare_claims(n);
	prepare_gives(n);
	b->tells = n->news_n;
	memcpy(b->tell, n->news, n->news_n * sizeof(n->news[0]));
	b->begun = now;
	b->job = (struct store_job){ .run = run, .arg = n, .done = landed };
	n->sent = true;
	n->next_at = now + NODE_BEAT_MS;
	store_submit(n->store, &b->job);
}

int
node_tick(struct node_self *n, int64_t now)
{
	if (n->alone || n->lost != NULL)
		return -1;
	if (n->sent && atomic_exchange(&n->landed, false)) {
		n->sent = false;
		if (n->beat.result == STORE_FENCED)
			n->lost = "the other nodes took it for dead";
		else if (n->beat.result >= STORE_OK)
			beat_heard(n, n->beat.begun, now);
		if (n->lost != NULL)
			return -1;
		if (n->plan.claims > 0)
			n->next_at = now;
	}
	if (n->sent)
		return -1;
	if (now >= n->next_at)
		send_beat(n, now);
	return n->sent ? -1 : (int)(n->next_at - now);
}
