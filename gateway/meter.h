#ifndef HUDHUD_GATEWAY_METER_H
#define HUDHUD_GATEWAY_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "gateway/receive.h"

/*
 * What happened, in numbers, since the process began: a reading of the settings does not begin them anew.
 * To count costs some nanoseconds, for a copy as for anything else, and any thread may.
 */
struct meter;
struct meter_channel;

/** What is counted of each channel. */
enum meter_count {
	METER_STATUSES,  /* came in and became a status or a direct message */
	METER_COMMANDS,  /* came in and was something else */
	METER_REPEATS,   /* came in once more */
	METER_AUTOMATIC, /* came from a machine, and had no effect */
	METER_REFUSED,   /* came in, and is not to come again */
	METER_LATER,     /* came in, and is to come again later */
	METER_DELIVERED, /* copies of statuses that the network took */
	METER_SUMMARIES, /* copies that were several in one */
	METER_ANSWERS,   /* what the service said to one address */
	METER_DEFERRED,  /* attempts that ended in DEFER */
	METER_BOUNCED,   /* attempts that ended in BOUNCE */
	METER_FAILED,    /* copies that were given up: dead */
	METER_REPORTED,  /* copies that the network took and lost, as it said later: dead, too */
	METER_SILENT,    /* answers that were given up */
	METER_COST,      /* thousandths, of what was delivered */
	METER_ENDS,      /* of its process, but for those that were wanted */
	METER_COUNTS
};

/** How a copy that arrived went: at the first try, with nothing in the way; or by way of a behind row that owed it. */
enum meter_way { METER_PROMPT, METER_OWED, METER_WAYS };

/** What is counted of pages. */
enum meter_page {
	METER_HTTP_1XX, /* answers, by the first digit of their status */
	METER_HTTP_2XX,
	METER_HTTP_3XX,
	METER_HTTP_4XX,
	METER_HTTP_5XX,
	METER_LOGIN_WRONG, /* log-ins with another password, or of nobody */
	METER_LOGIN_OFTEN, /* that were tried too often */
	METER_STREAMS,     /* event streams that are open: a gauge */
	METER_PAGES
};

struct meter *meter_new(void);
void meter_free(struct meter *m);

/** When it began, in seconds since 1970. */
int64_t meter_began(const struct meter *m);

/** The figures of the channel called ${name}, made where there are none; they are the meter's. */
struct meter_channel *meter_channel(struct meter *m, const char *name);

/** ${n} more of ${what}. */
void meter_add(struct meter_channel *ch, enum meter_count what, int64_t n);
int64_t meter_get(const struct meter_channel *ch, enum meter_count what);

/** ${n} more (or fewer, of a gauge) of ${what}. */
void meter_page(struct meter *m, enum meter_page what, int64_t n);
int64_t meter_page_get(const struct meter *m, enum meter_page what);

/** ${r} came in by ${ch} and is through the store, or was told "later". */
void meter_heard(struct meter *m, struct meter_channel *ch, const struct receive *r);

/** When the status ${pos} was accepted, said at ${at} (wall), by clock_us(): to the second where it was not here or long ago. */
int64_t meter_taken(const struct meter *m, int64_t pos, int64_t at);

/** A copy arrived, ${us} after its status was accepted.  The fan-out's thread only. */
void meter_arrived(struct meter_channel *ch, enum meter_way way, int64_t us);

extern const struct histogram_bounds meter_bounds; /* of those times: 5 ms to 1 h */
void meter_times(const struct meter_channel *ch, enum meter_way way, struct histogram_view *v);

/** How many copies ${ch} has on its way or not written yet; the fan-out says so now and then. */
void meter_window(struct meter_channel *ch, unsigned used);
unsigned meter_window_get(const struct meter_channel *ch);

/* ---- the last day, minute by minute, in memory */

#define METER_MINUTES 1440

/** One minute of one channel. */
struct meter_minute {
	int64_t minute; /* since 1970 */
	uint32_t accepted, delivered, failed, deferred;
	int64_t waiting;                    /* at its end; -1: the store could not be read */
	uint32_t prompt[HISTOGRAM_MAX + 1]; /* of METER_PROMPT, by bucket */
};

/** The minute that began with ${minute} is over for ${ch}, of which ${waiting} wait. */
void meter_tick(struct meter *m, struct meter_channel *ch, int64_t minute, int64_t waiting);

/**
 * Copy what is kept of ${ch} from ${first} to before ${end} (minutes since 1970) into ${out}, in their order; at
 * most METER_MINUTES.  Returns how many: a minute in which the service did not run is not there.
 */
size_t meter_minutes(struct meter *m, const struct meter_channel *ch, int64_t first, int64_t end,
    struct meter_minute *out);

#endif
