#include "gateway/fold.h"

#include <stdbool.h>
#include <stddef.h>

struct range {
	uint32_t first, last;
};

/* Is ${cp} in one of ${r}[0..n), which are in order? */
static bool
within(const struct range *r, size_t n, uint32_t cp)
{
	size_t low = 0;

	while (low < n) {
		size_t mid = low + (n - low) / 2;

		if (cp < r[mid].first)
			n = mid;
		else if (cp > r[mid].last)
			low = mid + 1;
		else
			return true;
	}
	return false;
}

#define WITHIN(table, cp) within(table, sizeof(table) / sizeof((table)[0]), cp)

/*
 * What nobody sees must not tell two words apart; nor Arabic tatweel and vowel marks and Hebrew points,
 * which are written or left out as people like.
 */
static const struct range invisible[] = { { 0xAD, 0xAD }, { 0x34F, 0x34F }, { 0x591, 0x5BD },
	{ 0x5BF, 0x5BF }, { 0x61C, 0x61C }, { 0x640, 0x640 }, { 0x64B, 0x65F }, { 0x670, 0x670 },
	{ 0x115F, 0x1160 }, { 0x17B4, 0x17B5 }, { 0x180B, 0x180F }, { 0x200B, 0x200F },
	{ 0x202A, 0x202E }, { 0x2060, 0x206F }, { 0x3164, 0x3164 }, { 0xFE00, 0xFE0F },
	{ 0xFEFF, 0xFEFF }, { 0xFFA0, 0xFFA0 }, { 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A },
	{ 0xE0000, 0xE0FFF } };

/* Controls part words, as text_clean() has it. */
static const struct range blank[] = { { 0x1, 0x20 }, { 0x7F, 0xA0 }, { 0x1680, 0x1680 },
	{ 0x2000, 0x200A }, { 0x2028, 0x2029 }, { 0x202F, 0x202F }, { 0x205F, 0x205F },
	{ 0x3000, 0x3000 } };

static const struct range punct[] = { { 0x21, 0x2F }, { 0x3A, 0x40 }, { 0x5B, 0x5E },
	{ 0x60, 0x60 }, { 0x7B, 0x7E }, { 0xA1, 0xA9 }, { 0xAB, 0xB4 }, { 0xB6, 0xB9 },
	{ 0xBB, 0xBF }, { 0xD7, 0xD7 }, { 0xF7, 0xF7 }, { 0x2B9, 0x2DF }, { 0x55A, 0x55F },
	{ 0x589, 0x58A }, { 0x5BE, 0x5BE }, { 0x5C0, 0x5C0 }, { 0x5C3, 0x5C3 }, { 0x5F3, 0x5F4 },
	{ 0x600, 0x60F }, { 0x61B, 0x61F }, { 0x66A, 0x66D }, { 0x6D4, 0x6D4 }, { 0x6DD, 0x6DE },
	{ 0x964, 0x965 }, { 0x970, 0x970 }, { 0xE4F, 0xE4F }, { 0xE5A, 0xE5B }, { 0x2010, 0x2027 },
	{ 0x2030, 0x205E }, { 0x207A, 0x207E }, { 0x208A, 0x208E }, { 0x20A0, 0x20CF },
	{ 0x2190, 0x245F }, { 0x2500, 0x2BFF }, { 0x2E00, 0x2E7F }, { 0x3001, 0x3004 },
	{ 0x3008, 0x3020 }, { 0x3030, 0x3030 }, { 0x303D, 0x303D }, { 0x30FB, 0x30FB },
	{ 0xFE10, 0xFE6F }, { 0xFF61, 0xFF65 }, { 0xFFE0, 0xFFEE }, { 0x1F000, 0x1FAFF } };

/* Letters of most of what is written, none of which is in a table above: all that people read is folded. */
static bool
is_letter(uint32_t cp)
{
	if (cp < 0x900)
		return (cp >= 0xC0 && cp <= 0x24F && cp != 0xD7 && cp != 0xF7) ||
		       (cp >= 0x370 && cp <= 0x52F) || (cp >= 0x620 && cp <= 0x64A && cp != 0x640);
	return (cp >= 0x3041 && cp <= 0x30FF && cp != 0x30FB) || (cp >= 0x3400 && cp <= 0x9FFF) ||
	       (cp >= 0xAC00 && cp <= 0xD7A3) || (cp >= 0x900 && cp <= 0x963);
}

/* Decode one character; anything malformed ends the text: callers clean it first. */
static uint32_t
decode(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	int more = p[0] < 0x80   ? 0
		   : p[0] < 0xC2 ? -1
		   : p[0] < 0xE0 ? 1
		   : p[0] < 0xF0 ? 2
		   : p[0] < 0xF5 ? 3
				 : -1;
	uint32_t cp = p[0];

	if (more < 0)
		return 0;
	if (more)
		cp &= 0x3Fu >> more;
	for (int i = 1; i <= more; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		cp = cp << 6 | (p[i] & 0x3F);
	}
	if (cp)
		*s += more + 1;
	return cp;
}

