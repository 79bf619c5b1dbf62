#ifndef HUDHUD_CHANNELS_XMPP_POOL_H
#define HUDHUD_CHANNELS_XMPP_POOL_H

#include <stddef.h>
#include <strophe.h>

/*
 * Memory for libstrophe, counted: its parser takes whatever the server sends.
 */
struct pool {
	xmpp_mem_t mem; /* to give to the library */
	size_t used;
	void (*over)(void *cookie); /* called while more than POOL_MAX are in use */
	void *cookie;
};

#define POOL_MAX (12u << 20)

/** Make ${p} ready. */
void pool_init(struct pool *p, void (*over)(void *cookie), void *cookie);

#endif
