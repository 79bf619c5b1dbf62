#ifndef HUDHUD_GATEWAY_MENTION_H
#define HUDHUD_GATEWAY_MENTION_H

#include "gateway/parse.h"

/** Is there an "@name" at ${at} in ${text}, outside of addresses?  Fills ${name}, returns what follows, or NULL. */
const char *mention_at(const char *text, const char *at, char name[PARSE_NAME_SIZE]);

#endif
