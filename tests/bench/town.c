/*
 * town STATE CHANNELS FOLLOWERS MIX AUTHORS FANS - make a store in the folder STATE, with people in it.
 *   CHANNELS   as the settings name them, in their order: web=web,jabber=xmpp
 *   FOLLOWERS  u0, u1 ... follow a0, whose phone is +491700000000
 *   MIX        shares of their addresses: xmpp=80,sms=20; what is missing from 100 has none
 *   AUTHORS    a1, a2 ... (phone +491700000001 ...), each followed by FANS of those
 * The follower u7 is u7@localhost, +491500000007 or u7@test.example (or at $TOWN_DOMAIN).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gateway/ladder.h"
#include "store/people.h"

#define BATCH 10000
#define CHANNELS_MAX 8

struct share {
	char kind[12];
	unsigned percent;
};

static char *names[CHANNELS_MAX], *kinds[CHANNELS_MAX];
static int ids[CHANNELS_MAX];
static size_t channels;
static struct share shares[CHANNELS_MAX];
static size_t shares_n;
static int64_t *followers; /* their users */
static const char *domain;
static unsigned long followers_n, authors, fans;

static size_t
split(char *list, char **left, char **right)
{
	char *word, *equals;
	size_t n = 0;

	while ((word = strsep(&list, ",")) != NULL && *word != '\0') {
		equals = strchr(word, '=');
		if (equals == NULL || n == CHANNELS_MAX)
			log_die("%s: NAME=VALUE is wanted", word);
		*equals = '\0';
		left[n] = word;
		right[n++] = equals + 1;
	}
	return n;
}

static int
chan_of(const char *kind)
{
	for (size_t i = 0; i < channels; i++)
		if (strcmp(kinds[i], kind) == 0)
			return ids[i];
	log_die("no channel of kind %s", kind);
}

static int
add(struct tx *tx, const char *name, const char *kind, const char *peer, int64_t *id)
{
	struct user u = { .lang = "en", .zone = "UTC" };
	struct address a = { .state = ADDRESS_VERIFIED, .since = clock_wall() };

	mem_copy(u.name, sizeof(u.name), name);
	if (user_add(tx, &u) < 0)
		return STORE_FAILED;
	*id = u.id;
	if (kind == NULL)
		return STORE_OK;
	mem_copy(a.kind, sizeof(a.kind), kind);
	mem_copy(a.peer, sizeof(a.peer), peer);
	a.user = u.id;
	a.chan = chan_of(kind);
	return address_add(tx, &a) < 0 ? STORE_FAILED : ladder_settle(tx, u.id);
}

static int
add_author(struct tx *tx, unsigned long i, int64_t *id)
{
	char *name = mem_printf("a%lu", i), *peer = mem_printf("+4917%08lu", i);
	int r = add(tx, name, "sms", peer, id);

	free(name);
	free(peer);
	return r;
}

/* The kind of follower ${i}'s address; NULL: none. */
static const char *
kind_of(unsigned long i)
{
	unsigned at = (unsigned)(i * 37 % 100); /* so that few have every kind */

	for (size_t k = 0; k < shares_n; k++) {
		if (at < shares[k].percent)
			return shares[k].kind;
		at -= shares[k].percent;
	}
	return NULL;
}

static int
add_follower(struct tx *tx, unsigned long i, int64_t star)
{
	const char *kind = kind_of(i);
	char *name = mem_printf("u%lu", i), *peer;
	int r;

	if (kind != NULL && strcmp(kind, "sms") == 0)
		peer = mem_printf("+4915%08lu", i);
	else
		peer = mem_printf(
		    "u%lu@%s", i, kind != NULL && strcmp(kind, "xmpp") == 0 ? "localhost" : domain);
	r = add(tx, name, kind, peer, &followers[i]);
	free(name);
	free(peer);
	if (r < 0)
		return r;
	return follow_set(tx, followers[i], star, FOLLOW_ACTIVE, WANTS_ALL);
}

/* What one transaction does. */
struct part {
	unsigned long from, to;
	int64_t star;
};

static int
do_begin(struct tx *tx, void *arg)
{
	struct part *p = arg;
	const char *n[CHANNELS_MAX], *k[CHANNELS_MAX];

	memcpy(n, names, sizeof(n));
	memcpy(k, kinds, sizeof(k));
	if (channels_register(tx, n, k, channels, ids) < 0)
		return STORE_FAILED;
	return add_author(tx, 0, &p->star);
}

static int
do_followers(struct tx *tx, void *arg)
{
	struct part *p = arg;

	for (unsigned long i = p->from; i < p->to; i++)
		if (add_follower(tx, i, p->star) < 0)
			return STORE_FAILED;
	return STORE_OK;
}

static int
do_authors(struct tx *tx, void *arg)
{
	struct part *p = arg;
	int64_t id;

	for (unsigned long i = p->from; i < p->to; i++) {
		if (add_author(tx, i, &id) < 0)
			return STORE_FAILED;
		for (unsigned long j = 0; j < fans; j++)
			if (follow_set(tx, followers[(i * fans + j) % followers_n], id,
				FOLLOW_ACTIVE, WANTS_ALL) < 0)
				return STORE_FAILED;
	}
	return STORE_OK;
}

static void
all(struct store *s, store_fn *fn, struct part *p, unsigned long first, unsigned long end,
    unsigned long batch)
{
	for (p->from = first; p->from < end; p->from = p->to) {
		p->to = end - p->from < batch ? end : p->from + batch;
		if (store_write(s, fn, p) < 0)
			log_die("the store refuses what comes after %lu", p->from);
	}
}

int
main(int argc, char **argv)
{
	char *kind[CHANNELS_MAX], *percent[CHANNELS_MAX];
	struct part p = { 0 };
	struct store *s;

	if (argc != 7)
		log_die("usage: town STATE CHANNELS FOLLOWERS MIX AUTHORS FANS");
	channels = split(argv[2], names, kinds);
	followers_n = strtoul(argv[3], NULL, 10);
	shares_n = split(argv[4], kind, percent);
	for (size_t i = 0; i < shares_n; i++) {
		mem_copy(shares[i].kind, sizeof(shares[i].kind), kind[i]);
		shares[i].percent = (unsigned)strtoul(percent[i], NULL, 10);
	}
	authors = strtoul(argv[5], NULL, 10);
	fans = strtoul(argv[6], NULL, 10);
	domain = getenv("TOWN_DOMAIN") == NULL ? "test.example" : getenv("TOWN_DOMAIN");
	followers = mem_new((followers_n + 1) * sizeof(*followers));
	s = store_open("sqlite:hudhud.db", argv[1]);
	if (s == NULL || store_write(s, do_begin, &p) < 0)
		log_die("no store");
	all(s, do_followers, &p, 0, followers_n, BATCH);
	all(s, do_authors, &p, 1, authors + 1, BATCH / (fans + 1) + 1);
	store_close(s);
	free(followers);
	return 0;
}
