#ifndef HUDHUD_BASE_TEXT_H
#define HUDHUD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What people write: UTF-8, NFC (UAX #15), counted in extended grapheme
 * clusters (UAX #29), safe to put into XML 1.0, a mail, a page or a log line.
 * All functions are pure and may be called from any thread.
 */

/** The most bytes a status may take however few graphemes it has. */
#define TEXT_BYTES_MAX 1120
/** The same for one that its author wants whole, however long. */
#define TEXT_WHOLE_MAX 4480

enum text_fault {
	TEXT_FINE,
	TEXT_INVALID, /* not UTF-8 */
	TEXT_EMPTY,   /* nothing visible is left */
};

/**
 * Make the ${n} bytes at ${s} into clean text: valid UTF-8; C0 (but for newline;
 * TAB becomes a blank), C1, non-characters, U+FEFF and U+FFF9-B dropped; CRLF, CR
 * and NEL folded to newline; blank runs at the ends removed, at most 4 lines kept
 * (further newlines become blanks); bidirectional embeddings and isolates balanced;
 * at most 10 code points a grapheme; NFC.  Return it (the caller frees it), or NULL
 * with ${fault} (may be NULL) set.
 */
char *text_clean(const char *s, size_t n, enum text_fault *fault);

/** The number of extended grapheme clusters in ${s}, clean text. */
size_t text_length(const char *s);

/** The bytes of the longest prefix of ${s} that has at most ${graphemes} graphemes. */
size_t text_prefix(const char *s, size_t graphemes);

/**
 * The same, but not in the middle of a word where one ends within the last quarter, and without the
 * blanks there.
 */
size_t text_prefix_words(const char *s, size_t graphemes);

/** Copy ${src} into ${dst} of ${size} bytes as far as whole UTF-8 characters go. */
void text_cut(char *dst, size_t size, const char *src);

/** Is ${s} (${n} bytes) well-formed UTF-8 without NUL? */
bool text_valid(const char *s, size_t n);

/** A copy of ${s} with ? for each byte that is no ASCII; the caller frees. */
char *text_ascii(const char *s);

/** A part of a text. */
struct text_span {
	const char *at;
	size_t n; /* bytes */
};

/**
 * The words of ${s} (UAX #29; of scripts without blanks, the pieces that it makes of them), which have a
 * letter, a digit or a symbol in them, into ${out}[0..max); returns how many.
 */
size_t text_words(const char *s, struct text_span *out, size_t max);

/** A copy of ${s} folded for comparing words: case folded, full-width to ASCII, NFKC; the caller frees. */
char *text_fold(const char *s);

/** Is ${s} a user name: [a-z0-9_]{1,15}? */
bool text_is_name(const char *s);
/** The name that somebody ${typed}, with blanks around it, an @ before it or capitals, in ${out}; false: it is none. */
bool text_take_name(const char *typed, char out[16]);

#endif
