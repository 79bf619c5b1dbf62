#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "base/mem.h"
#include "base/text.h"
#include "channels/email/charset.h"
#include "channels/email/encode.h"

#define WORD_BYTES 42 /* of UTF-8 in one encoded word: 56 letters of base64 and the frame */
#define LINE_BYTES 76
#define TEXT_BYTES 2000 /* of a header; more is cut */

/* Valid UTF-8 without control characters, on one line. */
static char *
tidy(const char *text)
{
	char *s = charset_to_utf8(text, strnlen(text, TEXT_BYTES), "utf-8");

	for (unsigned char *p = (unsigned char *)s; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
			*p = *p == 0xc2 ? (p[1] = ' ', ' ') : ' ';
	return s;
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x7f || (unsigned char)*s < 0x20)
			return false;
	return true;
}

static void
put_base64(struct buf *out, const char *s, size_t n)
{
	gchar *b = g_base64_encode((const guchar *)s, n);

	buf_text_add(out, b);
	g_free(b);
}

/* Each word on a line of its own; none splits a character. */
static void
put_words(struct buf *out, const char *s)
{
	size_t n = strlen(s), cut;

	for (bool first = true; n > 0; first = false) {
		cut = n < WORD_BYTES ? n : WORD_BYTES;
		while (cut < n && cut > 1 && ((unsigned char)s[cut] & 0xc0) == 0x80)
			cut--;
		buf_text_add(out, first ? "=?utf-8?b?" : "\r\n =?utf-8?b?");
		put_base64(out, s, cut);
		buf_text_add(out, "?=");
		s += cut;
		n -= cut;
	}
}

/* Can it stand in a header as it is: no word too long to fold? */
static bool
is_simple(const char *s)
{
	size_t word = 0;

	if (!is_ascii(s) || strstr(s, "=?") != NULL || *s == ' ')
		return false;
	for (; *s != '\0'; s++) {
		word = *s == ' ' ? 0 : word + 1;
		if (word > 60 || (*s == ' ' && (s[1] == ' ' || s[1] == '\0')))
			return false;
	}
	return true;
}

static void
put_folded(struct buf *out, size_t column, const char *s)
{
	size_t word;

	while (*s != '\0') {
		word = strcspn(s + 1, " ") + 1;
		if (column + word > LINE_BYTES && *s == ' ') {
			buf_text_add(out, "\r\n");
			column = 0;
		}
		buf_add(out, s, word);
		column += word;
		s += word;
	}
}

void
encode_text(struct buf *out, const char *name, const char *text)
{
	char *s = tidy(text);

	buf_printf(out, "%s: ", name);
	if (is_simple(s))
		put_folded(out, strlen(name) + 2, s);
	else
		put_words(out, s);
	buf_text_add(out, "\r\n");
	free(s);
}

void
encode_address(struct buf *out, const char *name, const char *phrase, const char *address)
{
	char *s = tidy(phrase);

	buf_printf(out, "%s: ", name);
	if (*s != '\0' && is_ascii(s) && strlen(s) < 60 && strpbrk(s, "\"\\") == NULL)
		buf_printf(out, "\"%s\"", s);
	else
		put_words(out, s);
	buf_printf(out, "%s<%s>\r\n", *s != '\0' ? "\r\n " : "", address);
	free(s);
}

void
encode_plain(struct buf *out, const char *name, const char *token)
{
	if (*token == '\0' || strlen(token) > 900 || !is_ascii(token))
		return;
	buf_text_add(out, name);
	buf_text_add(out, ": ");
	buf_text_add(out, token);
	buf_text_add(out, "\r\n");
}

/* May it go as it is? */
static bool
is_7bit(const char *s)
{
	size_t column = 0;

	for (; *s != '\0'; s++) {
		column = *s == '\n' ? 0 : column + 1;
		if (column > LINE_BYTES || (unsigned char)*s >= 0x7f ||
		    ((unsigned char)*s < 0x20 && *s != '\n' && *s != '\t'))
			return false;
	}
	return true;
}

static GMimeContentEncoding
choose(const char *s)
{
	size_t high = 0, n = 0;

	if (is_7bit(s))
		return GMIME_CONTENT_ENCODING_7BIT;
	for (; s[n] != '\0'; n++)
		high += (unsigned char)s[n] >= 0x80;
	return high > n / 6 ? GMIME_CONTENT_ENCODING_BASE64
			    : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
}

static void
put_lines(struct buf *out, const char *s)
{
	size_t n;

	while (*s != '\0') {
		n = strcspn(s, "\n");
		buf_add(out, s, n);
		buf_text_add(out, "\r\n");
		s += n + (s[n] == '\n');
	}
}

void
encode_body(struct buf *out, const char *body)
{
	GMimeContentEncoding how = choose(body);
	GMimeEncoding state;
	size_t n = strlen(body);
	char *coded;

	encode_plain(out, "MIME-Version", "1.0");
	encode_plain(out, "Content-Type", "text/plain; charset=utf-8");
	encode_plain(out, "Content-Transfer-Encoding", g_mime_content_encoding_to_string(how));
	buf_text_add(out, "\r\n");
	if (how == GMIME_CONTENT_ENCODING_7BIT) {
		put_lines(out, body);
		return;
	}
	g_mime_encoding_init_encode(&state, how);
	coded = mem_new(g_mime_encoding_outlen(&state, n) + 1);
	n = g_mime_encoding_flush(&state, body, n, coded);
	coded[n] = '\0';
	put_lines(out, coded);
	free(coded);
}
