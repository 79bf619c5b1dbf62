#ifndef HUDHUD_STORE_CHANGE_H
#define HUDHUD_STORE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/*
 * What was made of something read may be kept until any of that changes.  Verbs that read say of whom and
 * what they have read, and verbs that write what they change; so who keeps something need not know what
 * it rests on:
 *
 *	at = change_now(s);
 *	tx = store_read(s);
 *	change_watch(tx, &set);
 *	... make it ...
 *	store_read_end(tx);
 *	it is still right as long as !change_since(s, change_now(s), at, &set)
 *
 * Only what strangers can be shown is told of: nobody's blocks and mutes, no deliveries.
 */

#define CHANGE_MAX 256

/** What was read: places in a table that whatever changes shares with others by chance. */
struct change_set {
	uint32_t key[CHANGE_MAX];
	size_t n;
	bool full; /* more than that: it must not be kept */
};

/** Have ${set} (emptied) collect what ${tx} reads from now on, until it ends. */
void change_watch(struct tx *tx, struct change_set *set);

/**
 * A moment: what was committed before the call is in every snapshot that is begun afterwards, and change_since()
 * knows of it.  Where other processes write to the store, too, it is asked: a round trip.  -1: it is away.
 */
int64_t change_now(struct store *s);

/** Has any of ${key}[0..n) changed since the moment ${at}?  As far as the last change_now() knows. */
bool change_since(struct store *s, int64_t at, const uint32_t *key, size_t n);

/** What can be waited for. */
enum change {
	CHANGE_USER, /* what a person's page tells: who they are, what they say, how many follow */
	CHANGE_NAME, /* whether there is somebody of that name; see change_name() */
	CHANGE_PUBLIC,    /* what all say: one more, or one may be seen or not seen now */
	CHANGE_THREAD,    /* a conversation, by its first */
	CHANGE_LIKED,     /* who likes a status */
	CHANGE_DIRECT,    /* what is said to a user alone */
	CHANGE_ADDRESSES, /* where a user is reached */
};

/** The key of ${what} of ${id}. */
uint32_t change_key(enum change what, int64_t id);
/** For CHANGE_NAME: the id of ${name}, in lower case. */
int64_t change_name(const char *name);

/**
 * Have ${tell} called after each commit that changes something, and where others write, when it shows that
 * they have.  On the committer's thread, or whichever reads: be quick.  For CHANGE_LISTENERS at most, the others
 * are told nothing.
 */
void change_listen(struct store *s, void (*tell)(void *cookie), void *cookie);
/** From the return on it is not called any more with ${cookie}. */
void change_unlisten(struct store *s, void *cookie);
#define CHANGE_LISTENERS 16

#endif
