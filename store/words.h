#ifndef HUDHUD_STORE_WORDS_H
#define HUDHUD_STORE_WORDS_H

#include <stddef.h>

#include "base/buf.h"

/** A word of the schema (driver.h), and what an engine says instead. */
struct word {
	const char *word, *own;
};

/** Add ${sql} to ${out} with each of ${words}[0..n) in the engine's own words. */
void words_translate(struct buf *out, const char *sql, const struct word *words, size_t n);

#endif
