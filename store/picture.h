#ifndef HUDHUD_STORE_PICTURE_H
#define HUDHUD_STORE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "store/people.h"

/** A picture of a person. */
struct picture {
	char type[24]; /* "image/png" */
	char hash[PICTURE_HASH_SIZE];
	unsigned char *bytes; /* as picture_get() fills it, the caller's to free */
	size_t n;
};

/** ${user} has the picture ${p} from now on. */
int picture_set(struct tx *tx, int64_t user, const struct picture *p);
/** Copy the picture of ${user}; false: there is none. */
bool picture_get(struct tx *tx, int64_t user, struct picture *p);
/** ${user} has none any more. */
int picture_remove(struct tx *tx, int64_t user);

#endif
