/* What a copy is called in a channel, and what an answer to it names. */
#include <inttypes.h>
#include <stdio.h>

#include "gateway/receive.h"

/* printf() for what is made for every copy. */
static char *
hex_put(char *at, uint64_t n)
{
	int digits = 1;

	while (digits < 16 && n >> (4 * digits) != 0)
		digits++;
	for (int i = digits; i-- > 0; n >>= 4)
		at[i] = "0123456789abcdef"[n & 15];
	return at + digits;
}

void
delivery_key(char out[64], int64_t pos, int64_t user)
{
	char *at = out;

	*at++ = 's';
	at = hex_put(at, (uint64_t)pos);
	*at++ = '.';
	at = hex_put(at, (uint64_t)user);
	*at = '\0';
}

void
delivery_key_summary(char out[64], int64_t pos, int64_t user)
{
	delivery_key(out, pos, user);
	out[0] = 'q';
}

void
delivery_key_answer(char out[64], int64_t id)
{
	snprintf(out, 64, "a%" PRIx64, (uint64_t)id);
}

/* Cut a number in lower hex, without sign or leading zero; returns what follows, or NULL. */
static const char *
hex_cut(const char *s, int64_t *out)
{
	uint64_t n = 0;
	size_t i;

	if (*s == '0')
		return NULL;
	for (i = 0; i < 16 && ((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')); i++)
		n = n << 4 | (uint64_t)(s[i] <= '9' ? s[i] - '0' : s[i] - 'a' + 10);
	if (i == 0 || n > INT64_MAX)
		return NULL;
	*out = (int64_t)n;
	return s + i;
}

bool
delivery_key_parse(const char *key, int64_t *pos, int64_t *user)
{
	const char *s = *key == 's' ? hex_cut(key + 1, pos) : NULL;

	s = s && *s == '.' ? hex_cut(s + 1, user) : NULL;
	return s && *s == '\0';
}

bool
delivery_key_parse_answer(const char *key, int64_t *id)
{
	const char *s = *key == 'a' ? hex_cut(key + 1, id) : NULL;

	return s && *s == '\0';
}
