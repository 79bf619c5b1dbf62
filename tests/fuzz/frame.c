#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Read one frame's fields, numbers and texts in an order the bytes themselves choose. */
static void
read_fields(struct frame *f, const uint8_t *end)
{
	size_t len;
	const char *s;
	unsigned turn = (unsigned)f->type;

	while (!f->bad && f->at < f->end) {
		if (turn & 1) {
			(void)frame_get_u64(f);
		} else {
			s = frame_get(f, &len);
			if (!f->bad && (s[len] != '\0' || (const uint8_t *)s + len >= end))
				abort();
		}
		turn = turn >> 1 | (turn & 1) << 7;
	}
	if (f->at > f->end || (f->bad && frame_done(f)))
		abort();
}

/* What was written is read again. */
static void
round_trip(const uint8_t *data, size_t n)
{
	struct buf b = { 0 };
	struct frame f;
	size_t mark = frame_begin(&b, FRAME_RECEIVE), len;
	const char *s;

	frame_u64(&b, n);
	frame_bytes(&b, data, n);
	frame_end(&b, mark);
	if (frame_next(b.data, b.len, &f) != (long)b.len || frame_get_u64(&f) != n)
		abort();
	s = frame_get(&f, &len);
	if (len != n || (n > 0 && memcmp(s, data, n) != 0) || !frame_done(&f))
		abort();
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1); /* so that a byte too far is seen */
	size_t used = 0;
	struct frame f;
	long took;

	if (n > 0)
		memcpy(copy, data, n);
	while ((took = frame_next(copy + used, n - used, &f)) > 0) {
		read_fields(&f, copy + n);
		used += (size_t)took;
	}
	free(copy);
	if (n < FRAME_MAX / 2)
		round_trip(data, n);
	return 0;
}
