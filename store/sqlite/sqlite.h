#ifndef HUDHUD_STORE_SQLITE_SQLITE_H
#define HUDHUD_STORE_SQLITE_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "store/driver.h"

/** What ${rc}, which a call on ${db} has just returned, means to the store. */
enum driver_result sqlite_result(sqlite3 *db, int rc);

/** A schema statement in SQLite's words; the caller frees it. */
char *sqlite_words(const char *sql);

extern const struct search_engine sqlite_search;

/** Copy ${db} to the new file ${path}; 0, or -1 after logging why. */
int sqlite_copy(sqlite3 *db, const char *path);

/**
 * Add to SQLite a file system that writes the log in one piece; once, before anything is opened.  For
 * connections with synchronous=FULL.
 */
void sqlite_vfs_add(void);
/** Its name; NULL if there is none. */
const char *sqlite_vfs(void);

/** Copies the log of the store ${path} into its main file, on a thread of its own; NULL: it cannot. */
struct checkpointer *checkpointer_start(const char *path);
/**
 * A commit has left ${pages} pages in the log.  True: nearly all of it has been copied, and the caller is
 * to copy the rest, so that the log begins anew.  From the writer's thread; waits for nothing.
 */
bool checkpointer_look(struct checkpointer *k, int pages);
/** Has the disk failed it?  Then no commit can be believed. */
bool checkpointer_failed(const struct checkpointer *k);
/** Finish, and release it; NULL is nothing. */
void checkpointer_stop(struct checkpointer *k);

#endif
