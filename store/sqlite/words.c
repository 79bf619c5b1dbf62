#include <string.h>

#include "store/sqlite/sqlite.h"
#include "store/words.h"

static const struct word words[] = {
	{ "BIGINT", "INTEGER" },
	{ "BYTEA", "BLOB" },
	{ "KEYED", "WITHOUT ROWID, STRICT" },
};

char *
sqlite_words(const char *sql)
{
	static const char create[] = "CREATE TABLE ";
	bool table = strncmp(sql, create, strlen(create)) == 0;
	bool keyed = strstr(sql, ") KEYED") != NULL;
	struct buf out = { 0 };

	words_translate(&out, sql, words, sizeof(words) / sizeof(words[0]));
	if (table && !keyed)
		buf_text_add(&out, " STRICT");
	return buf_take(&out);
}
