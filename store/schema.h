#ifndef HUDHUD_STORE_SCHEMA_H
#define HUDHUD_STORE_SCHEMA_H

#include <stddef.h>

#include "store/tx.h"

/** One step of the schema: statements, NULL-terminated, in the words of driver.h. */
struct migration {
	const char *const *statements;
};

/** The steps, oldest first; the schema's version is how many were taken. */
extern const struct migration schema_migrations[];
extern const size_t schema_version;

/** The statement that makes table "meta", which is there before all steps. */
extern const char schema_meta[];

/** The number of row "moving" in "meta" while nothing is there but what a move will have brought. */
#define MOVING_INTO_NOTHING 1

/**
 * Bring the store up to ${steps}[0..n), each in a transaction of its own, and make its secret where
 * there is none.  STORE_FAILED, after logging why: it is newer than that, a move into it was not
 * finished, or an error.
 */
int schema_apply(struct conn *c, const struct migration *steps, size_t n);

/** Make the tables of the index that search.h is about, where there are none or they are another version's; a store_fn's. */
int search_define(struct tx *tx);

#endif
