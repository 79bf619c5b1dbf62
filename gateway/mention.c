#include "gateway/mention.h"

#include <stdbool.h>
#include <string.h>

#include "gateway/fold.h"

/* Is the word that ${text} has at ${at} a URL? */
static bool
in_url(const char *text, const char *at)
{
	const char *from = at, *scheme;
	size_t n;

	while (from > text && !strchr(" \n\t", from[-1]))
		from--;
	n = strcspn(from, " \n\t");
	if (n > 4 && memcmp(from, "www.", 4) == 0)
		return true;
	scheme = memchr(from, ':', n);
	for (; scheme; scheme = memchr(scheme + 1, ':', (size_t)(from + n - scheme - 1)))
		if (scheme + 2 < from + n && scheme[1] == '/' && scheme[2] == '/')
			return true;
	return false;
}

/* Nothing stands before the '@' at ${at} that makes it a part of an address or a path. */
static bool
mention_begins(const char *text, const char *at, bool *foreign)
{
	unsigned char c = at == text ? ' ' : (unsigned char)at[-1];

	*foreign = c >= 0x80;
	if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
		return false;
	return !strchr("_-+%@/&=", c);
}

const char *
mention_at(const char *text, const char *at, char name[PARSE_NAME_SIZE])
{
	size_t n = 0;
	uint32_t cp;
	bool foreign;
	const char *next = at, *end;

	if (fold_next(&next, &cp) != FOLD_PUNCT || cp != '@' ||
	    !mention_begins(text, at, &foreign) || in_url(text, at))
		return NULL;
	for (end = next; fold_next(&next, &cp) == FOLD_WORD && cp < 0x80; end = next)
		if (n < PARSE_NAME_SIZE)
			name[n++] = (char)cp;
	/* too long to be a name, or a part of an address elsewhere */
	if (n == 0 || n == PARSE_NAME_SIZE || *end == '@')
		return NULL;
	if (foreign && *end == '.' && (end[1] | 0x20) >= 'a' && (end[1] | 0x20) <= 'z')
		return NULL;
	name[n] = '\0';
	return end;
}
