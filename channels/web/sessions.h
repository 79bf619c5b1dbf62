#ifndef HUDHUD_CHANNELS_WEB_SESSIONS_H
#define HUDHUD_CHANNELS_WEB_SESSIONS_H

#include "channels/web/web.h"
#include "store/session.h"

/** A new session of ${user} for the visitor, with ${token}, in ${s}: to be given to session_begin(). */
void session_of(const struct visit *v, const char *token, int64_t user, struct session *s);

/** The visitor uses ${s}: note that, once in a while, without waiting for it. */
void session_note(struct visit *v, const struct session *s);

/** Add the visitor's sessions to the view, for pages/sessions.html. */
void sessions_view(struct visit *v);

#endif
