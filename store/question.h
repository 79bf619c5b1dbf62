#ifndef HUDHUD_STORE_QUESTION_H
#define HUDHUD_STORE_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "store/people.h"

/*
 * What somebody looks for, as they write it: words, all of which must be there; "words in a row"; #tag; @name;
 * from:name; and any of these with - before it, which must not be there.
 */
#define QUESTION_TEXT_MAX 400 /* bytes of it that are read */
#define QUESTION_PARTS_MAX 10 /* parts of it, the same */

struct question {
	struct question_part {
		bool without;
		char by[USER_NAME_MAX + 1]; /* what this user has said; "" */
		char *tokens; /* else: they stand one behind the other (base/token.h); owned */
	} part[QUESTION_PARTS_MAX];
	size_t n;
};

/** Read ${text}, UTF-8 of any kind.  False: it asks for nothing that could be found; free it all the same. */
bool question_read(struct question *q, const char *text);
/** The same for statuses with the tag ${tag}, written without its sign. */
bool question_tag(struct question *q, const char *tag);
void question_free(struct question *q);

#endif
