#ifndef HUDHUD_TESTS_UNIT_VISIBLE_ASK_H
#define HUDHUD_TESTS_UNIT_VISIBLE_ASK_H

#include "channels/web/web.h"
#include "gateway/site.h"
#include "tests/unit/visible_world.h"

enum output {
	ASK_ONE,
	ASK_LANE,
	ASK_OWED,
	ASK_PUBLIC,
	ASK_HOME,
	ASK_REPLIES,
	ASK_DIRECTS,
	ASK_FAVOURITES,
	ASK_PROFILE,
	ASK_STATUS,
	ASK_FEED,
	ASK_FEED_PUBLIC,
	ASK_FEED_HOME,
	ASK_GONE,
	ASK_GET,
	ASK_TRACE,
	ASK_SEARCH,
	ASK_CONVERSATION,
	ASK_BIOS,
	ASK_PICTURE,
	ASKED
};
extern const char *const outputs[ASKED]; /* in words */
/** Of all that was asked: seen and not to be, or the other way round; rightly seen; rightly not. */
extern long wrong[ASKED], given[ASKED], withheld[ASKED];

/** Ask the outputs what somebody in ${w}, the ${n}th world, sees; the people's home is ${chan}. */
void ask_all(struct tx *tx, const struct world *w, int chan, const struct site *site, int n);

/* ---- for the files that ask */

/** Of ${all} in this world: what ${is} was seen, what ${should} have been; bits. */
void tally(enum output o, uint32_t is, uint32_t should, uint32_t all);
/**
 * Ask for ${page}, with the query ${visit_query} where that is not NULL, as ${v} does: of person ${whose} (-1:
 * nobody), of what stands at ${pos}.  What was said and is on it goes to ${page_has}.
 */
void visit_page(
    struct tx *tx, const struct world *w, int v, web_page *page, int whose, int64_t pos);
extern const char *visit_query;
extern bool visit_rss; /* feeds are to be RSS */
extern uint32_t page_has;
#define PAGE_GONE 32
extern int64_t page_gone[PAGE_GONE]; /* positions that it says were taken back */
extern size_t page_gone_n;
/** Which of what ${on} (bits) says belongs on the page may be seen?  That is what is there. */
void ask_page(enum output o, const struct world *w, int v, uint32_t on, enum audience_way way);
/** Which of ${w} was said at ${pos}?  -1: none. */
int index_of(const struct world *w, int64_t pos);

/**
 * visible_feeds.c: ask for the feed that ${o} is, of person ${whose} (-1: nobody), or of ${v}'s home; ${on} says what
 * belongs in it, and ${v} is whose eyes count.
 */
void ask_feed(struct tx *tx, const struct world *w, enum output o, int v, int whose, uint32_t on,
    enum audience_way way);

/** visible_search.c: conversations and what is looked for; ${n} as of ask_all(). */
void ask_found(struct tx *tx, const struct world *w, int v, int n);

#endif
