#ifndef HUDHUD_GATEWAY_CONTROL_H
#define HUDHUD_GATEWAY_CONTROL_H

#include "gateway/core.h"

/*
 * The operator's socket: hudhudctl speaks to it, one request a connection.  Only the user
 * the service runs as, and root, are heard.
 */
struct control;

/** Listen at ${path}, on a thread of its own.  NULL, after logging why. */
struct control *control_start(struct core *core, const char *path);

/** End what is under way and stop listening. */
void control_stop(struct control *c);

#endif
