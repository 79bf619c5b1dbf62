#ifndef HUDHUD_CHANNELS_WEB_FRAMING_H
#define HUDHUD_CHANNELS_WEB_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where a request ends must be read the same way by us and by any proxy in front, or a stranger's
 * bytes become another person's request.  What could be read in two ways is refused.
 */
struct framing {
	unsigned headers, hosts, lengths, codings;
	size_t length;   /* Content-Length; SIZE_MAX: beyond counting */
	const char *end; /* of the line before, as it came by the wire; NULL: not known */
	bool bad;
};

/**
 * Say where the request line stands, as it came by the wire: its address ends at ${uri_end}, its last word is
 * ${version}.  Then each header must be the next line there.  What the library glues together of two lines,
 * cuts at a NUL or ends at a bare LF is bad, for others may read it in another way.  ${in_place}: lines are left where
 * they came, with a NUL for their end.
 */
void framing_begin(struct framing *f, const char *uri_end, const char *version, bool in_place);

/** Look at one header. */
void framing_add(
    struct framing *f, const char *name, size_t name_len, const char *value, size_t len);

/** After the last: 0, or 400, 413 (longer than ${max}), 431. */
unsigned framing_verdict(const struct framing *f, bool http10, size_t max);

struct sockaddr;

/** Write the address of ${peer} (NULL is none) into ${out}: "192.0.2.1"; "unix" where it has none. */
void framing_peer(const struct sockaddr *peer, char out[64]);

/**
 * Who asks?  ${remote} is the peer; where that is ${proxy}, it becomes the one for whom it asks, by its X-Forwarded-For
 * ${list} (NULL is none).  True if that is the loopback or a unix socket, beyond doubt: a proxy here that nobody
 * has named asks for anyone, so it counts for nothing if there is a list, or ${host} (NULL is none) names another machine.
 */
bool framing_origin(char remote[64], const char *proxy, const char *list, const char *host);

/** Write the nearest hop that the X-Forwarded-For ${list} names into ${out}; false, and nothing, if it is no address. */
bool framing_forwarded(const char *list, char out[64]);

#endif
