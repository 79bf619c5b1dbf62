#include "store/words.h"
#include "store/postgres/postgres.h"

static const struct word words[] = {
	/* Names sort by their bytes, whatever the language of the server. */
	{ "TEXT", "TEXT COLLATE \"C\"" },
	{ "KEYED", "" },
	/* reserved here */
	{ "session_user", "\"session_user\"" },
};

char *
pg_words(const char *sql)
{
	struct buf out = { 0 };

	words_translate(&out, sql, words, sizeof(words) / sizeof(words[0]));
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
