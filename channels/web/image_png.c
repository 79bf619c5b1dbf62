/* PNG: a row of chunks, each with its length, name and check sum. */
#include <string.h>

#include "channels/web/image_parts.h"

#define AROUND 12 /* bytes of a chunk beside what is in it */

struct chunk {
	char name[5];
	const unsigned char *data;
	uint32_t n;
	const unsigned char *whole;
};

struct png {
	struct buf *out;
	unsigned colour;
	bool begun, palette, clear, pixels, pixels_over;
};

static uint32_t
crc32(const unsigned char *p, size_t n)
{
	static const uint32_t nibble[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8,
		0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
	uint32_t c = 0xffffffff;

	for (; n > 0; n--) {
		c ^= *p++;
		c = c >> 4 ^ nibble[c & 15];
		c = c >> 4 ^ nibble[c & 15];
	}
	return ~c;
}

/* Take the next chunk, whose check sum is right. */
static bool
next(struct image_in *in, struct chunk *c)
{
	if (image_left(in) < AROUND)
		return false;
	c->n = image_32(in->p);
	if (c->n > image_left(in) - AROUND)
		return false;
	memcpy(c->name, in->p + 4, 4);
	c->name[4] = '\0';
	c->data = in->p + 8;
	c->whole = in->p;
	in->p += AROUND + c->n;
	return image_32(c->data + c->n) == crc32(c->whole + 4, c->n + 4);
}

static bool
is(const struct chunk *c, const char *name)
{
	return memcmp(c->name, name, 4) == 0;
}

/* Depths that a colour type has, as bits. */
static bool
is_depth(unsigned colour, unsigned depth)
{
	static const uint32_t depths[7] = { [0] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 16,
		[2] = 1 << 8 | 1 << 16,
		[3] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8,
		[4] = 1 << 8 | 1 << 16,
		[6] = 1 << 8 | 1 << 16 };

	return colour < 7 && depth <= 16 && (depths[colour] >> depth & 1);
}

static enum image_fault
header(struct png *w, const struct chunk *c)
{
	const unsigned char *p = c->data;

	if (w->begun || c->n != 13 || !is_depth(p[9], p[8]) || p[10] != 0 || p[11] != 0 ||
	    p[12] > 1)
		return IMAGE_BROKEN;
	w->begun = true;
	w->colour = p[9];
	return image_sides(image_32(p), image_32(p + 4)) ? IMAGE_FINE : IMAGE_SIDES;
}

static bool
palette(struct png *w, const struct chunk *c)
{
	bool good = !w->palette && !w->clear && !w->pixels && w->colour != 0 && w->colour != 4 &&
		    c->n > 0 && c->n % 3 == 0 && c->n <= 3 * 256;

	w->palette = true;
	return good;
}

static bool
transparency(struct png *w, const struct chunk *c)
{
	bool good = !w->clear && !w->pixels;

	if (w->colour == 3)
		good = good && w->palette && c->n > 0 && c->n <= 256;
	else
		good = good && (w->colour == 0 ? c->n == 2 : w->colour == 2 && c->n == 6);
	w->clear = true;
	return good;
}

/* They stand one behind the other, and begin as zlib does. */
static bool
pixels(struct png *w, const struct chunk *c)
{
	bool good = !w->pixels_over && (w->colour != 3 || w->palette);

	if (!w->pixels && c->n >= 2)
		good = good && (c->data[0] & 15) == 8 && image_16(c->data) % 31 == 0;
	w->pixels = true;
	return good;
}

/* One chunk; *${end}: it was the last. */
static enum image_fault
chunk(struct png *w, const struct chunk *c, bool *end)
{
	enum image_fault fault = IMAGE_FINE;
	bool good = true;

	w->pixels_over |= w->pixels && !is(c, "IDAT");
	if (is(c, "IHDR"))
		fault = header(w, c);
	else if (!w->begun)
		good = false;
	else if (is(c, "PLTE"))
		good = palette(w, c);
	else if (is(c, "tRNS"))
		good = transparency(w, c);
	else if (is(c, "IDAT"))
		good = pixels(w, c);
	else if (is(c, "IEND"))
		good = *end = w->pixels && c->n == 0;
	else if (c->name[0] >= 'a' && c->name[0] <= 'z')
		return IMAGE_FINE; /* it can be drawn without */
	else
		good = false;
	if (good && fault == IMAGE_FINE)
		buf_add(w->out, c->whole, AROUND + (size_t)c->n);
	return good ? fault : IMAGE_BROKEN;
}

enum image_fault
image_png(struct image_in *in, struct buf *out)
{
	struct png w = { .out = out };
	enum image_fault fault = IMAGE_FINE;
	bool end = false;
	struct chunk c;

	while (fault == IMAGE_FINE && !end)
		fault = next(in, &c) ? chunk(&w, &c, &end) : IMAGE_BROKEN;
	return fault;
}
