#include "gateway/scrub.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "gateway/secret.h"

#define TOKEN_LEN (SECRET_TOKEN_SIZE - 1)
#define TOKEN_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#define BLANKS " \n\t"

static bool
is_word_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The next token in ${s}[0..n): so many letters of its alphabet and nothing more, behind a sign. */
static char *
token_find(char *s, size_t n)
{
	for (char *at = s + 1; at + TOKEN_LEN <= s + n; at++)
		if (!is_word_byte(at[-1]) && strspn(at, TOKEN_LETTERS) >= TOKEN_LEN &&
		    !is_word_byte(at[TOKEN_LEN]))
			return at;
	return NULL;
}

/* Does the word ${s}[0..n) begin with a link of ours, after whatever stands before it? */
static bool
is_our_link(const struct site *site, const char *s, size_t n)
{
	const char *host = strstr(site->url, "://");
	size_t len;

	host = host != NULL ? host + 3 : site->url;
	len = strlen(host);
	for (size_t i = 0; len > 0 && i + len <= n; i++)
		if (strncasecmp(s + i, host, len) == 0)
			return true;
	return false;
}

static void
cut(char *from, const char *to)
{
	memmove(from, to, strlen(to) + 1);
}

/* The word ${s}[0..*n) without what is secret in it; shrinks *${n}. */
static void
scrub_word(const struct site *site, char *s, size_t *n)
{
	char *token, *end;

	while ((token = token_find(s, *n)) != NULL) {
		end = token + TOKEN_LEN;
		if (*end == '@') {
			/* "post+stop.TOKEN@domain": all from the separator on */
			char *at = token;

			while (at > s && strchr("+-", *at) == NULL)
				at--;
			if (at == s)
				return;
			*n -= (size_t)(end - at);
			cut(at, end);
		} else if (is_our_link(site, s, *n)) {
			/* a link without its key leads nowhere: nothing is left of it behind that */
			char *last = s + *n;

			*n -= (size_t)(last - token);
			cut(token, last);
		} else {
			return;
		}
	}
}

/* Lines that begin with ">" and have something else behind them. */
static void
scrub_quotes(char *text)
{
	char *s = text;

	while (*s == '>') {
		s += strcspn(s, "\n");
		s += strspn(s, BLANKS);
	}
	if (s != text && *s != '\0')
		cut(text, s);
}

void
scrub_text(const struct site *site, char *text)
{
	scrub_quotes(text);
	for (char *s = text; *s != '\0';) {
		size_t n = strcspn(s, BLANKS);

		if (n > TOKEN_LEN)
			scrub_word(site, s, &n);
		s += n;
		s += strspn(s, BLANKS);
	}
}
