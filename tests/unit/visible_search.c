/* What pages show that go and look for it: conversations, and what is searched for. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/visible_ask.h"

static void
ask_conversation(struct tx *tx, const struct world *w, int v, int i)
{
	uint32_t on = world_conversation(w, i), should = 0;

	if (w->said[i].to != -1 || !world_may(w, v, i, AUDIENCE_SOUGHT))
		return;
	for (int k = 0; k < w->n; k++)
		if ((on >> k & 1) && k != i && w->said[k].to == -1 &&
		    world_may(w, v, k, AUDIENCE_SHOWN))
			should |= 1u << k;
	/* more of them are on the next page */
	if (__builtin_popcount(should) > TIMELINE_MAX)
		return;
	visit_page(tx, w, v, status_get_page, w->said[i].author, w->said[i].pos);
	tally(ASK_CONVERSATION, page_has, should, on & ~(1u << i));
}

/* ---- what is looked for */

static void
index_all(struct tx *tx)
{
	struct search_batch *b = mem_new(sizeof(*b));

	while (search_collect(tx, b)) {
		search_write(tx, b);
		search_batch_free(b);
	}
	free(b);
}

static int
bio_of(struct tx *tx, const struct world *w, int a, const char *bio)
{
	struct user u;

	user_by_id(tx, w->id[a], &u);
	mem_copy(u.bio, sizeof(u.bio), bio);
	return user_update(tx, &u);
}

/* By a word of what they say about themselves, people are found by whoever may read that. */
static void
ask_bios(struct tx *tx, const struct world *w, int v, int a)
{
	bool open = v == a;
	char text[64], *bio;

	if (w->n == 0)
		return;
	if (!open)
		open = !w->suspended[a] && (v == ANYBODY || !(w->block[v][a] || w->block[a][v])) &&
		       ((v != ANYBODY && w->follow[v][a].state == FOLLOW_ACTIVE) ||
			   !(w->closed[a] || w->silenced[a]));
	/* who is suspended is not there at all */
	open &= !w->suspended[a];
	world_text(&w->said[0], 0, text);
	bio = mem_printf("%s, a bio", text);
	bio_of(tx, w, a, bio);
	free(bio);
	visit_query = "q=bio";
	visit_page(tx, w, v, search_get, -1, 0);
	visit_query = NULL;
	tally(ASK_BIOS, page_has & 1, open, 1);
	bio_of(tx, w, a, "");
}

static void
ask_search(struct tx *tx, const struct world *w, int v, bool word)
{
	uint32_t on = 0, should = 0;

	index_all(tx);
	for (int i = 0; i < w->n; i++)
		if (w->said[i].to == -1 && w->said[i].repeats == -1 && w->said[i].word == word)
			on |= 1u << i;
	visit_query = word ? "q=" WORD : "q=nothing";
	visit_page(tx, w, v, search_get, -1, 0);
	visit_query = NULL;
	for (int i = 0; i < w->n; i++)
		if ((on >> i & 1) && world_may(w, v, i, AUDIENCE_SHOWN))
			should |= 1u << i;
	tally(ASK_SEARCH, page_has, should, (1u << w->n) - 1);
}

void
ask_found(struct tx *tx, const struct world *w, int v, int n)
{
	if (w->n > 0)
		ask_conversation(tx, w, v, world_dice(w->n));
	if (n % 8 != 0)
		return;
	ask_search(tx, w, v, world_dice(2) == 0);
	ask_bios(tx, w, v, world_dice(PEOPLE));
}
