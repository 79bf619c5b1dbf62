#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "channels/sms/charset.h"
#include "channels/sms/gsm.h"

#define REPLACEMENT 0xfffd

unsigned
charset_next(const char **s, const char *end)
{
	const unsigned char *p = (const unsigned char *)*s;
	size_t left = (size_t)(end - *s), n, i;
	unsigned cp = p[0];
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	n = cp < 0x80 ? 1 : cp >= 0xf0 && cp < 0xf5 ? 4 : cp >= 0xe0 && cp < 0xf0 ? 3 : 2;
	*s += 1;
	if (n == 1)
		return cp;
	if (cp < 0xc2 || cp > 0xf4)
		return REPLACEMENT;
	cp &= 0x7fu >> n;
	for (i = 1; i < n && i < left && (p[i] & 0xc0) == 0x80; i++)
		cp = cp << 6 | (p[i] & 0x3f);
	if (i < n || cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return REPLACEMENT;
	*s += n - 1;
	return cp;
}

void
charset_put(struct buf *out, unsigned cp)
{
	char b[4];
	size_t n;

	if (cp < 0x80) {
		b[0] = (char)cp;
		n = 1;
	} else if (cp < 0x800) {
		b[0] = (char)(0xc0 | cp >> 6);
		n = 2;
	} else if (cp < 0x10000) {
		b[0] = (char)(0xe0 | cp >> 12);
		n = 3;
	} else {
		b[0] = (char)(0xf0 | cp >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		b[i] = (char)(0x80 | (cp >> 6 * (n - 1 - i) & 0x3f));
	buf_add(out, b, n);
}

static void
from_utf16(const char *data, size_t n, bool little, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)data;
	unsigned u, low;

	for (size_t i = 0; i + 1 < n; i += 2) {
		u = little ? p[i] | p[i + 1] << 8 : p[i] << 8 | p[i + 1];
		if (u >= 0xd800 && u < 0xdc00 && i + 3 < n) {
			low = little ? p[i + 2] | p[i + 3] << 8 : p[i + 2] << 8 | p[i + 3];
			if (low >= 0xdc00 && low < 0xe000) {
				u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		charset_put(out, u >= 0xd800 && u < 0xe000 ? REPLACEMENT : u);
	}
	if (n % 2 != 0)
		charset_put(out, REPLACEMENT);
}

static void
from_windows(const char *data, size_t n, struct buf *out)
{
	/* 0x80 to 0x9f of windows-1252, which is what "Latin-1" is in practice. */
	static const unsigned short high[32] = { 0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026,
		0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
		0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122,
		0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178 };

	for (size_t i = 0; i < n; i++) {
		unsigned c = (unsigned char)data[i];
		charset_put(out, c >= 0x80 && c < 0xa0 ? high[c - 0x80] : c);
	}
}

int
charset_utf8(const char *charset, const char *data, size_t n, struct buf *out)
{
	static const struct {
		const char *name;
		enum { UTF8, UTF16BE, UTF16LE, LATIN, GSM } how;
	} names[] = { { "", UTF8 }, { "UTF-8", UTF8 }, { "UTF8", UTF8 }, { "US-ASCII", UTF8 },
		{ "ASCII", UTF8 }, { "UTF-16BE", UTF16BE }, { "UTF-16", UTF16BE },
		{ "UCS-2", UTF16BE }, { "UCS2", UTF16BE }, { "ISO-10646-UCS-2", UTF16BE },
		{ "UCS-2BE", UTF16BE }, { "UTF-16LE", UTF16LE }, { "UCS-2LE", UTF16LE },
		{ "ISO-8859-1", LATIN }, { "LATIN1", LATIN }, { "LATIN-1", LATIN },
		{ "WINDOWS-1252", LATIN }, { "CP1252", LATIN }, { "GSM", GSM }, { "GSM-7", GSM } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(names[i].name, charset) != 0)
			continue;
		if (names[i].how == UTF8)
			buf_add(out, data, n);
		else if (names[i].how == LATIN)
			from_windows(data, n, out);
		else if (names[i].how == GSM)
			gsm_utf8(data, n, out);
		else
			from_utf16(data, n, names[i].how == UTF16LE, out);
		return 0;
	}
	return -1;
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '~' || c == '-';
}

void
form_escape(struct buf *out, const char *s)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n;

	while (*s != '\0') {
		n = 0;
		while (is_plain(s[n]))
			n++;
		buf_add(out, s, n);
		s += n;
		if (*s != '\0') {
			unsigned char c = (unsigned char)*s++;
			char hex[3] = { '%', digits[c >> 4], digits[c & 15] };

			buf_add(out, hex, sizeof(hex));
		}
	}
}

void
form_put(struct buf *out, const char *name, const char *value)
{
	if (out->len > 0 && out->data[out->len - 1] != '?')
		buf_text_add(out, "&");
	form_escape(out, name);
	buf_text_add(out, "=");
	form_escape(out, value);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void
form_decode(const char *s, size_t n, struct buf *out)
{
	char c;

	for (size_t i = 0; i < n; i++) {
		c = s[i] == '+' ? ' ' : s[i];
		if (c == '%' && i + 2 < n && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
			c = (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2]));
			i += 2;
		}
		buf_add(out, &c, 1);
	}
}

int
form_get(const char *form, size_t n, const char *name, struct buf *out)
{
	size_t len = strlen(name), field;
	const char *amp;

	for (size_t i = 0; i < n; i += field + 1) {
		amp = memchr(form + i, '&', n - i);
		field = amp != NULL ? (size_t)(amp - form) - i : n - i;
		if (field > len && memcmp(form + i, name, len) == 0 && form[i + len] == '=') {
			form_decode(form + i + len + 1, field - len - 1, out);
			return 0;
		}
	}
	return -1;
}
