#include "gateway/letters.h"

#include "store/people.h"

/* STORE_FAILED: it is not there any more, or cannot go anywhere; nothing was written. */
static int
settle_one(struct tx *tx, struct letters *l, int64_t id)
{
	int rc;

	if (!dead_get(tx, id, &l->dead))
		return STORE_FAILED;
	l->to = (struct user){ 0 };
	user_by_id(tx, l->dead.follower, &l->to);
	rc = l->retry ? dead_retry(tx, id, l->now) : dead_drop(tx, id);
	if (rc >= 0)
		l->n++;
	return rc;
}

int
letters_settle(struct tx *tx, void *arg)
{
	struct letters *l = arg;
	struct dead_filter f = { l->chan, l->code };
	int64_t ids[LETTERS_AT_ONCE];
	size_t n;
	int rc = STORE_OK;

	l->n = 0;
	l->more = false;
	l->last = l->after;
	if (l->id != 0)
		return settle_one(tx, l, l->id);
	n = dead_ids(tx, &f, l->after, ids, LETTERS_AT_ONCE);
	for (size_t i = 0; i < n; i++) {
		rc = settle_one(tx, l, ids[i]);
		if (rc < 0 && rc != STORE_FAILED)
			return rc;
		l->last = ids[i];
	}
	l->more = n == LETTERS_AT_ONCE;
	return STORE_OK;
}
