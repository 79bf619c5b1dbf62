#ifndef HUDHUD_STORE_REPORT_H
#define HUDHUD_STORE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

/** What somebody told the operator about somebody. */
struct report {
	int64_t id;
	int64_t reporter, about; /* users */
	int64_t pos;             /* the last of theirs that the reporter had seen; 0: none */
	int64_t at;
	const char *text; /* why, or ""; during a callback the store's */
};

/**
 * Keep ${r}, whose id it sets.  There is one open report of the same about the same: another puts its text and
 * position into that, and 1 is returned; else STORE_OK.
 */
int report_put(struct tx *tx, struct report *r);
/** Those that are open, the oldest first, from behind ${after} on, until ${each} returns false. */
void report_each(
    struct tx *tx, int64_t after, bool (*each)(void *cookie, const struct report *r), void *cookie);
/** How many are open, and since when the oldest (0: none). */
int64_t report_count(struct tx *tx, int64_t *oldest);
/** It has been seen to, at ${now}; it goes after a month.  STORE_FAILED: none with this id is open. */
int report_close(struct tx *tx, int64_t id, int64_t now);

#endif
