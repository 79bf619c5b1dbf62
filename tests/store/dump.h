#ifndef HUDHUD_TESTS_STORE_DUMP_H
#define HUDHUD_TESTS_STORE_DUMP_H

#include "base/buf.h"
#include "store/move.h"
#include "store/sql.h"
#include "store/table.h"
#include "tests/store/suite.h"

/* A store as one text, and rows at random for every table that there is, however many there will be. */

/** A connection of one's own to ${url}, for reading or as a writer, in a transaction. */
struct open {
	const struct store_driver *driver;
	struct tx tx;
	char *texts
	    [TABLES_MAX]; /* of statements: they live as long as the connection, which knows them */
	size_t texts_n;
};
void open_store(struct open *o, const char *url, const char *state, bool writer);
/** End it; ${keep}: what was written stays. */
void open_end(struct open *o, bool keep);

/** All rows of all tables that a move copies, in order, after ${steps} of the schema; the caller frees it. */
char *dump_store(const char *url, const char *state, size_t steps);

/** How many rows are in ${table}. */
int64_t dump_count(const char *url, const char *state, const char *table);

/**
 * Add about ${rows} rows to each table of the first ${steps}: numbers from end to end, texts of all scripts
 * and lengths, bytes of all values.  ${seed} decides; ${broken}: some texts are no UTF-8.
 */
void dump_fill(
    const char *url, const char *state, size_t steps, unsigned seed, int rows, bool broken);

/** To be filled in further. */
struct move move_of(struct room *room, const char *from, const char *to);
/** Move; false, after printing why not. */
bool moves(struct room *room, const char *from, const char *to);
/** Is it not done, for a reason that has ${why} in it? */
bool refuses(struct move *m, const char *why);
/** Have both the same rows, but for what a move leaves out? */
bool is_same(struct room *room, const char *a, const char *b);
/** Can it be opened (and closed again)? */
bool opens(struct room *room, const char *url);

#endif
