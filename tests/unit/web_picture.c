/* What is kept of a picture, and forms that have one in them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/web/image.h"
#include "channels/web/multipart.h"
#include "tests/tap.h"

/* ---- pictures */

static struct buf
seed(const char *name)
{
	const char *top = getenv("top_srcdir");
	char *path = mem_printf("%s/tests/fuzz/seeds/picture/%s", top ? top : ".", name);
	FILE *f = fopen(path, "rb");
	struct buf b = { 0 };
	char part[4096];
	size_t n;

	while (f && (n = fread(part, 1, sizeof part, f)) > 0)
		buf_add(&b, part, n);
	if (f)
		fclose(f);
	free(path);
	return b;
}

static enum image_fault
strip(const struct buf *b, struct buf *out)
{
	const char *type;

	buf_free(out);
	return image_strip(b->data, b->len, out, &type);
}

static char *
find(const struct buf *b, const char *what, size_t n)
{
	return memmem(b->data, b->len, what, n);
}
#define HAS(b, text) (find(b, text, sizeof(text) - 1) != NULL)

static void
kinds(void)
{
	static const char *const names[] = { "photo.jpg", "progressive.jpg", "gray.jpg",
		"adobe.jpg", "camera.jpg", "rgb.png", "rgba.png", "palette.png", "gray.png" };
	struct buf in, out = { 0 };
	const char *type;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		bool png = strstr(names[i], ".png") != NULL;

		in = seed(names[i]);
		ok(image_strip(in.data, in.len, &out, &type) == IMAGE_FINE &&
			strcmp(type, png ? "image/png" : "image/jpeg") == 0,
		    names[i]);
		ok(!HAS(&out, "taken at home") && !HAS(&out, "JFIF") && !HAS(&out, "eXIf"),
		    "nothing is said in it");
		buf_free(&out);
		buf_free(&in);
	}
	for (size_t i = 0; i < 4; i++) {
		static const char *const others[] = { "GIF89a", "RIFF....WEBP", "<svg",
			"\xff\xd7" };

		ok(image_strip(others[i], strlen(others[i]), &out, &type) == IMAGE_KIND, others[i]);
	}
	ok(image_strip("", 0, &out, &type) == IMAGE_KIND, "nothing is no picture");
}

static void
cameras(void)
{
	static const char turn[] = { 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6 };
	struct buf in = seed("camera.jpg"), plain = seed("photo.jpg"), out = { 0 }, other = { 0 };
	char *at;

	ok(HAS(&in, "Hoopoe") && HAS(&in, "alice") && HAS(&in, "thumbnail"),
	    "a camera tells a lot");
	ok(strip(&in, &out) == IMAGE_FINE && !HAS(&out, "Hoopoe") && !HAS(&out, "alice") &&
		!HAS(&out, "thumbnail") && !find(&out, "\x88\x25", 2),
	    "none of it is kept, not where it was taken");
	ok(find(&out, turn, sizeof turn) != NULL, "but how the camera was held");
	ok(strip(&plain, &other) == IMAGE_FINE && out.len == other.len + 36, "and no more");
	at = find(&in, turn, sizeof turn);
	at[9] = 9;
	ok(strip(&in, &out) == IMAGE_FINE && out.len == other.len, "nonsense is not");
	buf_free(&in);
	in = seed("adobe.jpg");
	ok(strip(&in, &out) == IMAGE_FINE && HAS(&out, "Adobe"), "how colours are meant is kept");
	buf_free(&in);
	buf_free(&plain);
	buf_free(&out);
	buf_free(&other);
}

static void
damage(void)
{
	static const char *const names[] = { "photo.jpg", "progressive.jpg", "palette.png",
		"gray.png" };
	struct buf in, out = { 0 };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		bool good = true;

		in = seed(names[i]);
		for (size_t n = 8; n < in.len; n++)
			good = good && strip(&(struct buf){ .data = in.data, .len = n }, &out) ==
					   IMAGE_BROKEN;
		ok(good, "what is cut off is broken, wherever");
		for (size_t n = 8; n < in.len && strstr(names[i], ".png"); n++) {
			in.data[n] ^= 0x10;
			good = good && strip(&in, &out) != IMAGE_FINE;
			in.data[n] ^= 0x10;
		}
		ok(good, "and what is changed");
		buf_free(&in);
	}
	buf_free(&out);
}

/* The photo with these sides. */
static enum image_fault
sides(unsigned width, unsigned height)
{
	struct buf in = seed("photo.jpg"), out = { 0 };
	char *at = find(&in, "\xff\xc0\0\x11\x08", 5);
	enum image_fault fault;

	at[5] = (char)(height >> 8);
	at[6] = (char)height;
	at[7] = (char)(width >> 8);
	at[8] = (char)width;
	fault = strip(&in, &out);
	buf_free(&in);
	buf_free(&out);
	return fault;
}

