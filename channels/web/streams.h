#ifndef HUDHUD_CHANNELS_WEB_STREAMS_H
#define HUDHUD_CHANNELS_WEB_STREAMS_H

#include "channels/web/web.h"

/*
 * Server-sent events: GET /events?page=PAGE tells whoever looks at that page how many things have come to it since,
 * as soon as they are committed; the page itself fetches them where it wants them, by the way that everybody goes.  So
 * nothing is rendered for a stream, and a slow reader has one number waiting, not a queue.  The id of an
 * event is a position of the log, from which who comes back goes on.
 */
struct streams;
struct stream;

/** At most ${max} at once.  Its thread sleeps while there is nothing new. */
struct streams *streams_start(struct web *w, unsigned max);
/** End them all, and take no more; within ${ms}. */
void streams_end(struct streams *s, int ms);
/** Release it, once the server has stopped. */
void streams_free(struct streams *s);

/** One goes: for visit_free(). */
void stream_forget(struct stream *st);

#endif
