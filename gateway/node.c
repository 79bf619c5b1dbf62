#include "gateway/node.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/beat.h"

/* ---- the name */

/* It stands in lines of words, so it is one. */
static void
set_name(struct node_self *n, const char *name)
{
	char host[256] = "";

	if (name[0] == '\0' && gethostname(host, sizeof(host) - 1) == 0)
		name = host;
	for (size_t i = 0; i < NODE_NAME_MAX && name[i] != '\0'; i++)
		n->name[i] = (char)(isalnum((unsigned char)name[i]) || strchr("._-", name[i])
					? name[i]
					: '-');
	if (n->name[0] == '\0')
		mem_copy(n->name, sizeof(n->name), "node");
}

static int64_t
new_id(void)
{
	int64_t id = 0;

	while (id == 0)
		if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
			log_die("no random numbers: %s", strerror(errno));
		else
			id &= INT64_MAX;
	return id;
}

static int64_t
read_former(const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned long long id = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%llx", &id) != 1 || id > INT64_MAX)
		id = 0;
	fclose(f);
	return (int64_t)id;
}

/* Where this fails, the next life waits as if this one had been another's. */
static void
write_id(const struct node_self *n)
{
	FILE *f = n->path != NULL ? fopen(n->path, "we") : NULL;

	if (f == NULL)
		return;
	fprintf(f, "%llx\n", (unsigned long long)n->id);
	fclose(f);
}

struct node_self *
node_new(
    struct store *s, const char *name, const char *path, void (*ring)(void *cookie), void *cookie)
{
	struct node_self *n = mem_new(sizeof(*n));

	n->store = s;
	n->alone = store_is_alone(s);
	n->id = new_id();
	n->path = mem_dup(path);
	n->former = path != NULL ? read_former(path) : 0;
	n->ring = ring;
	n->cookie = cookie;
	set_name(n, name);
	pthread_mutex_init(&n->lock, NULL);
	return n;
}

void
node_free(struct node_self *n)
{
	if (n == NULL)
		return;
	pthread_mutex_destroy(&n->lock);
	free(n->path);
	free(n);
}

int64_t
node_id(const struct node_self *n)
{
	return n->id;
}

/* ---- joining and leaving */

int
node_enter(struct tx *tx, struct node_self *n)
{
	struct node is = { .id = n->id, .started = clock_wall() };
	int rc;

	mem_copy(is.name, sizeof(is.name), n->name);
	rc = n->former != 0 ? node_remove(tx, n->former) : STORE_OK;
	if (rc == STORE_OK)
		rc = node_add(tx, &is);
	return rc == STORE_OK && n->alone ? node_alone(tx, n->id) : rc;
}

int
node_offer(struct tx *tx, struct node_self *n, int chan, bool once)
{
	int rc = node_serve(tx, n->id, chan);

	return rc == STORE_OK ? endpoint_set(tx, chan, once) : rc;
}

int
node_settle(struct tx *tx, struct node_self *n)
{
	int rc = n->alone ? lease_take_all(tx, n->id) : STORE_OK;

	beat_find(tx, &n->beat.found);
	return rc;
}

static int
leave(struct tx *tx, void *arg)
{
	return node_remove(tx, ((struct node_self *)arg)->id);
}

void
node_leave(struct node_self *n)
{
	if (store_write(n->store, leave, n) == STORE_OK)
		return;
	if (n->alone)
		log_info(
		    "the store cannot be told that this process leaves: the next start sees to that");
	else
		log_info("the store cannot be told that this node leaves: the others will see");
}

void
node_joined(struct node_self *n, int64_t begun, int64_t now)
{
	write_id(n);
	beat_heard(n, begun, now);
	n->next_at = now;
	if (n->alone)
		atomic_store(&n->acts_until, INT64_MAX);
	else
		log_info("this node is %s, %016llx", n->name, (unsigned long long)n->id);
}

/* ---- what we hold */

struct held *
held_find(const struct node_self *n, int chan, int shard)
{
	for (size_t i = 0; i < n->held_n; i++)
		if (n->held[i].lease.chan == chan && n->held[i].lease.shard == shard)
			return (struct held *)&n->held[i];
	return NULL;
}

bool
node_has(const struct node_self *n, int chan, int shard, int64_t *epoch)
{
	const struct held *h = held_find(n, chan, shard);

	if (h == NULL || h->state == GIVEN)
		return false;
	if (epoch != NULL)
		*epoch = h->lease.epoch;
	return true;
}

