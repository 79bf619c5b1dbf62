#ifndef HUDHUD_BASE_ZONE_H
#define HUDHUD_BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Time zones by name from the system's database (TZif files, RFC 8536), many at once and from any
 * thread: the C library knows one at a time, for the whole process.
 */
#define ZONE_NAME_SIZE 48

struct zone;

/**
 * The zone called ${name} ("Asia/Tokyo", as the database spells it); NULL: there is none, or no
 * database.  Read once and kept, a few hundred at most.  Give it back by zone_put() (NULL is fine).
 */
const struct zone *zone_get(const char *name);
void zone_put(const struct zone *z);

/** Seconds to add to ${at}, seconds since 1970, to get what clocks there show.  NULL: UTC. */
int zone_offset(const struct zone *z, int64_t at);

/**
 * When clocks there show ${local} (as if it were UTC): the first time where they show it twice, the
 * moment of the jump where they leap over it.
 */
int64_t zone_instant(const struct zone *z, int64_t local);

/** The day there at ${at}, counted from 1970-01-01, and the first day of the month that is ${months} behind its own. */
int64_t zone_day(const struct zone *z, int64_t at);
int64_t zone_month(int64_t day, int months);

/**
 * Find what somebody means by ${typed}: in any case, with blanks for "_", or its city alone.  True:
 * ${out} is the zone's name.  False: ${out} is the nearest there is, or "".
 */
bool zone_find(const char *typed, char out[ZONE_NAME_SIZE]);

/** The place number ${i} of the database's list, in the order of letters ("Africa/Abidjan" is one); NULL behind the last. */
const char *zone_place(size_t i);

#endif
