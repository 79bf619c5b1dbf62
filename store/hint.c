#include "store/hint.h"

#include "store/tx.h"

struct hint *
hint_open(struct store *s)
{
	const struct store_driver *d = s->driver;
	struct hint *h = d->hint_open != NULL ? d->hint_open(s->where) : NULL;

	if (h != NULL)
		h->driver = d;
	return h;
}

void
hint_close(struct hint *h)
{
	if (h != NULL)
		h->driver->hint_close(h);
}

int
hint_fd(const struct hint *h, short *events)
{
	*events = 0;
	return h != NULL ? h->driver->hint_fd(h, events) : -1;
}

bool
hint_turn(struct hint *h, int64_t now)
{
	return h != NULL && h->driver->hint_turn(h, now);
}

void
hint_tell(struct hint *h)
{
	if (h != NULL)
		h->driver->hint_tell(h);
}

int
hint_wait(const struct hint *h, int64_t now)
{
	return h != NULL ? h->driver->hint_wait(h, now) : -1;
}
