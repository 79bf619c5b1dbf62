#include "store/words.h"

#include <ctype.h>
#include <string.h>

static void
add_word(struct buf *out, const char *s, size_t n, const struct word *words, size_t words_n)
{
	for (size_t i = 0; i < words_n; i++)
		if (strlen(words[i].word) == n && memcmp(words[i].word, s, n) == 0) {
			buf_text_add(out, words[i].own);
			return;
		}
	buf_add(out, s, n);
}

void
words_translate(struct buf *out, const char *sql, const struct word *words, size_t words_n)
{
	size_t n;

	for (const char *s = sql; *s != '\0'; s += n) {
		for (n = 0; isalnum((unsigned char)s[n]) || s[n] == '_'; n++)
			;
		if (n > 0)
			add_word(out, s, n, words, words_n);
		else
			buf_add(out, s, n = 1);
	}
}
