/* The address of somebody's home as a feed, for readers that cannot log in: made, renewed, ended. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/settings.h"
#include "gateway/alert.h"
#include "store/feed.h"

#define KEYS_AN_HOUR 20
#define HOUR 3600

bool
feed_key_hash(const char *key, unsigned char hash[32])
{
	if (strlen(key) != FEED_KEY_SIZE - 1 ||
	    strspn(key, "abcdefghijklmnopqrstuvwxyz234567") != FEED_KEY_SIZE - 1)
		return false;
	secret_hash(key, strlen(key), hash);
	return true;
}

/*
 * The store knows a key by its hash; the session that made it can read it again, from what it alone can open.
 * The key, or NULL; the caller frees it.
 */
static char *
own_key(const struct visit *v, const struct feed_key *kept)
{
	char *key = secret_open(v->token, kept->sealed);
	unsigned char hash[32];

	if (key == NULL || feed_key_hash(key, hash))
		return key;
	free(key);
	return NULL;
}

static void
add_feeds(struct visit *v, const char *key)
{
	char *query = mem_printf("key=%s", key);

	layout_feeds(v, lang_text(v->lang, N_("What your people are doing")), "/home", query);
	free(query);
}

void
feed_key_offer(struct visit *v)
{
	struct feed_key kept;
	char *key = NULL;

	if (v->me.id && feed_key_get(v->tx, v->me.id, &kept))
		key = own_key(v, &kept);
	if (key)
		add_feeds(v, key);
	free(key);
}

void
settings_feed_get(struct visit *v)
{
	struct view *w = settings_view(v, N_("A feed of your own"));
	struct feed_key kept;
	char *key;

	if (feed_key_get(v->tx, v->me.id, &kept)) {
		view_number(w, "made", kept.made);
		view_text(w, "url", v->web->site->url);
		if ((key = own_key(v, &kept)) != NULL)
			add_feeds(v, key);
		free(key);
	}
	layout_answer(v, "settings_feed", 200);
}

/* ---- to change it */

struct work {
	struct visit *visit;
	bool off, often;
	unsigned char hash[32];
	struct feed_key kept;
};

static int
write_key(struct tx *tx, void *arg)
{
	struct work *w = arg;
	const struct visit *v = w->visit;
	struct alert al;
	char who[24];

	if (w->off)
		return feed_key_end(tx, v->me.id);
	snprintf(who, sizeof who, "%" PRId64, v->me.id);
	w->often = tally_add(tx, "web-feed-key", who, v->now, HOUR) > KEYS_AN_HOUR;
	if (w->often)
		return STORE_OK;
	alert_begin(&al, tx, v->web->site, v->now, v->me.id);
	alert_say(&al, NULL, NULL,
	    N_("Your private feed has a new address. Was that not you? {url}/settings/feed"), "url",
	    v->web->site->url, NULL);
	return feed_key_set(tx, v->me.id, w->hash, &w->kept);
}

static void
work(void *arg, bool dropped)
{
	struct work *w = arg;
	struct visit *v = w->visit;

	v->result = dropped ? STORE_LATER : core_write(v->web->core, write_key, w);
	httpd_go(v->http);
}

static void
written(struct visit *v)
{
	const struct work *w = v->work;

	if (v->result < 0)
		visit_error(v, 503);
	else if (w->often)
		visit_error(v, 429);
	else
		settings_done(v, SETTINGS_FEED, w->off ? "feed-off" : "feed");
}

/* On a worker, since the fan-out must hear of it: there is somebody to be told. */
static void
begin(struct visit *v, struct work *w)
{
	w->visit = v;
	v->work = w;
	visit_wait(v, written);
	if (workers_add(v->web->workers, work, w))
		return;
	v->result = STORE_LATER;
	httpd_go(v->http);
}

void
settings_feed_post(struct visit *v)
{
	struct work *w = mem_new(sizeof *w);
	char key[FEED_KEY_SIZE], *sealed;

	secret_new_token(key);
	secret_new_token(key + SECRET_TOKEN_SIZE - 1);
	feed_key_hash(key, w->hash);
	sealed = secret_seal(v->token, key);
	w->kept.made = v->now;
	mem_copy(w->kept.sealed, sizeof w->kept.sealed, sealed);
	explicit_bzero(key, sizeof key);
	free(sealed);
	begin(v, w);
}

void
settings_feed_off(struct visit *v)
{
	struct work *w = mem_new(sizeof *w);

	w->off = true;
	begin(v, w);
}
