#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "channels/email/charset.h"

/* What a mail says, and what to give to iconv; several names of a line mean the same. */
static const struct {
	const char *said;
	const char *meant;
} aliases[] = {
	{ "iso-8859-1", "WINDOWS-1252" },
	{ "iso8859-1", "WINDOWS-1252" },
	{ "latin1", "WINDOWS-1252" },
	{ "us-ascii", "WINDOWS-1252" },
	{ "ascii", "WINDOWS-1252" },
	{ "ansi_x3.4-1968", "WINDOWS-1252" },
	{ "cp1252", "WINDOWS-1252" },
	{ "x-cp1252", "WINDOWS-1252" },
	{ "windows-1252", "WINDOWS-1252" },
	{ "iso-8859-9", "WINDOWS-1254" },
	{ "windows-1254", "WINDOWS-1254" },
	{ "iso-8859-11", "WINDOWS-874" },
	{ "tis-620", "WINDOWS-874" },
	{ "windows-874", "WINDOWS-874" },
	{ "gb2312", "GB18030" },
	{ "gbk", "GB18030" },
	{ "x-gbk", "GB18030" },
	{ "gb_2312-80", "GB18030" },
	{ "gb18030", "GB18030" },
	{ "cp936", "GB18030" },
	{ "big5", "BIG5-HKSCS" },
	{ "x-x-big5", "BIG5-HKSCS" },
	{ "big5-hkscs", "BIG5-HKSCS" },
	{ "shift_jis", "CP932" },
	{ "shift-jis", "CP932" },
	{ "x-sjis", "CP932" },
	{ "sjis", "CP932" },
	{ "windows-31j", "CP932" },
	{ "cp932", "CP932" },
	{ "iso-2022-jp", "ISO-2022-JP-3" },
	{ "iso-2022-jp-ms", "ISO-2022-JP-3" },
	{ "cp50220", "ISO-2022-JP-3" },
	{ "cp50221", "ISO-2022-JP-3" },
	{ "euc-jp", "EUC-JP-MS" },
	{ "ks_c_5601-1987", "CP949" },
	{ "euc-kr", "CP949" },
	{ "ksc5601", "CP949" },
	{ "cp949", "CP949" },
	{ "iso-2022-kr", "ISO-2022-KR" },
	{ "utf8", "UTF-8" },
	{ "utf-8", "UTF-8" },
	{ "unicode-1-1-utf-8", "UTF-8" },
	{ "utf-7", "UTF-7" },
	{ "utf-16", "UTF-16" },
	{ "utf-16le", "UTF-16LE" },
	{ "utf-16be", "UTF-16BE" },
	{ "iso-8859-2", "ISO-8859-2" },
	{ "iso-8859-3", "ISO-8859-3" },
	{ "iso-8859-4", "ISO-8859-4" },
	{ "iso-8859-5", "ISO-8859-5" },
	{ "iso-8859-6", "ISO-8859-6" },
	{ "iso-8859-7", "ISO-8859-7" },
	{ "iso-8859-8", "ISO-8859-8" },
	{ "iso-8859-8-i", "ISO-8859-8" },
	{ "iso-8859-10", "ISO-8859-10" },
	{ "iso-8859-13", "ISO-8859-13" },
	{ "iso-8859-14", "ISO-8859-14" },
	{ "iso-8859-15", "ISO-8859-15" },
	{ "iso-8859-16", "ISO-8859-16" },
	{ "windows-1250", "WINDOWS-1250" },
	{ "windows-1251", "WINDOWS-1251" },
	{ "cp1251", "WINDOWS-1251" },
	{ "windows-1253", "WINDOWS-1253" },
	{ "windows-1255", "WINDOWS-1255" },
	{ "windows-1256", "WINDOWS-1256" },
	{ "windows-1257", "WINDOWS-1257" },
	{ "windows-1258", "WINDOWS-1258" },
	{ "koi8-r", "KOI8-R" },
	{ "koi8-u", "KOI8-U" },
	{ "macintosh", "MACINTOSH" },
};

#define ALIASES (sizeof(aliases) / sizeof(aliases[0]))

static const char *
meant_by(const char *charset)
{
	for (size_t i = 0; charset != NULL && i < ALIASES; i++)
		if (strcasecmp(charset, aliases[i].said) == 0)
			return aliases[i].meant;
	return NULL;
}

static bool
has_high(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return true;
	return false;
}

/* Most often undeclared, or declared by somebody who did not look: believe the bytes. */
static bool
is_really_utf8(const char *s, size_t n, const char *charset)
{
	bool vague = charset == NULL || meant_by(charset) == NULL ||
		     strcasecmp(charset, "us-ascii") == 0 || strcasecmp(charset, "ascii") == 0;

	return vague && has_high(s, n) && text_valid(s, n);
}

static void
convert(iconv_t cd, const char *s, size_t n, struct buf *out)
{
	char piece[4096], *in = (char *)(uintptr_t)s, *to;
	size_t left, r;
	int why;

	do {
		to = piece;
		left = sizeof(piece);
		r = iconv(cd, n > 0 ? &in : NULL, &n, &to, &left);
		why = errno;
		buf_add(out, piece, (size_t)(to - piece));
		if (r == (size_t)-1 && why != E2BIG && n > 0) {
			buf_text_add(out, "\xef\xbf\xbd");
			in++;
			n--;
			if (why == EINVAL)
				n = 0;
		}
	} while (n > 0);
	to = piece;
	left = sizeof(piece);
	iconv(cd, NULL, NULL, &to, &left);
	buf_add(out, piece, (size_t)(to - piece));
}

static void
drop_nuls(struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		if (b->data[i] != '\0')
			b->data[n++] = b->data[i];
	b->len = n;
	if (b->data != NULL)
		b->data[n] = '\0';
}

char *
charset_to_utf8(const char *s, size_t n, const char *charset)
{
	const char *from = is_really_utf8(s, n, charset) ? "UTF-8" : meant_by(charset);
	struct buf out = { 0 };
	iconv_t cd;

	if (from == NULL)
		from = text_valid(s, n) ? "UTF-8" : "WINDOWS-1252";
	if (strcmp(from, "UTF-8") == 0 && n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		s += 3;
		n -= 3;
	}
	cd = iconv_open("UTF-8", from);
	if (cd == (iconv_t)-1)
		cd = iconv_open("UTF-8", "ISO-8859-1");
	if (cd == (iconv_t)-1)
		return mem_dup("");
	convert(cd, s, n, &out);
	iconv_close(cd);
	drop_nuls(&out);
	return buf_take(&out);
}
