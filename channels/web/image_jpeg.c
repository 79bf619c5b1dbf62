/* JPEG: a row of segments, each behind its marker; behind the head of a scan its pixels, up to the next marker. */
#include <string.h>

#include "channels/web/image_parts.h"

#define SCANS_MAX 32 /* each is a walk over the whole picture for who looks at it */

enum marker {
	SOF0 = 0xc0,
	SOF1 = 0xc1,
	SOF2 = 0xc2,
	DHT = 0xc4,
	RST0 = 0xd0,
	RST7 = 0xd7,
	EOI = 0xd9,
	SOS = 0xda,
	DQT = 0xdb,
	DRI = 0xdd,
	APP0 = 0xe0,
	APP1 = 0xe1,
	APP14 = 0xee,
	APP15 = 0xef,
	COM = 0xfe
};

struct jpeg {
	struct image_in *in;
	struct buf *out;
	unsigned colours; /* components; 0: no frame yet */
	unsigned scans;
	unsigned turn;
	int transform; /* of colours, as Adobe's programs note; -1: they do not */
	bool noted;
};

static void
put_marker(struct buf *out, unsigned marker)
{
	buf_add(out, (const unsigned char[]){ 0xff, (unsigned char)marker }, 2);
}

/* What is told of a picture, in words of our own: how it is to be turned, and how its colours are meant. */
static void
put_notes(struct jpeg *w)
{
	unsigned char exif[] = { 0xff, APP1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0,
		0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
	unsigned char adobe[] = { 0xff, APP14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0,
		0 };

	if (w->noted)
		return;
	w->noted = true;
	if (w->turn > 1) {
		exif[29] = (unsigned char)w->turn;
		buf_add(w->out, exif, sizeof exif);
	}
	if (w->transform >= 0) {
		adobe[15] = (unsigned char)w->transform;
		buf_add(w->out, adobe, sizeof adobe);
	}
}

/* The number of the next marker; behind 0xff may stand more of them.  0: there is none. */
static unsigned
next_marker(struct image_in *in)
{
	if (image_left(in) < 2 || *in->p != 0xff)
		return 0;
	while (in->p < in->end && *in->p == 0xff)
		in->p++;
	return in->p < in->end ? *in->p++ : 0;
}

/* Take the segment behind a marker: what is in it. */
static bool
segment(struct image_in *in, const unsigned char **p, size_t *n)
{
	size_t len;

	if (image_left(in) < 2 || (len = image_16(in->p)) < 2 || len > image_left(in))
		return false;
	*p = in->p + 2;
	*n = len - 2;
	in->p += len;
	return true;
}

static bool
are_quantizers(const unsigned char *p, size_t n)
{
	bool any = n > 0;

	while (n > 0) {
		size_t len = 1 + ((*p >> 4) ? 128u : 64u);

		if (*p >> 4 > 1 || (*p & 15) > 3 || len > n)
			return false;
		p += len;
		n -= len;
	}
	return any;
}

static bool
are_codes(const unsigned char *p, size_t n)
{
	bool any = n > 0;

	while (n > 0) {
		size_t len = 17;

		if (*p >> 4 > 1 || (*p & 15) > 3 || n < len)
			return false;
		for (int i = 1; i <= 16; i++)
			len += p[i];
		if (len > 17 + 256 || len > n)
			return false;
		p += len;
		n -= len;
	}
	return any;
}

static enum image_fault
frame(struct jpeg *w, const unsigned char *p, size_t n)
{
	/* four colours are for printers */
	if (w->colours || n < 6 || p[0] != 8 || (p[5] != 1 && p[5] != 3) || n != 6 + 3u * p[5])
		return IMAGE_BROKEN;
	w->colours = p[5];
	for (unsigned i = 0; i < w->colours; i++) {
		const unsigned char *c = p + 6 + (size_t)3 * i;
		unsigned across = c[1] >> 4, down = c[1] & 15;

		if (across < 1 || across > 4 || down < 1 || down > 4 || c[2] > 3)
			return IMAGE_BROKEN;
	}
	return image_sides(image_16(p + 3), image_16(p + 1)) ? IMAGE_FINE : IMAGE_SIDES;
}

/* The pixels of a scan, up to the next marker. */
static bool
pixels(struct jpeg *w)
{
	struct image_in *in = w->in;
	const unsigned char *from = in->p;

	while (image_left(in) >= 2) {
		const unsigned char *at = memchr(in->p, 0xff, image_left(in) - 1);

		if (at == NULL)
			return false;
		in->p = at;
		if (at[1] != 0 && (at[1] < RST0 || at[1] > RST7)) {
			buf_add(w->out, from, (size_t)(at - from));
			return true;
		}
		in->p += 2;
	}
	return false;
}

static bool
scan(struct jpeg *w, const unsigned char *p, size_t n)
{
	return w->colours && ++w->scans <= SCANS_MAX && n >= 1 && p[0] >= 1 && p[0] <= w->colours &&
	       n == 4 + 2u * p[0];
}

/* Notes of cameras and programs: what matters of them is remembered. */
static void
note(struct jpeg *w, unsigned marker, const unsigned char *p, size_t n)
{
	if (marker == APP1 && n > 6 && memcmp(p, "Exif\0", 6) == 0)
		w->turn = image_turn(p + 6, n - 6);
	else if (marker == APP14 && n >= 12 && memcmp(p, "Adobe", 5) == 0 && p[11] <= 1)
		w->transform = p[11];
}

static void
keep(struct jpeg *w, unsigned marker, const unsigned char *p, size_t n)
{
	put_notes(w);
	put_marker(w->out, marker);
	buf_add(w->out, p - 2, n + 2);
}

/* One segment. */
static enum image_fault
part(struct jpeg *w, unsigned marker)
{
	enum image_fault fault = IMAGE_FINE;
	const unsigned char *p;
	bool good = true;
	size_t n;

	if (marker == 0 || !segment(w->in, &p, &n))
		return IMAGE_BROKEN;
	if ((marker >= APP0 && marker <= APP15) || marker == COM) {
		note(w, marker, p, n);
		return IMAGE_FINE;
	}
	if (marker == SOF0 || marker == SOF1 || marker == SOF2)
		fault = frame(w, p, n);
	else if (marker == DQT)
		good = are_quantizers(p, n);
	else if (marker == DHT)
		good = are_codes(p, n);
	else if (marker == DRI)
		good = n == 2;
	else
		good = marker == SOS && scan(w, p, n);
	if (good && fault == IMAGE_FINE)
		keep(w, marker, p, n);
	if (good && marker == SOS)
		good = pixels(w);
	return good ? fault : IMAGE_BROKEN;
}

enum image_fault
image_jpeg(struct image_in *in, struct buf *out)
{
	struct jpeg w = { .in = in, .out = out, .turn = 1, .transform = -1 };
	enum image_fault fault = IMAGE_FINE;
	unsigned marker;

	while (fault == IMAGE_FINE) {
		marker = next_marker(in);
		if (marker == EOI && w.scans > 0) {
			put_marker(out, EOI);
			return IMAGE_FINE;
		}
		fault = part(&w, marker);
	}
	return fault;
}
