#include "gateway/secret.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define TOKEN_BYTES 17 /* 130 bits and a few */

void
secret_init(void)
{
	if (sodium_init() < 0)
		log_die("no source of random numbers: cannot go on safely");
}

/* The first 26 letters of ${bits} in base32. */
static void
base32(const unsigned char bits[TOKEN_BYTES], char out[SECRET_TOKEN_SIZE])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned hold = 0, held = 0;

	for (int i = 0, at = 0; at < SECRET_TOKEN_SIZE - 1; held -= 5) {
		if (held < 5) {
			hold = hold << 8 | bits[i++];
			held += 8;
		}
		out[at++] = letters[hold >> (held - 5) & 31];
	}
	out[SECRET_TOKEN_SIZE - 1] = '\0';
}

void
secret_token(
    const unsigned char key[32], const char *kind, const char *peer, char out[SECRET_TOKEN_SIZE])
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&state, key, 32);
	/* with its NUL, so that kind and peer cannot be cut elsewhere */
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)kind, strlen(kind) + 1);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)peer, strlen(peer));
	crypto_auth_hmacsha256_final(&state, mac);
	base32(mac, out);
	sodium_memzero(mac, sizeof(mac));
}

void
secret_proof(
    const unsigned char key[32], const char *kind, const char *text, char out[SECRET_TOKEN_SIZE])
{
	crypto_generichash_state state;
	unsigned char mac[32];

	crypto_generichash_init(&state, key, 32, sizeof(mac));
	crypto_generichash_update(&state, (const unsigned char *)kind, strlen(kind) + 1);
	crypto_generichash_update(&state, (const unsigned char *)text, strlen(text));
	crypto_generichash_final(&state, mac, sizeof(mac));
	base32(mac, out);
	sodium_memzero(mac, sizeof(mac));
}

static unsigned char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : (unsigned char)c;
}

bool
secret_equal(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	volatile unsigned char differ = a_len != b_len;

	/* lengths are no secret; where the bytes differ is */
	for (size_t i = 0; i < a_len && i < b_len; i++)
		differ = differ | (ascii_lower(a[i]) ^ ascii_lower(b[i]));
	return differ == 0;
}

bool
secret_same(const char *a, const char *b)
{
	unsigned char x[32], y[32];

	crypto_hash_sha256(x, (const unsigned char *)a, strlen(a));
	crypto_hash_sha256(y, (const unsigned char *)b, strlen(b));
	return sodium_memcmp(x, y, sizeof(x)) == 0;
}

void
secret_hash(const void *data, size_t n, unsigned char out[32])
{
	crypto_hash_sha256(out, data, n);
}

void
secret_random(void *p, size_t n)
{
	randombytes_buf(p, n);
}

void
secret_new_token(char out[SECRET_TOKEN_SIZE])
{
	unsigned char bits[TOKEN_BYTES];

	randombytes_buf(bits, sizeof(bits));
	base32(bits, out);
	sodium_memzero(bits, sizeof(bits));
}

void
secret_new_long(char out[SECRET_LONG_SIZE])
{
	secret_new_token(out);
	secret_new_token(out + SECRET_TOKEN_SIZE - 1);
}

void
secret_new_code(char out[9])
{
	snprintf(out, 9, "%08u", (unsigned)randombytes_uniform(100000000));
}

/* Printed as base64. */
#define SEAL_VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define SEAL_BEFORE (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)

static void
seal_key(const char *token, unsigned char key[crypto_secretbox_KEYBYTES])
{
	static const unsigned char what[crypto_auth_hmacsha256_KEYBYTES] = "hudhud seal";

	crypto_auth_hmacsha256(key, (const unsigned char *)token, strlen(token), what);
}

char *
secret_seal(const char *token, const char *text)
{
	size_t n = strlen(text), size = sodium_base64_encoded_len(SEAL_BEFORE + n, SEAL_VARIANT);
	unsigned char *box = mem_new(SEAL_BEFORE + n), key[crypto_secretbox_KEYBYTES];
	char *out = mem_new(size);

	seal_key(token, key);
	randombytes_buf(box, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(
	    box + crypto_secretbox_NONCEBYTES, (const unsigned char *)text, n, box, key);
	sodium_bin2base64(out, size, box, SEAL_BEFORE + n, SEAL_VARIANT);
	sodium_memzero(key, sizeof(key));
	free(box);
	return out;
}

char *
secret_open(const char *token, const char *sealed)
{
	unsigned char *box = mem_new(strlen(sealed) + 1), key[crypto_secretbox_KEYBYTES];
	char *out = mem_new(strlen(sealed) + 1);
	size_t n;
	bool good;

	seal_key(token, key);
	good = sodium_base642bin(box, strlen(sealed), sealed, strlen(sealed), NULL, &n, NULL,
		   SEAL_VARIANT) == 0 &&
	       n >= SEAL_BEFORE &&
	       crypto_secretbox_open_easy((unsigned char *)out, box + crypto_secretbox_NONCEBYTES,
		   n - crypto_secretbox_NONCEBYTES, box, key) == 0;
	sodium_memzero(key, sizeof(key));
	free(box);
	if (good)
		return out;
	free(out);
	return NULL;
}

char *
secret_password_hash(const char *password)
{
	char *hash = mem_new(crypto_pwhash_STRBYTES);

	if (crypto_pwhash_str(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
		crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0)
		return hash;
	free(hash);
	return NULL;
}

bool
secret_password_check(const char *hash, const char *password)
{
	char padded[crypto_pwhash_STRBYTES] = { 0 };

	/* libsodium reads all of the array */
	return mem_copy(padded, sizeof(padded), hash) == 0 &&
	       crypto_pwhash_str_verify(padded, password, strlen(password)) == 0;
}

bool
secret_password_is_old(const char *hash)
{
	char padded[crypto_pwhash_STRBYTES] = { 0 };

	return mem_copy(padded, sizeof(padded), hash) == 0 &&
	       crypto_pwhash_str_needs_rehash(padded, crypto_pwhash_OPSLIMIT_INTERACTIVE,
		   crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0;
}
