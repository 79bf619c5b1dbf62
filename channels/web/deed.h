#ifndef HUDHUD_CHANNELS_WEB_DEED_H
#define HUDHUD_CHANNELS_WEB_DEED_H

#include "channels/web/web.h"

/* One status, and what may be done about it. */

/* ---- status.c */
/** The status that the visitor asks for, if they may see it; ${s}->text is the caller's.  False: that has been said. */
bool status_find(struct visit *v, struct status *s);
/** Answer with its page; ${wrong} says what could not be done about it, or is NULL. */
void status_show(struct visit *v, const char *wrong);

/* ---- deed.c */
/** Which of ${s}[0..n) are favourites of the visitor's: in ${kept}. */
void deeds_kept(const struct visit *v, const struct status *s, size_t n, bool *kept);
/** Add what the visitor may do about ${s}, a favourite of theirs if ${kept}, to its view; ${alone} on its own page. */
void deeds_view(struct visit *v, struct view *w, const struct status *s, bool kept, bool alone);

#endif
