#ifndef HUDHUD_CHANNELS_WEB_LISTEN_H
#define HUDHUD_CHANNELS_WEB_LISTEN_H

#include <stdbool.h>

/** Where the server listens. */
struct listener {
	int fd;
	char path[108]; /* of a unix socket, or "" */
};

/** Listen on ${address} (CONF_ADDRESS).  False, after logging why. */
bool listen_open(struct listener *l, const char *address);

/** Let ${n} descriptors be open at once; where the system does not let us, that is logged. */
void listen_room(unsigned n);

/** Close it and remove its unix socket. */
void listen_close(struct listener *l);

#endif
