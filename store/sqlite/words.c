#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "store/sqlite/sqlite.h"

static const struct {
	const char *word, *own;
} words[] = {
	{ "BIGINT", "INTEGER" },
	{ "BYTEA", "BLOB" },
	{ "KEYED", "WITHOUT ROWID, STRICT" },
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
sqlite_words(const char *sql)
{
	static const char create[] = "CREATE TABLE ";
	bool table = strncmp(sql, create, strlen(create)) == 0;
	bool keyed = strstr(sql, ") KEYED") != NULL;
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
	if (table && !keyed)
		buf_text_add(&out, " STRICT");
	return buf_take(&out);
}