static void
bounds(void)
{
	struct buf in = seed("photo.jpg"), big = { 0 }, out = { 0 };
	static const char zeros[IMAGE_BYTES_MAX];

	ok(sides(32, 32) == IMAGE_FINE && sides(2048, 2048) == IMAGE_FINE, "sides have bounds");
	ok(sides(31, 32) == IMAGE_SIDES && sides(32, 31) == IMAGE_SIDES &&
		sides(2049, 32) == IMAGE_SIDES && sides(32, 2049) == IMAGE_SIDES &&
		sides(0, 0) == IMAGE_SIDES && sides(65535, 65535) == IMAGE_SIDES,
	    "which are kept");
	buf_add(&big, in.data, in.len - 2);
	buf_add(&big, zeros, sizeof zeros);
	buf_add(&big, "\xff\xd9", 2);
	ok(strip(&big, &out) == IMAGE_BYTES && out.len == 0, "so have bytes");
	buf_free(&in);
	buf_free(&big);
	buf_free(&out);
	in = seed("progressive.jpg");
	for (int i = 0; i < 40; i++) {
		char *scan = memrchr(in.data, 0xda, in.len);

		buf_add(&big, in.data, in.len - 2);
		buf_add(&big, scan - 1, (size_t)(in.data + in.len - 2 - (scan - 1)));
		buf_add(&big, "\xff\xd9", 2);
		buf_free(&in);
		in = big;
		big = (struct buf){ 0 };
	}
	ok(strip(&in, &out) == IMAGE_BROKEN, "and scans, each of which costs who looks");
	buf_free(&in);
	buf_free(&out);
}

/* ---- forms */

#define TYPE "multipart/form-data; boundary=x"
#define HEAD(name) "--x\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_HEAD                                                                                   \
	"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a b.png\"\r\nContent-Type: " \
	"image/png\r\n\r\n"

static bool
parses(const char *type, const char *body)
{
	struct multipart m;

	return multipart_parse(&m, type, body, strlen(body));
}

static void
good_forms(void)
{
	static const char body[] = HEAD("proof") "abc\r\n" FILE_HEAD
						 "\x89PNG\r\n\0\r\n--y\r\n--x--\r\n";
	struct multipart m;
	const char *data;
	size_t n;

	ok(multipart_parse(&m, TYPE, body, sizeof body - 1) && m.n == 2, "a form is cut");
	data = multipart_get(&m, "proof", false, &n);
	ok(data && n == 3 && memcmp(data, "abc", 3) == 0, "into its fields");
	data = multipart_get(&m, "f", true, &n);
	ok(data && n == 12 && memcmp(data, "\x89PNG\r\n\0\r\n--y", 12) == 0,
	    "and files, whatever is in them");
	ok(!multipart_get(&m, "f", false, &n) && !multipart_get(&m, "proof", true, &n) &&
		!multipart_get(&m, "x", false, &n),
	    "which are not taken for one another");
	ok(parses("Multipart/Form-Data;boundary=\"x\"", HEAD("a") "\r\n--x--"),
	    "it may be written otherwise");
	ok(multipart_is(TYPE) && !multipart_is("multipart/form-datax") &&
		!multipart_is("multipart/mixed") && !multipart_is(NULL),
	    "it is known by its type");
}

static void
bad_forms(void)
{
	static const char *const bodies[] = {
		"",
		"--x",
		"--x\r\n",
		"before" HEAD("a") "\r\n--x--\r\n",
		HEAD("a") "\r\n--x--\r\nbehind",
		HEAD("a") "\r\n--x-",
		HEAD("a") "no end",
		HEAD("") "\r\n--x--\r\n",
		HEAD("a\\\"") "\r\n--x--\r\n",
		HEAD("a") "1\r\n" HEAD("a") "2\r\n--x--\r\n",
		HEAD("0123456789012345678901234567890123") "\r\n--x--\r\n",
		"--x\r\n\r\n\r\n--x--\r\n",
		"--x\r\nContent-Type: text/plain\r\n\r\n\r\n--x--\r\n",
		"--x\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n\r\n--x--\r\n",
		"--x\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\n\r\n--x--\r\n",
		"--x\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; "
		"name=\"b\"\r\n\r\n\r\n--x--\r\n",
		"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--x--\r\n",
		"--x\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: "
		"base64\r\n\r\n\r\n--x--\r\n",
		"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n folded\r\n\r\n\r\n--x--\r\n",
		"--x\nContent-Disposition: form-data; name=\"a\"\n\n\n--x--\n",
	};
	static const char *const types[] = { "multipart/form-data",
		"multipart/form-data; boundary=", "multipart/form-data; boundary=\"x",
		"multipart/form-data; boundary=x; charset=utf-8",
		"multipart/form-data; charset=x; boundary=x", "multipart/mixed; boundary=x",
		"multipart/form-data; boundary=x<", "multipart/form-data; boundary=\"x \"" };
	struct buf many = { 0 };

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		ok(!parses(TYPE, bodies[i]), "what is not as browsers send it is refused");
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		ok(!parses(types[i], HEAD("a") "\r\n--x--\r\n"), types[i]);
	for (int i = 0; i <= MULTIPART_MAX; i++)
		buf_printf(&many, HEAD("a%d") "\r\n", i);
	buf_text_add(&many, "--x--\r\n");
	ok(!parses(TYPE, buf_text(&many)), "and too many parts");
	buf_free(&many);
}

int
main(void)
{
	kinds();
	cameras();
	damage();
	bounds();
	good_forms();
	bad_forms();
	return tap_done();
}
