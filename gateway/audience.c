#include "gateway/audience.h"

/* The rules for one author and one pair of eyes, whatever else is in it. */
static bool
is_open(const struct audience *a)
{
	bool follows = a->viewer != 0 && a->follows;

	if (a->deleted)
		return false;
	if (a->viewer != 0 && a->viewer == a->author)
		return true;
	if (a->suspended || a->blocked)
		return false;
	if (a->muted && a->way != AUDIENCE_SOUGHT)
		return false;
	if (a->to != 0)
		return a->viewer == a->to && (!a->silenced || follows);
	/* Being named in it opens nothing: who protects what they say may talk about people, too. */
	return !(a->author_protected || a->silenced) || follows;
}

bool
audience_may(const struct audience *a)
{
	const struct audience *first = a->first;

	if (!is_open(a))
		return false;
	if (first == NULL)
		return true;
	/* Whose words it has decides, too, even over what its author sees of it. */
	if (!is_open(first))
		return false;
	return a->way != AUDIENCE_BROUGHT || a->viewer == a->author ||
	       (!first->gets && first->viewer != first->author);
}
