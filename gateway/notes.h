#ifndef HUDHUD_GATEWAY_NOTES_H
#define HUDHUD_GATEWAY_NOTES_H

#include <stdint.h>

#include "store/fanout.h"

struct core;
struct site;

/** What the next checkpoint writes beside cursors and rows; checkpoint.h has who notes it. */
struct notes {
	struct dead_note *deads;
	struct receipt_note *receipts;
	struct bounce_note *bounces;
	struct spend_note *spends;
	struct more_note *mores;
};

/** Write what is dead, what receipts are kept, and what was spent. */
int notes_write(struct tx *tx, const struct notes *n, int64_t now);
/**
 * Write which addresses bounced, and tell their users elsewhere: last, since a change of home counts from where
 * the cursors are by then.
 */
int notes_write_bounces(struct tx *tx, const struct site *site, int64_t now, const struct notes *n);
/** ${n} is durable: what was spent is known now to whoever asks. */
void notes_written(struct core *c, const struct notes *n);
/** Forget what is noted in ${n}. */
void notes_free(struct notes *n);

#endif
