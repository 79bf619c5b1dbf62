#ifndef HUDHUD_EMAIL_FLOW_H
#define HUDHUD_EMAIL_FLOW_H

#include <stdbool.h>

/** Undo format=flowed (RFC 3676) in ${text}; quoted lines keep one "> " a level.  The caller frees. */
char *flow_undo(const char *text, bool delsp);

/**
 * Join lines that were broken near column 72 by a mail program that does not say so: a line
 * is joined with the next if its first word would not have fit.  The caller frees.
 */
char *flow_guess(const char *text);

#endif
