#ifndef HUDHUD_GATEWAY_INDEXER_H
#define HUDHUD_GATEWAY_INDEXER_H

#include "store/store.h"

/*
 * A thread that makes what is said findable (store/search.h), behind the log: it reads and cuts by itself, and has
 * the committer write what comes of it, a piece at a time, so that nobody who says something waits for that.
 */
struct indexer;

/** Start it; what is not indexed yet comes first.  NULL, after logging why. */
struct indexer *indexer_start(struct store *s);
/** There may be something new: it is found within a second.  From any thread, costs next to nothing. */
void indexer_look(struct indexer *x);
/** Finish the piece that is under way, end it and free ${x}; NULL is nothing. */
void indexer_stop(struct indexer *x);

#endif
