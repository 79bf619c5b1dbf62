#include "gateway/joining.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/secret.h"
#include "store/pending.h"

#define WHAT "joining"
#define KIND "code"
#define HEX_SIZE 65

static void
hex(const unsigned char bytes[32], char out[HEX_SIZE])
{
	for (int i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void
unhex(const char *text, unsigned char out[32])
{
	for (int i = 0; i < 32; i++) {
		char digits[3] = { text[2 * i], text[2 * i + 1], '\0' };

		out[i] = (unsigned char)strtoul(digits, NULL, 16);
	}
}

/* The store has codes by their hash only. */
static void
name_of(const char *code, char out[HEX_SIZE])
{
	unsigned char hash[32];

	secret_hash(code, strlen(code), hash);
	hex(hash, out);
}

int
joining_keep(struct tx *tx, const char *code, const struct joining *j, int64_t expires)
{
	char who[HEX_SIZE], key[HEX_SIZE], body[sizeof(*j)];

	name_of(code, who);
	hex(j->key, key);
	snprintf(body, sizeof(body), "%s %s", j->name, j->lang);
	return pending_put(tx, WHAT, KIND, who, body, key, expires);
}

bool
joining_take(struct tx *tx, const char *code, int64_t now, struct joining *j)
{
	char who[HEX_SIZE], *body, *key, *lang;
	bool good = false;

	name_of(code, who);
	if (!pending_take(tx, WHAT, KIND, who, now, &body, &key))
		return false;
	if ((lang = strchr(body, ' ')) != NULL && strlen(key) == HEX_SIZE - 1) {
		*lang++ = '\0';
		mem_copy(j->name, sizeof(j->name), body);
		mem_copy(j->lang, sizeof(j->lang), lang);
		unhex(key, j->key);
		good = true;
	}
	free(body);
	free(key);
	return good;
}

bool
joining_is(struct tx *tx, const char *code, int64_t now)
{
	char who[HEX_SIZE];

	name_of(code, who);
	return pending_is(tx, WHAT, KIND, who, now);
}
