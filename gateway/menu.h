#ifndef HUDHUD_GATEWAY_MENU_H
#define HUDHUD_GATEWAY_MENU_H

#include "base/buf.h"

/** Add to ${out} what a channel that shows lists is told of the commands: a frame for each language. */
void menu_put(struct buf *out);

#endif
