#ifndef HUDHUD_CHANNELS_WEB_CACHE_H
#define HUDHUD_CHANNELS_WEB_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/change.h"

/*
 * Things that were made of what is in the store, by name, in a bounded number of bytes.  Each is kept until something
 * that it rests on changes, its time is over, or the room is wanted: what has not been asked for longest goes first.  While
 * one is being made, whoever else wants it waits.  Any thread.
 */
struct cache;
struct cache_entry;

/** At most ${max} bytes of things, each of which ${release} ends. */
struct cache *cache_new(struct store *s, size_t max, void (*release)(void *thing));
void cache_free(struct cache *c);

/** Somebody who waits; zeroed but for ${wake}, which is called once, on any thread: be quick. */
struct cache_waiter {
	void (*wake)(struct cache_waiter *w);
	bool alone; /* then: it cannot be kept, so that nobody need wait for it */
	struct cache_waiter *next;
};

enum cache_found {
	CACHE_HIT,  /* there it is: cache_thing(), then cache_done() */
	CACHE_MAKE, /* make it: then cache_keep() or cache_give_up() */
	CACHE_WAIT, /* somebody is at it: cache_wait() */
};
/** Look for ${name}, as what change_now() has told of lets it be. */
enum cache_found cache_find(struct cache *c, const char *name, struct cache_entry **e);

void *cache_thing(const struct cache_entry *e);
/** ${e} is not needed any more. */
void cache_done(struct cache *c, struct cache_entry *e);

/**
 * Keep ${thing}, of ${size} bytes, made of what ${set} has, which was read after the moment ${at}, for ${seconds}.
 * It is held for the caller, until cache_done(), even where it cannot be kept.
 */
void cache_keep(struct cache *c, struct cache_entry *e, void *thing, size_t size, int64_t at,
    const struct change_set *set, int seconds);
/** It cannot be made, or must not be kept. */
void cache_give_up(struct cache *c, struct cache_entry *e);

/** Wait for whoever makes ${name}.  False: nobody does by now, look again. */
bool cache_wait(struct cache *c, const char *name, struct cache_waiter *w);

/** How many bytes it has. */
size_t cache_size(struct cache *c);

#endif
