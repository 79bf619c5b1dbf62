#ifndef HUDHUD_CHANNELS_WEB_STREAMS_PARTS_H
#define HUDHUD_CHANNELS_WEB_STREAMS_PARTS_H

#include "channels/web/streams.h"
#include "store/change.h"

/* What streams.c and news.c share. */

/** What a stream is about. */
enum about { ABOUT_PUBLIC, ABOUT_HOME, ABOUT_REPLIES, ABOUT_DIRECT, ABOUT_ADDRESSES, ABOUTS };

/** What is looked up for one stream, without its lock. */
struct news {
	uint64_t id; /* the stream's */
	enum about about;
	int64_t user; /* 0: nobody */
	bool fresh;   /* since the position ${last}, and nobody has looked yet */
	int64_t last;
	int64_t at; /* the moment for ABOUT_ADDRESSES */

	int n;       /* so many things have come */
	int64_t pos; /* the last of them */
};

/**
 * Count what has come behind the position *${seen} (-1: nobody has looked), which moves to the log's head, for each of
 * ${list}[0..n); they are sorted by id then.  False: the store is away, and all is as it was.
 */
bool news_look(struct store *s, int64_t *seen, struct news *list, size_t n);

#endif
