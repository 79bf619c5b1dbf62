#ifndef HUDHUD_BASE_MEM_H
#define HUDHUD_BASE_MEM_H

#include <stddef.h>

/*
 * Memory that is always there.  These either succeed or end the process:
 * everything we have accepted is on disk, so a restart loses nothing, and no
 * caller needs a path for an error that it cannot mend.
 */

/** Return ${n} zeroed bytes; the caller frees them with free(). */
void *mem_new(size_t n);

/** Resize ${p} (NULL is fine) to ${count} elements of ${size} bytes; new bytes are not set. */
void *mem_resize(void *p, size_t count, size_t size);

/** Return a copy of ${s}, or NULL for NULL; the caller frees it. */
char *mem_dup(const char *s);

/** Return a NUL-terminated copy of the ${n} bytes at ${s}; the caller frees it. */
char *mem_dupn(const char *s, size_t n);

/** Return what printf would print; the caller frees it. */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * Copy ${src} into ${dst} of ${size} bytes, always NUL-terminated.  Return 0, or
 * -1 if it did not fit (then ${dst} holds an empty string, never a cut one).
 */
int mem_copy(char *dst, size_t size, const char *src);

#endif
