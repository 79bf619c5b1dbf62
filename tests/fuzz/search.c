#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/token.h"
#include "store/question.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* One that an engine would take for something else is not one. */
static void
check_token(const char *s, size_t n)
{
	if (n == 0 || n > TOKEN_MAX || !text_valid(s, n))
		abort();
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';

		if (!word && c < 0x80 && !(i == 0 && n > 1 && (c == '#' || c == '@')))
			abort();
	}
}

static size_t
check_tokens(const char *s)
{
	size_t n, tokens = 0;

	for (; *s != '\0'; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		check_token(s, n);
		tokens++;
	}
	return tokens;
}

/* What is asked for as a whole is found in itself; a tag in it is where the index has it, too. */
static void
check_text(const char *text)
{
	struct buf all = { 0 }, phrase = { 0 };
	size_t n = token_cut(&all, text), m = token_phrase(&phrase, text), end;
	char *in, *asked;

	if (n > TOKENS_MAX || check_tokens(buf_text(&all)) != n ||
	    check_tokens(buf_text(&phrase)) != m)
		abort();
	in = mem_printf(" %s ", buf_text(&all));
	asked = mem_printf(" %s ", buf_text(&phrase));
	if (m > 0 && n < TOKENS_MAX && strstr(in, asked) == NULL)
		abort();
	free(in);
	free(asked);
	for (const char *s = text; (s = strchr(s, '#')) != NULL; s++) {
		end = (size_t)(s - text) + token_tag(text, (size_t)(s - text));
		if (end > strlen(text) || !text_valid(text, end))
			abort();
	}
	buf_free(&all);
	buf_free(&phrase);
}

/* Text, question, or tag: none of them comes to harm, nor does the engine that is given them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *raw = mem_dupn((const char *)data, n), *text = text_clean(raw, strlen(raw), NULL);
	struct question q;

	if (text != NULL)
		check_text(text);
	for (int tag = 0; tag < 2; tag++) {
		if (tag ? question_tag(&q, raw) : question_read(&q, raw))
			for (size_t i = 0; i < q.n; i++)
				if (q.part[i].tokens != NULL)
					check_tokens(q.part[i].tokens);
		question_free(&q);
	}
	free(text);
	free(raw);
	return 0;
}
