#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>

#include "base/buf.h"
#include "base/mem.h"
#include "channels/email/charset.h"
#include "channels/email/word.h"

#define RAW_MAX 16384
#define CHARSET_SIZE 64

struct word {
	char charset[CHARSET_SIZE];
	bool base64;
	const char *data;
	size_t n;
};

struct run {
	struct buf out;
	struct buf bytes; /* decoded, of one character set */
	char charset[CHARSET_SIZE];
};

/* Is there "=?charset?B?data?=" at ${s}?  Return its length, or 0. */
static size_t
take_word(const char *s, struct word *w)
{
	size_t n = 2, len;

	if (strncmp(s, "=?", 2) != 0)
		return 0;
	len = strcspn(s + n, "?* \t\r\n");
	if (len == 0 || len >= sizeof(w->charset))
		return 0;
	memcpy(w->charset, s + n, len);
	w->charset[len] = '\0';
	/* RFC 2231 lets a language follow. */
	n += len + strcspn(s + n + len, "? \t\r\n");
	if (s[n] != '?' || strchr("bBqQ", s[n + 1]) == NULL || s[n + 1] == '\0' || s[n + 2] != '?')
		return 0;
	w->base64 = tolower((unsigned char)s[n + 1]) == 'b';
	w->data = s + n + 3;
	w->n = strcspn(w->data, "?");
	if (w->data[w->n] != '?' || w->data[w->n + 1] != '=')
		return 0;
	return (size_t)(w->data + w->n + 2 - s);
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
add_q(struct buf *out, const char *s, size_t n)
{
	char c;

	for (size_t i = 0; i < n; i++) {
		c = s[i];
		if (c == '_') {
			c = ' ';
		} else if (c == '=' && i + 2 < n && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
			c = (char)(hex(s[i + 1]) * 16 + hex(s[i + 2]));
			i += 2;
		}
		buf_add(out, &c, 1);
	}
}

static void
add_base64(struct buf *out, const char *s, size_t n)
{
	GMimeEncoding state;
	char *bytes;

	g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
	bytes = mem_new(g_mime_encoding_outlen(&state, n) + 1);
	n = g_mime_encoding_flush(&state, s, n, bytes);
	buf_add(out, bytes, n);
	free(bytes);
}

static void
end_run(struct run *r)
{
	char *s;

	if (r->bytes.len == 0)
		return;
	s = charset_to_utf8(
	    buf_text(&r->bytes), r->bytes.len, r->charset[0] != '\0' ? r->charset : NULL);
	buf_text_add(&r->out, s);
	free(s);
	buf_clear(&r->bytes);
}

static void
add_word(struct run *r, const struct word *w)
{
	if (strcasecmp(r->charset, w->charset) != 0) {
		end_run(r);
		memcpy(r->charset, w->charset, sizeof(r->charset));
	}
	if (w->base64)
		add_base64(&r->bytes, w->data, w->n);
	else
		add_q(&r->bytes, w->data, w->n);
}

static void
add_plain(struct run *r, const char *s, size_t n)
{
	if (r->charset[0] != '\0') {
		end_run(r);
		r->charset[0] = '\0';
	}
	for (size_t i = 0; i < n; i++)
		if (s[i] != '\r' && s[i] != '\n')
			buf_add(&r->bytes, s + i, 1);
}

char *
word_decode(const char *raw)
{
	struct run r = { 0 };
	struct word w;
	size_t n, blank;
	const char *end;
	bool after_word = false;

	raw += strspn(raw, " \t\r\n");
	end = raw + strnlen(raw, RAW_MAX);
	while (raw < end) {
		blank = strspn(raw, " \t\r\n");
		n = take_word(raw + blank, &w);
		if (n > 0) {
			/* Blanks between two encoded words are not there. */
			if (blank > 0 && !after_word)
				add_plain(&r, " ", 1);
			add_word(&r, &w);
			raw += blank + n;
		} else {
			n = blank + strcspn(raw + blank, " \t\r\n");
			add_plain(&r, raw, n);
			raw += n;
		}
		after_word = n > 0 && raw[-1] == '=' && raw[-2] == '?' && r.charset[0] != '\0';
	}
	end_run(&r);
	buf_free(&r.bytes);
	return buf_take(&r.out);
}
