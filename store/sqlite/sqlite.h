#ifndef HUDHUD_STORE_SQLITE_SQLITE_H
#define HUDHUD_STORE_SQLITE_SQLITE_H

#include <sqlite3.h>

#include "store/driver.h"

/** A schema statement in SQLite's words; the caller frees it. */
char *sqlite_words(const char *sql);

/** Copy ${db} to the new file ${path}; 0, or -1 after logging why. */
int sqlite_copy(sqlite3 *db, const char *path);

#endif
