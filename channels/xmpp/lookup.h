#ifndef HUDHUD_CHANNELS_XMPP_LOOKUP_H
#define HUDHUD_CHANNELS_XMPP_LOOKUP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Finding the server's addresses without holding up the channel: the resolver waits on
 * a thread of its own.
 */
struct lookup;

#define LOOKUP_MAX 16

struct lookup_address {
	char ip[INET6_ADDRSTRLEN];
	uint16_t port;
};

/**
 * Begin to look for ${host}: its addresses with ${port}; if ${srv}, for what its SRV records for
 * _xmpp-client._tcp name first, best first.
 */
struct lookup *lookup_start(const char *host, uint16_t port, bool srv);

/** A descriptor that polls readable when it is done. */
int lookup_fd(const struct lookup *l);

/** Take what was found, at most LOOKUP_MAX; return how many, 0 with ${why} if none. */
size_t lookup_take(struct lookup *l, struct lookup_address *out, const char **why);

/** Release it, done or not.  NULL is fine. */
void lookup_drop(struct lookup *l);

#endif
