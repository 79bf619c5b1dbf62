#ifndef HUDHUD_CHANNELS_XMPP_WATCH_H
#define HUDHUD_CHANNELS_XMPP_WATCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A watchdog for what blocks inside a library: shuts a socket down when its time is
 * over, so that the blocked thread gets an error.
 */
struct watch {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int fd; /* a duplicate: closing the original cannot make it mean another */
	int64_t deadline;
	bool running, calm, bitten;
};

/** Shut ${fd} down in ${ms}, unless watch_calm() comes first.  False without a descriptor or thread. */
bool watch_start(struct watch *w, int fd, int ms);

/** Stop watching; true if it had to bite.  Harmless when it does not run. */
bool watch_calm(struct watch *w);

#endif
