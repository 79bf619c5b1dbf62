#ifndef HUDHUD_BASE_PROCESS_H
#define HUDHUD_BASE_PROCESS_H

#include <stdint.h>

/** What this process uses of the machine. */
struct process_figures {
	int64_t resident, size; /* bytes of memory */
	int64_t cpu_us;         /* of all its threads, since it began */
	int64_t fds, fds_max;   /* open descriptors, and how many there may be; -1: any number */
	int64_t threads;
};

/** Read them; what /proc does not tell is 0. */
void process_figures(struct process_figures *p);

#endif