static bool
has_endpoint(const struct node_self *n, int chan)
{
	return held_find(n, chan, SHARD_ENDPOINT) != NULL;
}

bool
node_keeps(const struct node_self *n, int chan, int shard)
{
	/* The lanes of a channel with an endpoint go as that goes. */
	const struct held *h = held_find(n, chan, has_endpoint(n, chan) ? SHARD_ENDPOINT : shard);

	return h != NULL && h->state == KEPT;
}

void
node_drained(struct node_self *n, int chan, int shard)
{
	struct held *h = held_find(n, chan, shard);

	if (h == NULL || h->state != DRAINING)
		return;
	h->state = DRAINED;
	n->next_at = 0;
}

bool
node_shares(const struct node_self *n, int chan)
{
	for (size_t i = 0; i < n->found.serves_n; i++)
		if (n->found.serves[i].chan == chan)
			return true;
	return false;
}

bool
node_is_up(const struct node_self *n, int chan, int shard)
{
	const struct found *f = &n->found;
	const struct lease *l = lease_find(f->leases, f->leases_n, chan, shard);
	int64_t owner = l != NULL ? l->owner : 0;

	for (size_t i = 0; i < f->serves_n; i++)
		if (f->serves[i].node == owner && f->serves[i].chan == chan)
			return f->serves[i].up && !sights_dead(&n->sights, owner, n->sights.looked);
	return false;
}

const char *
node_owner(const struct node_self *n, int chan, int shard)
{
	const struct found *f = &n->found;
	const struct lease *l = lease_find(f->leases, f->leases_n, chan, shard);

	for (size_t i = 0; l != NULL && i < f->nodes_n; i++)
		if (f->nodes[i].id == l->owner)
			return f->nodes[i].name;
	return "";
}

bool
node_is_paused(const struct node_self *n, int chan)
{
	for (size_t i = 0; i < n->found.paused_n; i++)
		if (n->found.paused[i] == chan)
			return true;
	return false;
}

void
node_pause(struct node_self *n, int chan, bool pause)
{
	struct found *f = &n->found;
	size_t kept = 0;

	pthread_mutex_lock(&n->lock);
	for (size_t i = 0; i < f->paused_n; i++)
		if (f->paused[i] != chan)
			f->paused[kept++] = f->paused[i];
	if (pause && kept < PAUSED_MAX)
		f->paused[kept++] = chan;
	f->paused_n = kept;
	pthread_mutex_unlock(&n->lock);
	n->newer_paused = n->sent;
}

void
node_tell(struct node_self *n, int chan, bool up)
{
	size_t i = 0;

	if (n->alone)
		return;
	while (i < n->news_n && n->news[i].chan != chan)
		i++;
	if (i == SERVES_OWN_MAX)
		return;
	n->news[i] = (struct serves){ .node = n->id, .chan = chan, .up = up };
	n->news_n += i == n->news_n;
}

bool
node_may_act_at(const struct node_self *n, int64_t now)
{
	return now < atomic_load(&n->acts_until);
}

int64_t
node_acts_until(const struct node_self *n)
{
	return atomic_load(&n->acts_until);
}

bool
node_may_act(const struct node_self *n)
{
	return n->alone || node_may_act_at(n, clock_boot());
}

unsigned
node_changes(const struct node_self *n)
{
	return n->changes;
}

const char *
node_lost(const struct node_self *n)
{
	return n->lost;
}

bool
node_has_company(const struct node_self *n)
{
	return n->company;
}

size_t
node_show(
    struct node_self *n, struct node_view *out, size_t max, struct lease *leases, size_t *leases_n)
{
	const struct found *f = &n->found;
	int64_t now = clock_boot();
	size_t count;

	if (n->alone)
		return *leases_n = 0;
	pthread_mutex_lock(&n->lock);
	count = f->nodes_n < max ? f->nodes_n : max;
	for (size_t i = 0; i < count; i++)
		out[i] = (struct node_view){ .node = f->nodes[i],
			.here = f->nodes[i].id == n->id,
			.alive = f->nodes[i].id == n->id
				     ? node_may_act_at(n, now)
				     : !sights_dead(&n->shown_sights, f->nodes[i].id,
					   n->shown_sights.looked) };
	*leases_n = f->leases_n < *leases_n ? f->leases_n : *leases_n;
	memcpy(leases, f->leases, *leases_n * sizeof(*leases));
	pthread_mutex_unlock(&n->lock);
	return count;
}
