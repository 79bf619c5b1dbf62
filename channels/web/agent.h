#ifndef HUDHUD_CHANNELS_WEB_AGENT_H
#define HUDHUD_CHANNELS_WEB_AGENT_H

#include <stddef.h>

/**
 * What browser is it, and on what?  "Firefox/Linux" of the User-Agent header ${header} (NULL: there was none) in
 * ${out}: one of the names that are known here, or "" where there is none, so that nothing of what a stranger
 * wrote is kept.  Pure; fuzzed.
 */
void agent_name(const char *header, char *out, size_t size);

#endif
