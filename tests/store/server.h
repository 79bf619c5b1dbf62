#ifndef HUDHUD_TESTS_STORE_SERVER_H
#define HUDHUD_TESTS_STORE_SERVER_H

#include <libpq-fe.h>

#include "tests/store/suite.h"

/*
 * For tests of what a database server does that a file does not.  The server is the test's own:
 * $HUDHUD_TEST_SERVER is a command that takes "stop", "start" or "kill".  All end the test if they fail.
 */

extern PGconn *server_admin; /* beside the stores */
extern int64_t server_author;
extern char server_path[64]; /* the statement that looks into the room's schema */

/** Run ${test} on a fresh store in that server. */
void server_run(void (*test)(struct room *room));
/** Somebody who can speak, a node whose row the store marks, and the admin looks into the same schema. */
void server_use(struct room *room);

PGconn *server_connect(void);
/** Run ${sql}; the first column of its first row as a number, or -1. */
int64_t server_ask(const char *sql);
/** Change a setting of the running server, and wait until new connections have it. */
void server_set(const char *name, const char *value);
/** Wait until a server that was away for a moment is back. */
void server_back(void);
/** "stop", "start" or "kill" it. */
void server_do(const char *what);

store_fn server_begin; /* makes server_author */
void server_know(struct store *s, int64_t node);

struct server_post {
	char text[48];
	int64_t pos;
};
store_fn server_say; /* ${arg} is a struct server_post */
int server_say_text(struct store *s, const char *text);
/** How often ${text} was kept. */
int server_kept(struct store *s, const char *text);

#endif
