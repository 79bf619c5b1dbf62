#ifndef HUDHUD_GATEWAY_FOLD_H
#define HUDHUD_GATEWAY_FOLD_H

#include <stdint.h>

/*
 * One character at a time of what people type, made comparable without taking memory: the
 * grammar runs on every text that comes in, and most are plain statuses.
 */
enum fold_class {
	FOLD_END,
	FOLD_BLANK,
	FOLD_PUNCT, /* punctuation, symbols, emoji */
	FOLD_WORD   /* letters, digits, underscore */
};

/**
 * Read the next visible character of ${*s} (valid UTF-8), move past it, and put its plain form into
 * *${cp}: lower case, ASCII for full-width, ASCII digits, Arabic letters without hamza or marks.
 */
enum fold_class fold_next(const char **s, uint32_t *cp);

/** Write ${cp} as UTF-8; returns its bytes. */
int fold_put(uint32_t cp, char out[4]);

/** Does the first strong letter of ${s} run from right to left (UAX #9, rules P2 and P3)? */
int fold_rtl(const char *s);

#endif
