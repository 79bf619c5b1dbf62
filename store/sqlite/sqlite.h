#ifndef HUDHUD_STORE_SQLITE_SQLITE_H
#define HUDHUD_STORE_SQLITE_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "store/driver.h"

/** What ${rc}, which a call on ${db} has just returned, means to the store. */
enum driver_result sqlite_result(sqlite3 *db, int rc);

/** A schema statement in SQLite's words; the caller frees it. */
char *sqlite_words(const char *sql);

/** Copy ${db} to the new file ${path}; 0, or -1 after logging why. */
int sqlite_copy(sqlite3 *db, const char *path);

/** Copies the log of the store ${path} into its main file, on a thread of its own; NULL: it cannot. */
struct checkpointer *checkpointer_start(const char *path);
/** There is a log worth copying.  From any thread; waits for nothing. */
void checkpointer_wake(struct checkpointer *k);
/** Has the disk failed it?  Then no commit can be believed. */
bool checkpointer_failed(const struct checkpointer *k);
/** Finish, and release it; NULL is nothing. */
void checkpointer_stop(struct checkpointer *k);

#endif
