#ifndef HUDHUD_CHANNELS_WEB_FRAMING_H
#define HUDHUD_CHANNELS_WEB_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "channels/web/httpd.h"

struct sockaddr;

/*
 * Where a request ends must be read the same way by us and by any proxy in front, or a stranger's
 * bytes become another person's request.  What could be read in two ways is refused.
 */
struct framing {
	unsigned headers, hosts, lengths, codings;
	size_t length; /* Content-Length; SIZE_MAX: beyond counting */
	bool bad;
};

/** Look at one header. */
void framing_add(
    struct framing *f, const char *name, size_t name_len, const char *value, size_t len);

/** After the last: 0, or 400, 413 (longer than ${max}), 431. */
unsigned framing_verdict(const struct framing *f, bool http10, size_t max);

/** Which of the headers that are kept is ${name}?  HTTP_HEADERS: none. */
enum request_header framing_kept(const char *name);

/** Write the address that ${sa} (may be NULL) is into ${out}, "192.0.2.1"; "unix" where it is none. */
void framing_remote(const struct sockaddr *sa, char out[64]);

/** Write the nearest hop that the X-Forwarded-For ${list} names into ${out}; nothing if it is no address. */
void framing_forwarded(const char *list, char out[64]);

#endif