/* Lower case where one character stays one; the scripts whose words are in the table. */
static uint32_t
lower(uint32_t cp)
{
	if ((cp >= 'A' && cp <= 'Z') || (cp >= 0xC0 && cp <= 0xDE && cp != 0xD7))
		return cp + 0x20;
	if ((cp >= 0x100 && cp <= 0x137) || (cp >= 0x14A && cp <= 0x177))
		return cp == 0x130 || cp == 0x131 ? 'i' : cp | 1;
	if ((cp >= 0x139 && cp <= 0x148) || (cp >= 0x179 && cp <= 0x17E))
		return cp & 1 ? cp + 1 : cp;
	if ((cp >= 0x391 && cp <= 0x3AB) || (cp >= 0x410 && cp <= 0x42F))
		return cp + 0x20;
	if (cp >= 0x400 && cp <= 0x40F)
		return cp + 0x50;
	if (cp >= 0x1E00 && cp <= 0x1EFF && (cp < 0x1E96 || cp > 0x1E9F))
		return cp | 1;
	return cp;
}

static uint32_t
plain(uint32_t cp)
{
	if (cp >= 0xFF01 && cp <= 0xFF5E)
		cp -= 0xFF01 - 0x21;
	if (cp >= 0x660 && cp <= 0x669)
		return cp - 0x660 + '0';
	if (cp >= 0x6F0 && cp <= 0x6F9)
		return cp - 0x6F0 + '0';
	switch (cp) {
	case 0x622: /* alef with madda, hamza above, hamza below, wasla */
	case 0x623:
	case 0x625:
	case 0x671:
		return 0x627;
	case 0x629: /* teh marbuta */
		return 0x647;
	case 0x649: /* alef maksura, Persian yeh */
	case 0x6CC:
		return 0x64A;
	case 0x6A9: /* Persian kaf */
		return 0x643;
	case 0x3C2: /* final sigma */
		return 0x3C3;
	case 0x451: /* yo */
		return 0x435;
	default:
		return lower(cp);
	}
}

/* The same without the tables: most of what is typed. */
static enum fold_class
class_of_ascii(uint32_t cp)
{
	if ((cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9') || cp == '_')
		return FOLD_WORD;
	if (cp == 0)
		return FOLD_END;
	return cp <= ' ' || cp == 0x7F ? FOLD_BLANK : FOLD_PUNCT;
}

enum fold_class
fold_next(const char **s, uint32_t *cp)
{
	do {
		*cp = decode(s);
		if (*cp < 0x80) {
			*cp = lower(*cp);
			return class_of_ascii(*cp);
		}
		/* emoji, for the same reason */
		if (*cp >= 0x1F000 && *cp <= 0x1FAFF)
			return FOLD_PUNCT;
	} while (!is_letter(*cp) && WITHIN(invisible, *cp));
	*cp = plain(*cp);
	if (*cp < 0x80)
		return class_of_ascii(*cp);
	if (is_letter(*cp))
		return FOLD_WORD;
	if (WITHIN(blank, *cp))
		return FOLD_BLANK;
	return WITHIN(punct, *cp) ? FOLD_PUNCT : FOLD_WORD;
}

int
fold_put(uint32_t cp, char out[4])
{
	int more = cp < 0x80 ? 0 : cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = { 0, 0xC0, 0xE0, 0xF0 };

	out[0] = (char)(lead[more] | cp >> (6 * more));
	for (int i = 1; i <= more; i++)
		out[i] = (char)(0x80 | (cp >> (6 * (more - i)) & 0x3F));
	return more + 1;
}

int
fold_rtl(const char *s)
{
	static const struct range rtl[] = { { 0x591, 0x5FF }, { 0x608, 0x608 }, { 0x60B, 0x60B },
		{ 0x60D, 0x60D }, { 0x61B, 0x64A }, { 0x66D, 0x66F }, { 0x671, 0x6D5 },
		{ 0x6E5, 0x6E6 }, { 0x6EE, 0x6EF }, { 0x6FA, 0x8FF }, { 0xFB1D, 0xFDFF },
		{ 0xFE70, 0xFEFE }, { 0x10800, 0x10FFF }, { 0x1E800, 0x1EFFF } };
	static const struct range neutral[] = { { '0', '9' }, { '_', '_' }, { 0x300, 0x36F },
		{ 0x610, 0x61A }, { 0x64B, 0x65F }, { 0x660, 0x669 }, { 0x670, 0x670 },
		{ 0x6D6, 0x6E4 }, { 0x6F0, 0x6F9 }, { 0x2000, 0x209F } };
	int depth = 0;

	for (;;) {
		uint32_t cp = decode(&s);

		if (cp == 0)
			return 0;
		/* P2: what is inside an isolate does not count */
		if (cp >= 0x2066 && cp <= 0x2068)
			depth++;
		else if (cp == 0x2069 && depth)
			depth--;
		else if (depth)
			continue;
		else if (cp == 0x200F || (cp != 0x200E && WITHIN(rtl, cp) && !WITHIN(neutral, cp)))
			return 1;
		else if (cp == 0x200E || (!WITHIN(neutral, cp) && !WITHIN(blank, cp) &&
					     !WITHIN(punct, cp) && !WITHIN(invisible, cp)))
			return 0;
	}
}
