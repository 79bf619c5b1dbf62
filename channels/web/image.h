#ifndef HUDHUD_CHANNELS_WEB_IMAGE_H
#define HUDHUD_CHANNELS_WEB_IMAGE_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Pictures of people, as strangers send them.  They are never decoded here: they are walked through, part by part,
 * and only the parts that are needed to draw them are kept, so that no place, name or date goes with them, nor
 * anything that a browser could take for something else.
 */
#define IMAGE_SIDE_MIN 32 /* pixels */
#define IMAGE_SIDE_MAX 2048
#define IMAGE_BYTES_MAX (200 * 1024) /* of what is kept */

enum image_fault {
	IMAGE_FINE,
	IMAGE_KIND,   /* neither PNG nor JPEG */
	IMAGE_BROKEN, /* cut off, damaged, or of a sort that browsers do not know */
	IMAGE_SIDES,  /* too small or too large to look at */
	IMAGE_BYTES,  /* too many of them */
};

/**
 * Write what is to be kept of ${data}[0..n) into ${out} (empty) and its media type, a literal, into *${type}.  ${out}
 * stays empty on a fault.  Pure; fuzzed.
 */
enum image_fault image_strip(const void *data, size_t n, struct buf *out, const char **type);

#endif
