#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/web/feed.h"
#include "gateway/fold.h"
#include "gateway/phrase.h"

#define TITLE_GRAPHEMES 80
#define FSI "\xE2\x81\xA8" /* first strong isolate */
#define PDI "\xE2\x81\xA9" /* pop directional isolate */
#define REPLACEMENT "\xEF\xBF\xBD"

/* Is what follows the first byte ${s}[0] of a character of ${n} bytes as it must be?  Takes the bits. */
static bool
tail(const unsigned char *s, size_t n, uint32_t *c)
{
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return false;
		*c = *c << 6 | (s[i] & 0x3f);
	}
	return true;
}

/* The bytes of the character at ${s}; 0: it is none, or a surrogate. */
static size_t
decode(const unsigned char *s, uint32_t *c)
{
	size_t n = *s < 0x80   ? 1
		   : *s < 0xc2 ? 0
		   : *s < 0xe0 ? 2
		   : *s < 0xf0 ? 3
		   : *s < 0xf5 ? 4
			       : 0;

	*c = n < 2 ? *s : *s & (0x7fU >> n);
	if (n == 0 || !tail(s, n, c) || (n == 3 && *c < 0x800) || (*c >= 0xd800 && *c < 0xe000) ||
	    (n == 4 && (*c < 0x10000 || *c > 0x10ffff)))
		return 0;
	return n;
}

/* May it stand in XML 1.0, and mean something there?  Neither controls nor what is no character. */
static bool
is_said(uint32_t c)
{
	if (c < 0x20)
		return c == '\n' || c == '\t';
	return !(c >= 0x7f && c < 0xa0) && (c & 0xfffe) != 0xfffe && !(c >= 0xfdd0 && c < 0xfdf0);
}

/* The store keeps clean text, this holds for the rest. */
static void
add_clean(struct buf *out, const char *text, bool escape)
{
	const char *from = text, *s, *instead;
	uint32_t c;
	size_t n;

	for (s = text; *s; s += n) {
		n = decode((const unsigned char *)s, &c);
		instead = n == 0        ? REPLACEMENT
			  : !is_said(c) ? ""
			  : !escape     ? NULL
			  : c == '&'    ? "&amp;"
			  : c == '<'    ? "&lt;"
			  : c == '>'    ? "&gt;"
			  : c == '"'    ? "&quot;"
					: NULL;
		n += n == 0;
		if (instead == NULL)
			continue;
		buf_add(out, from, (size_t)(s - from));
		buf_text_add(out, instead);
		from = s + n;
	}
	buf_add(out, from, (size_t)(s - from));
}

static void
close_tag(struct feed *f)
{
	if (f->open)
		buf_add(f->out, ">", 1);
	f->open = false;
}

void
feed_begin(struct feed *f, const char *name)
{
	close_tag(f);
	buf_add(f->out, "<", 1);
	buf_text_add(f->out, name);
	f->open = true;
}

void
feed_attribute(struct feed *f, const char *name, const char *text)
{
	buf_add(f->out, " ", 1);
	buf_text_add(f->out, name);
	buf_add(f->out, "=\"", 2);
	add_clean(f->out, text, true);
	buf_add(f->out, "\"", 1);
}

void
feed_text(struct feed *f, const char *text)
{
	close_tag(f);
	add_clean(f->out, text, true);
}

void
feed_end(struct feed *f, const char *name)
{
	if (f->open) {
		f->open = false;
		buf_add(f->out, "/>", 2);
		return;
	}
	buf_add(f->out, "</", 2);
	buf_text_add(f->out, name);
	buf_add(f->out, ">", 1);
}

void
feed_element(struct feed *f, const char *name, const char *text)
{
	feed_begin(f, name);
	feed_text(f, text);
	feed_end(f, name);
}

void
feed_link(struct feed *f, const char *element, const char *rel, const char *type, char *url)
{
	feed_begin(f, element);
	feed_attribute(f, "rel", rel);
	feed_attribute(f, "type", type);
	feed_attribute(f, "href", url);
	feed_end(f, element);
	free(url);
}

char *
feed_id(const struct feed *f, const char *what)
{
	return mem_printf("tag:%s,2026:%s", f->site->domain, what);
}

char *
feed_status_id(const struct feed *f, int64_t pos)
{
	char what[40];

	snprintf(what, sizeof what, "status/%lld", (long long)pos);
	return feed_id(f, what);
}

char *
feed_url(const struct feed *f, const char *path)
{
	return mem_printf("%s%s", f->site->url, path);
}

char *
feed_status_url(const struct feed *f, const char *author, int64_t pos)
{
	return mem_printf("%s/%s/%lld", f->site->url, author, (long long)pos);
}

char *
feed_self(const struct feed *f, int64_t before)
{
	struct buf out = { 0 };

	buf_printf(&out, "%s%s.%s", f->site->url, f->path, f->rss ? "rss" : "atom");
	if (*f->query)
		buf_printf(&out, "?%s", f->query);
	if (before)
		buf_printf(&out, "%cbefore=%lld", *f->query ? '&' : '?', (long long)before);
	return buf_take(&out);
}

/* The first words of ${text} in one line; the caller frees it. */
static char *
one_line(const char *text)
{
	struct buf clean = { 0 };
	char *line;

	add_clean(&clean, text, false);
	line = phrase_glimpse(buf_text(&clean), TITLE_GRAPHEMES);
	for (char *p = line; *p; p++)
		if (*p == '\n') /* of a line's end that is no newline */
			*p = ' ';
	buf_free(&clean);
	return line;
}

static bool
is_ascii(const char *s)
{
	while (*s && (unsigned char)*s < 0x80)
		s++;
	return *s == '\0';
}

char *
feed_words(const char *text)
{
	char *line = one_line(text), *apart;

	if (is_ascii(line))
		return line;
	apart = mem_printf(FSI "%s" PDI, line);
	free(line);
	return apart;
}

/* Whoever said it stands apart from what runs from right to left, as in all messages of ours. */
char *
feed_title(const struct status *s)
{
	char *line = one_line(s->text), *title;

	title = mem_printf(fold_rtl(line) ? FSI "%s" PDI ": %s" : "%s: %s", s->author_name, line);
	free(line);
	return title;
}
