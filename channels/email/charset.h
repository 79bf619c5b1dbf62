#ifndef HUDHUD_EMAIL_CHARSET_H
#define HUDHUD_EMAIL_CHARSET_H

#include <stddef.h>

/*
 * Bytes of a mail to UTF-8.  The names that mails use for character sets mean what
 * browsers take them to mean (iso-8859-1 is windows-1252, gb2312 is gb18030 ...).  The C library
 * loads a module for each when it is first needed: the sandbox leaves it those files.
 */

/**
 * Return ${n} bytes at ${s}, declared as ${charset} (NULL or unknown: UTF-8 if they are, else
 * windows-1252), as a NUL-terminated UTF-8 string; NULs are dropped, what cannot be read
 * becomes U+FFFD.  The caller frees it.
 */
char *charset_to_utf8(const char *s, size_t n, const char *charset);

#endif
