#ifndef HUDHUD_BASE_BUF_H
#define HUDHUD_BASE_BUF_H

#include <stddef.h>

/*
 * A growing string of bytes.  Zero it to begin ({ 0 } is an empty one); data is
 * NUL-terminated once anything has been added, and buf_text() always is.
 */
struct buf {
	char *data; /* owned */
	size_t len; /* without the NUL */
	size_t room;
};

/** Add ${n} bytes. */
void buf_add(struct buf *b, const void *p, size_t n);

/** Add the string ${s}; NULL adds nothing. */
void buf_text_add(struct buf *b, const char *s);

/** Add what printf would print. */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Make room for ${n} bytes more and return where they go; who has written some adds them to len.
 * The NUL behind them is not set. */
char *buf_room(struct buf *b, size_t n);

/** Drop the first ${n} bytes. */
void buf_drop(struct buf *b, size_t n);

/** What is in it as a string; "" when empty.  Stays the buffer's. */
const char *buf_text(const struct buf *b);

/** Take the string out; the caller frees it, the buffer is empty again.  Never NULL. */
char *buf_take(struct buf *b);

/** Forget the contents, keep the room. */
void buf_clear(struct buf *b);

/** Release it; it is an empty buffer again. */
void buf_free(struct buf *b);

#endif
