#ifndef HUDHUD_GATEWAY_OFFLINE_H
#define HUDHUD_GATEWAY_OFFLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"

/*
 * What hudhudctl does itself while the service does not run: moving its store, and restoring a backup.
 * Both print how they get on, and what is to be done then.
 */

/** Say on standard error what is wrong with ${what}; ${why} may be NULL.  -1. */
int offline_fail(const char *what, const char *why);

/**
 * Carry out ${args}[0..n), "move" or "restore" with its arguments, on the service whose settings ${top}
 * are.  1: done; -1: not, after saying why on standard error.
 */
int offline_run(const struct conf_section *top, const char *const *args, size_t n, bool json);

#endif
