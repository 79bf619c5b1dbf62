#include <string.h>

#include "channels/web/image_parts.h"

static const unsigned char png_signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
static const unsigned char jpeg_signature[] = { 0xff, 0xd8 };

static bool
begins(const struct image_in *in, const unsigned char *with, size_t n)
{
	return image_left(in) >= n && memcmp(in->p, with, n) == 0;
}

enum image_fault
image_strip(const void *data, size_t n, struct buf *out, const char **type)
{
	struct image_in in = { data, data };
	enum image_fault fault = IMAGE_KIND;

	*type = "";
	if (n == 0)
		return IMAGE_KIND;
	in.end += n;
	if (begins(&in, png_signature, sizeof png_signature)) {
		*type = "image/png";
		buf_add(out, png_signature, sizeof png_signature);
		in.p += sizeof png_signature;
		fault = image_png(&in, out);
	} else if (begins(&in, jpeg_signature, sizeof jpeg_signature)) {
		*type = "image/jpeg";
		buf_add(out, jpeg_signature, sizeof jpeg_signature);
		in.p += sizeof jpeg_signature;
		fault = image_jpeg(&in, out);
	}
	if (fault == IMAGE_FINE && out->len > IMAGE_BYTES_MAX)
		fault = IMAGE_BYTES;
	if (fault != IMAGE_FINE)
		buf_free(out);
	return fault;
}
