#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "channels/sms/charset.h"
#include "channels/sms/gsm.h"

#define ESCAPE 0x1b
#define NOT_THERE 0xfffd

/* Where a text begins to take more than one part, and what each part holds then. */
#define SEPTETS_ALONE 160
#define SEPTETS_PART 153
#define UNITS_ALONE 70
#define UNITS_PART 67

static const uint16_t basic[128] = { '@', 0xa3, '$', 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, '\n',
	0xd8, 0xf8, '\r', 0xc5, 0xe5, 0x394, '_', 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3,
	0x398, 0x39e, NOT_THERE, 0xc6, 0xe6, 0xdf, 0xc9, ' ', '!', '"', '#', 0xa4, '%', '&', '\'',
	'(', ')', '*', '+', ',', '-', '.', '/', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	':', ';', '<', '=', '>', '?', 0xa1, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K',
	'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 0xc4, 0xd6, 0xd1,
	0xdc, 0xa7, 0xbf, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0xe4, 0xf6, 0xf1, 0xfc, 0xe0 };

static const struct {
	uint16_t cp;
	char septet;
} extension[] = { { '\f', 0x0a }, { '^', 0x14 }, { '{', 0x28 }, { '}', 0x29 }, { '\\', 0x2f },
	{ '[', 0x3c }, { '~', 0x3d }, { ']', 0x3e }, { '|', 0x40 }, { 0x20ac, 0x65 } };

/* The same by code point, a bit each: this is asked for every character of every text. */
static const uint32_t ones[8] = { 0x2400, 0xffffffff, 0x87ffffff, 0x07fffffe, 0, 0x800000ba,
	0x914202f0, 0x13461371 };
static const uint32_t twos[4] = { 0x1000, 0, 0x78000000, 0x78000000 };

unsigned
gsm_septets(unsigned cp)
{
	if (cp < 256) {
		if ((ones[cp / 32] >> cp % 32 & 1) != 0)
			return 1;
		return cp < 128 && (twos[cp / 32] >> cp % 32 & 1) != 0 ? 2 : 0;
	}
	switch (cp) {
	case 0x393:
	case 0x394:
	case 0x398:
	case 0x39b:
	case 0x39e:
	case 0x3a0:
	case 0x3a3:
	case 0x3a6:
	case 0x3a8:
	case 0x3a9:
		return 1;
	case 0x20ac:
		return 2;
	default:
		return 0;
	}
}

bool
gsm_fits(const char *text)
{
	const char *end = text + strlen(text);

	while (text < end)
		if (gsm_septets(charset_next(&text, end)) == 0)
			return false;
	return true;
}

unsigned
gsm_parts(const char *text)
{
	const char *s = text, *end = text + strlen(text);
	bool gsm = gsm_fits(text);
	unsigned cp, width, total = 0, used = 0, parts = 1;
	unsigned room = gsm ? SEPTETS_PART : UNITS_PART;

	while (s < end) {
		cp = charset_next(&s, end);
		width = gsm ? gsm_septets(cp) : cp >= 0x10000 ? 2 : 1;
		total += width;
		if (used + width > room) {
			parts++;
			used = 0;
		}
		used += width;
	}
	return total <= (gsm ? SEPTETS_ALONE : UNITS_ALONE) ? 1 : parts;
}

char *
gsm_plain(const char *text)
{
	static const struct {
		uint16_t first, last;
		const char *as;
	} signs[] = { { 0x00a0, 0x00a0, " " }, { 0x00ab, 0x00ab, "\"" }, { 0x00ad, 0x00ad, "" },
		{ 0x00b4, 0x00b4, "'" }, { 0x00bb, 0x00bb, "\"" }, { '`', '`', "'" },
		{ 0x2000, 0x200a, " " }, { 0x2010, 0x2015, "-" }, { 0x2018, 0x201b, "'" },
		{ 0x201c, 0x201f, "\"" }, { 0x2022, 0x2022, "*" }, { 0x2026, 0x2026, "..." },
		{ 0x202f, 0x202f, " " }, { 0x2032, 0x2032, "'" }, { 0x2033, 0x2033, "\"" },
		{ 0x2039, 0x203a, "'" }, { 0x2212, 0x2212, "-" }, { 0x3000, 0x3000, " " } };
	const char *s = text, *end = text + strlen(text), *as;
	struct buf out = { 0 };
	unsigned cp;

	while (s < end) {
		cp = charset_next(&s, end);
		as = NULL;
		for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
			if (cp >= signs[i].first && cp <= signs[i].last)
				as = signs[i].as;
		if (as != NULL)
			buf_text_add(&out, as);
		else
			charset_put(&out, cp);
	}
	return buf_take(&out);
}

/* ${text} up to ${graphemes}, and "...". */
static char *
cut(const char *text, size_t graphemes)
{
	size_t n = text_prefix(text, graphemes);

	while (n > 0 && text[n - 1] == ' ')
		n--;
	return mem_printf("%.*s...", (int)n, text);
}

char *
gsm_fit(const char *text, bool plain, unsigned max)
{
	char *out = plain && !gsm_fits(text) ? gsm_plain(text) : mem_dup(text), *tried;
	size_t low = 0, high, middle;

	if (plain && !gsm_fits(out)) {
		free(out);
		out = mem_dup(text);
	}
	if (gsm_parts(out) <= max)
		return out;
	/* The longest that fits: of ${low} graphemes it is known, of ${high} it does not. */
	high = text_length(out);
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		tried = cut(out, middle);
		if (gsm_parts(tried) <= max)
			low = middle;
		else
			high = middle;
		free(tried);
	}
	tried = cut(out, low);
	free(out);
	return tried;
}

void
gsm_utf8(const char *septets, size_t n, struct buf *out)
{
	unsigned cp;

	for (size_t i = 0; i < n; i++) {
		unsigned c = (unsigned char)septets[i];
		cp = c < 128 ? basic[c] : NOT_THERE;
		if (c == ESCAPE && i + 1 < n) {
			c = (unsigned char)septets[++i];
			/* A phone that does not know an escape shows the plain letter. */
			cp = c < 128 ? basic[c] : NOT_THERE;
			for (size_t e = 0; e < sizeof(extension) / sizeof(extension[0]); e++)
				if ((unsigned char)extension[e].septet == c)
					cp = extension[e].cp;
		}
		charset_put(out, cp);
	}
}
