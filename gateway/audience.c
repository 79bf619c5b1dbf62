#include "gateway/audience.h"

#include "store/people.h"

bool
audience_may(const struct audience *a)
{
	if (a->deleted)
		return false;
	if (a->viewer != 0 && a->viewer == a->author)
		return true;
	if (a->suspended || a->blocked)
		return false;
	if (a->to != 0)
		return a->viewer == a->to;
	/* Being named in it opens nothing: who protects what they say may talk about people, too. */
	return !a->author_protected || (a->viewer != 0 && a->follows);
}

bool
audience_sees(struct tx *tx, int64_t viewer, const struct status *s)
{
	struct audience a = {
		.viewer = viewer,
		.author = s->author,
		.to = s->to,
		.deleted = s->deleted != 0,
	};
	struct user author;
	enum follow_wants wants;

	/* asked anew: what ${s} says of its author is as old as ${s} */
	if (!user_by_id(tx, s->author, &author))
		return false;
	a.author_protected = author.is_protected;
	a.suspended = author.suspended;
	if (viewer != 0 && viewer != s->author) {
		a.follows = follow_get(tx, viewer, s->author, &wants) == FOLLOW_ACTIVE;
		a.blocked = block_between(tx, viewer, s->author);
	}
	return audience_may(&a);
}
