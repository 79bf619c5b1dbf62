#ifndef HUDHUD_STORE_SESSION_H
#define HUDHUD_STORE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* Who has logged in to the pages, from which browsers. */

#define SESSION_IDLE (30 * 86400)   /* seconds: unused for so long, it is over; */
#define SESSION_WHOLE (180 * 86400) /* and so it is after these, however much it is used */
#define SESSION_STEP 3600           /* its use is written down once in so many */
#define SESSIONS_MAX 50             /* of one user; the one unused for longest makes room */
#define SESSION_AGENT_MAX 39

/** A session, known by the hash of its token. */
struct session {
	unsigned char id[32];
	int64_t user;
	int64_t made, seen, expires;       /* wall seconds; seen to the step */
	char agent[SESSION_AGENT_MAX + 1]; /* "Firefox/Linux": what it is used with; "": unknown */
};

/** Begin ${s}, of which id, user, made and agent are set. */
int session_begin(struct tx *tx, const struct session *s);
/** Find ${id}; false: there is none, or it is over at ${now}. */
bool session_find(struct tx *tx, const unsigned char id[32], int64_t now, struct session *s);
/** Should session_seen() be called? */
bool session_is_stale(const struct session *s, int64_t now);
/** ${id} is used at ${now}: it lasts longer for that. */
int session_seen(struct tx *tx, const unsigned char id[32], int64_t now);
/** Fill ${out}[0..max) with ${user}'s that are not over, those used last first; return how many. */
size_t session_list(struct tx *tx, int64_t user, int64_t now, struct session *out, size_t max);
/** End ${id}. */
int session_drop(struct tx *tx, const unsigned char id[32]);
/** End all of ${user} but ${but}. */
int sessions_end(struct tx *tx, int64_t user, const unsigned char but[32]);

#endif
