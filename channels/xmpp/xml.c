#include "channels/xmpp/xml.h"

#include <stdint.h>
#include <string.h>

/* The bytes of the UTF-8 character at ${s}, and which it is; 0 if it is none. */
static size_t
decode(const unsigned char *s, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80   ? 1
		   : s[0] < 0xc2 ? 0
		   : s[0] < 0xe0 ? 2
		   : s[0] < 0xf0 ? 3
		   : s[0] < 0xf5 ? 4
				 : 0;

	*c = n > 1 ? s[0] & (0xffu >> (n + 1)) : s[0];
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (s[i] & 0x3f);
	}
	if (n > 0 && (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff)))
		return 0;
	return n;
}

/* Char of XML 1.0, but for CR, which a parser would turn into LF. */
static bool
allowed(uint32_t c)
{
	return c == '\t' || c == '\n' || (c >= 0x20 && c != 0xfffe && c != 0xffff);
}

void
xml_escape(struct buf *out, const char *s)
{
	const char *done = s, *special;
	uint32_t c;
	size_t n;

	while (*s != '\0') {
		n = decode((const unsigned char *)s, &c);
		special = n == 0 || !allowed(c) ? ""
			  : c == '&'            ? "&amp;"
			  : c == '<'            ? "&lt;"
			  : c == '>'            ? "&gt;"
			  : c == '"'            ? "&quot;"
			  : c == '\''           ? "&apos;"
						: NULL;
		if (special != NULL) {
			buf_add(out, done, (size_t)(s - done));
			buf_text_add(out, special);
			done = s + (n == 0 ? 1 : n);
		}
		s += n == 0 ? 1 : n;
	}
	buf_add(out, done, (size_t)(s - done));
}

bool
xml_plain(const char *s, size_t *len)
{
	static const bool special[128] = {
		['&'] = true, ['<'] = true, ['>'] = true, ['"'] = true, ['\''] = true
	};
	unsigned char c;
	bool bad = false;
	size_t n;

	/* without a branch for each: nearly all are plain */
	for (n = 0; s[n] != '\0'; n++) {
		c = (unsigned char)s[n];
		bad |= c < 0x20 || c > 0x7e || special[c & 0x7f];
	}
	*len = n;
	return !bad;
}

void
xml_attribute(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_text_add(out, " ");
	buf_text_add(out, name);
	buf_text_add(out, "='");
	xml_escape(out, value);
	buf_text_add(out, "'");
}

bool
xml_valid(const char *s)
{
	uint32_t c;
	size_t n;

	for (; *s != '\0'; s += n) {
		n = decode((const unsigned char *)s, &c);
		if (n == 0)
			return false;
	}
	return true;
}

size_t
xml_offset(const char *s, unsigned long n)
{
	size_t i = 0;

	for (; s[i] != '\0'; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}
