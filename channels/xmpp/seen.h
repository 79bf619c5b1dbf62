#ifndef HUDHUD_CHANNELS_XMPP_SEEN_H
#define HUDHUD_CHANNELS_XMPP_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEEN 1024 /* people remembered for each purpose */

/** Some people and when they were met; the oldest is forgotten first. */
struct seen {
	char *who[SEEN];
	int64_t at[SEEN];
	size_t next;
};

/** Remember ${who}, by a copy; false if they were met less than ${ms} ago (-1: at all). */
bool seen_first(struct seen *s, const char *who, int64_t ms);
/** They are to be met anew. */
void seen_forget(struct seen *s, const char *who);
/** Release what it holds. */
void seen_free(struct seen *s);

#endif
