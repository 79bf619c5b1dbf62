#ifndef HUDHUD_GATEWAY_NEAR_H
#define HUDHUD_GATEWAY_NEAR_H

#include "gateway/parse.h"

/**
 * Was the status ${text}, which begins with ${word} (folded) and goes on with ${args}, meant as a command and
 * typed wrong?  Then near, near_sure and name of ${out} are set.
 */
void near_find(
    const char *text, const char *word, const char *args, const char *lang, struct parsed *out);

#endif
