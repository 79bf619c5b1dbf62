#include <string.h>

#include "channels/web/image_parts.h"

#define ORIENTATION 0x0112
#define SHORT 3

static unsigned
number(const unsigned char *p, size_t n, bool little)
{
	unsigned value = 0;

	for (size_t i = 0; i < n; i++)
		value |= (unsigned)p[i] << 8 * (little ? i : n - 1 - i);
	return value;
}

/* A TIFF head, at whose offset a list of entries stands: tag, type, count, value. */
unsigned
image_turn(const unsigned char *p, size_t n)
{
	unsigned at, entries, turn;
	bool little;

	if (n < 8 || (memcmp(p, "II*\0", 4) != 0 && memcmp(p, "MM\0*", 4) != 0))
		return 1;
	little = *p == 'I';
	at = number(p + 4, 4, little);
	if (at < 8 || at > n - 2)
		return 1;
	entries = number(p + at, 2, little);
	p += at + 2;
	n -= at + 2;
	for (; entries > 0 && n >= 12; entries--, p += 12, n -= 12) {
		if (number(p, 2, little) != ORIENTATION || number(p + 2, 2, little) != SHORT ||
		    number(p + 4, 4, little) != 1)
			continue;
		turn = number(p + 8, 2, little);
		return turn >= 1 && turn <= 8 ? turn : 1;
	}
	return 1;
}
