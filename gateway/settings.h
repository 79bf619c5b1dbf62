#ifndef HUDHUD_GATEWAY_SETTINGS_H
#define HUDHUD_GATEWAY_SETTINGS_H

#include "gateway/channel.h"

/** Where the settings are when nobody says. */
#define SETTINGS_FILE SYSCONFDIR "/hudhud/hudhud.conf"

/** The schema of the whole file, with the channels of ${kinds}; the same each time, never freed. */
const struct conf_schema *settings_schema(const struct channel_kind *const *kinds);

/**
 * Read the settings: ${path}, or where that is NULL the file above if there is one, else the
 * defaults.  Faults as conf_load().
 */
struct conf *settings_load(
    const char *path, const struct channel_kind *const *kinds, struct conf_faults *faults);

/**
 * Take the lock that only one process at a time has on the folder ${state}.  A descriptor, which holds it
 * until it is closed; or -1 with errno, EWOULDBLOCK if another process has it.
 */
int settings_lock(const char *state);

#endif
