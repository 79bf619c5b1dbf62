#ifndef HUDHUD_CHANNELS_WEB_IMAGE_PARTS_H
#define HUDHUD_CHANNELS_WEB_IMAGE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "channels/web/image.h"

/* What image.c and the two formats share. */

/** Bytes that are walked through. */
struct image_in {
	const unsigned char *p, *end;
};

static inline size_t
image_left(const struct image_in *in)
{
	return (size_t)(in->end - in->p);
}

/** Two and four bytes, the highest first. */
static inline unsigned
image_16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline uint32_t
image_32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/** Are these sides that we take? */
static inline bool
image_sides(uint32_t width, uint32_t height)
{
	return width >= IMAGE_SIDE_MIN && height >= IMAGE_SIDE_MIN && width <= IMAGE_SIDE_MAX &&
	       height <= IMAGE_SIDE_MAX;
}

/** ${in} stands behind the signature. */
enum image_fault image_jpeg(struct image_in *in, struct buf *out);
enum image_fault image_png(struct image_in *in, struct buf *out);

/** How a camera was held, 1 to 8, of an Exif segment's ${p}[0..n); 1 where it does not say. */
unsigned image_turn(const unsigned char *p, size_t n);

#endif
