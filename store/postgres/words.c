#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "store/postgres/postgres.h"

static const struct {
	const char *word, *own;
} words[] = {
	/* Names sort by their bytes, whatever the language of the server. */
	{ "TEXT", "TEXT COLLATE \"C\"" },
	{ "KEYED", "" },
	/* reserved here */
	{ "session_user", "\"session_user\"" },
};

static void
add_word(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == n && memcmp(words[i].word, s, n) == 0) {
			buf_text_add(out, words[i].own);
			return;
		}
	buf_add(out, s, n);
}

char *
pg_words(const char *sql)
{
	struct buf out = { 0 };
	size_t n;

	for (const char *s = sql; *s != '\0'; s += n) {
		for (n = 0; isalnum((unsigned char)s[n]) || s[n] == '_'; n++)
			;
		if (n > 0)
			add_word(&out, s, n);
		else
			buf_add(&out, s, n = 1);
	}
	return buf_take(&out);
}

char *
pg_parameters(const char *sql)
{
	struct buf out = { 0 };
	bool quoted = false;

	for (const char *s = sql; *s != '\0'; s++) {
		quoted ^= *s == '\'';
		buf_add(&out, !quoted && *s == '?' ? "$" : s, 1);
	}
	return buf_take(&out);
}
