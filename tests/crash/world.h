#ifndef HUDHUD_TESTS_CRASH_WORLD_H
#define HUDHUD_TESTS_CRASH_WORLD_H

#include <stdbool.h>

/* The people of the crash account: authors a0, a1 ... and readers r0, r1 ..., who follow at random. */
#define AUTHORS 12
#define READERS 200
#define FOLLOWERS 50 /* an author has */

extern char world_folder[64], world_socket[96];
extern bool world_follows[AUTHORS][READERS];

/*
 * Where there are two channels (LEDGER_LADDERS), what a reader's ladder is: reader r's is r % LADDERS.  Its address
 * on the second channel is "r7s".
 */
enum world_ladder {
	LADDER_SPLIT,  /* mentions by the first channel, the rest by the second */
	LADDER_CAPPED, /* three a day by the first */
	LADDER_BOTH,   /* the second is for what the first refuses */
	LADDER_MUTED,  /* the first is for writing only */
	LADDER_ONE,    /* no second address */
	LADDERS
};
/** Are there two channels? */
bool world_has_ladders(void);

/** The store's URL: $ACCOUNT_STORE, or a file in the folder. */
const char *world_store(void);

/** Make a store with them in a new folder, and listen where the victim's channel connects. */
int world_make(void);

/** Remove the folder. */
void world_remove(void);

#endif
