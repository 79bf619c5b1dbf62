/* Feeds: anybody may ask, in both formats, and for a home whoever has its key. */
#include "base/log.h"
#include "store/feed.h"
#include "tests/unit/visible_ask.h"

/* Is told of what would be to be seen if it stood, and of nothing else. */
static void
ask_gone(const struct world *w, int v, uint32_t on, enum audience_way way)
{
	struct world back = *w;
	uint32_t is = 0, should = 0;

	for (int i = 0; i < w->n; i++)
		back.said[i].deleted = false;
	for (int i = 0; i < w->n; i++)
		if ((on >> i & 1) && w->said[i].deleted && world_may(&back, v, i, way))
			should |= 1u << i;
	for (size_t k = 0; k < page_gone_n; k++)
		if (index_of(w, page_gone[k]) >= 0)
			is |= 1u << index_of(w, page_gone[k]);
	tally(ASK_GONE, is, should, (1u << w->n) - 1);
}

/* ${user} alone has a key, and whoever asks shows it. */
static void
give_key(struct tx *tx, int64_t user)
{
	static const struct feed_key kept = { .made = 1 };
	unsigned char hash[32];

	visit_query = "key=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
	feed_key_hash(visit_query + 4, hash);
	feed_key_set(tx, user, hash, &kept);
}

/* RSS knows no deletions. */
void
ask_feed(struct tx *tx, const struct world *w, enum output o, int v, int whose, uint32_t on,
    enum audience_way way)
{
	static web_page *const pages[ASKED] = {
		[ASK_FEED] = feed_user, [ASK_FEED_PUBLIC] = feed_public, [ASK_FEED_HOME] = feed_home
	};

	if (o == ASK_FEED_HOME)
		give_key(tx, w->id[v]);
	visit_rss = true;
	visit_page(tx, w, ANYBODY, pages[o], whose, 0);
	visit_rss = false;
	ask_page(o, w, v, on, way);
	if (page_gone_n > 0)
		log_die("a deletion in RSS");
	visit_page(tx, w, ANYBODY, pages[o], whose, 0);
	ask_page(o, w, v, on, way);
	ask_gone(w, v, on, way);
	if (o == ASK_FEED_HOME)
		feed_key_end(tx, w->id[v]);
	visit_query = NULL;
}
