#ifndef HUDHUD_EMAIL_WORD_H
#define HUDHUD_EMAIL_WORD_H

/**
 * The header text ${raw} in UTF-8, unfolded, its encoded words (RFC 2047) decoded; neighbours of
 * one character set are put together first, because some programs split a character between
 * them.  The caller frees it.
 */
char *word_decode(const char *raw);

#endif
