#ifndef HUDHUD_CHANNELS_WEB_PICTURE_H
#define HUDHUD_CHANNELS_WEB_PICTURE_H

#include "channels/web/web.h"

/* Pictures of people. */

/** Add the face of the user ${name}, ${id}, to ${w} for pages/face.html; ${hash} is their picture's, or "". */
void picture_face(struct view *w, const char *name, int64_t id, const char *hash);
/** A file was sent that is too long to be looked at. */
void picture_too_long(struct visit *v);
/** Where alone a file may be sent, by who has logged in, and how long such a body may be. */
#define UPLOAD_PATH "/settings/picture"
#define UPLOAD_MAX (1024 * 1024)

#endif
