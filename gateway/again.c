/*
 * A copy that was settled and is reported lost: the behind row has passed it, and going back would bring all
 * that came since.  So it goes by itself, as answers do, under its own key.
 */
#include "gateway/again.h"

#include <stdlib.h>

#include "base/mem.h"
#include "gateway/audience.h"
#include "gateway/receive.h"
#include "gateway/rungs.h"

#define KEEP (30 * 86400)

/* Those up to the one that lost it had their turn. */
static void
mark_lost(struct rungs *r, int chan)
{
	bool passed = false;

	for (size_t i = r->c.n; i-- > 0;) {
		passed |= r->rung[i].chan == chan;
		r->rung[i].refused = passed;
	}
}

static int
put(struct tx *tx, const struct rungs *r, const struct ladder_choice *choice, const char *key)
{
	const struct address *a = &r->address[choice->rung >= 0 ? choice->rung : choice->park];
	struct answer out = { .chan = a->chan, .at = r->c.now, .next_at = r->c.now };
	int rc;

	if (choice->rung < 0)
		out.next_at = choice->until != LADDER_EVENT ? choice->until : r->c.now + 3600;
	mem_copy(out.kind, sizeof(out.kind), a->kind);
	mem_copy(out.peer, sizeof(out.peer), a->peer);
	mem_copy(
	    out.lang, sizeof(out.lang), r->user.lang[0] != '\0' ? r->user.lang : r->site->lang);
	out.text = mem_dup("");
	out.foreign = mem_printf("=%s", key);
	rc = answer_add(tx, &out);
	free(out.text);
	free(out.foreign);
	return rc;
}

int
again_bring(
    struct tx *tx, const struct site *site, int64_t pos, int64_t user, int chan, int64_t now)
{
	struct ladder_choice choice = { .rung = LADDER_NONE };
	struct rungs r;
	struct status s;
	char key[64];
	int rc = 0;

	if (!status_get(tx, pos, &s))
		return 0;
	delivery_key(key, pos, user);
	if (audience_brings(tx, user, &s) && rungs_get(tx, site, user, now, NULL, NULL, &r)) {
		mark_lost(&r, chan);
		rungs_choose(&r, owed_class(tx, user, &s), &choice);
		/* Once: whoever reports may do so again and again. */
		if (choice.rung != LADDER_NONE && tally_add(tx, "again", key, now, KEEP) == 1)
			rc = put(tx, &r, &choice, key) == STORE_OK;
		rungs_put(&r);
	}
	free((char *)s.text);
	return rc;
}
