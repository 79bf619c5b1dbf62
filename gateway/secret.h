#ifndef HUDHUD_GATEWAY_SECRET_H
#define HUDHUD_GATEWAY_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Everything secret is made and compared here (libsodium). */

#define SECRET_TOKEN_SIZE 27 /* 26 letters of base32 in lower case (130 bits), and NUL */

#define SECRET_LONG_SIZE 53 /* 52 of them (260 bits), and NUL */

/** Call once, before threads. */
void secret_init(void);

/**
 * The token that proves an answer came from (${kind}, ${peer}): HMAC-SHA256 of both under
 * the store's ${key}, cut to 130 bits, in base32 (RFC 4648 alphabet, lower case).
 */
void secret_token(
    const unsigned char key[32], const char *kind, const char *peer, char out[SECRET_TOKEN_SIZE]);
/**
 * The same for what is asked for with every page and kept nowhere: keyed BLAKE2b, which takes a fifth of the time.  For
 * the same ${key} it has nothing to do with secret_token().
 */
void secret_proof(
    const unsigned char key[32], const char *kind, const char *text, char out[SECRET_TOKEN_SIZE]);

/** Are they equal?  Takes the same time wherever they differ.  Case of ASCII letters is ignored. */
bool secret_equal(const char *a, const char *b);

/** The same to the letter, for secrets of any length: the time tells nothing of the length, either. */
bool secret_same(const char *a, const char *b);

/** SHA-256 of ${n} bytes. */
void secret_hash(const void *data, size_t n, unsigned char out[32]);

/** Fill ${p} with ${n} random bytes. */
void secret_random(void *p, size_t n);

/** A random token of 26 base32 letters. */
void secret_new_token(char out[SECRET_TOKEN_SIZE]);

/** A random token of 52: what opens an account for as long as a session lasts. */
void secret_new_long(char out[SECRET_LONG_SIZE]);
/** Seal ${text} so that only who has ${token}, one of those above, can read it; printable.  The caller frees. */
char *secret_seal(const char *token, const char *text);
/** What was sealed with ${token}, or NULL if it was not, or not with this one.  The caller frees. */
char *secret_open(const char *token, const char *sealed);

/** A random number of 8 digits, as people type it: "48219376". */
void secret_new_code(char out[9]);

/** Argon2id of ${password}, for storing; NULL when memory is short.  The caller frees.  64 MiB: bound how many run at once. */
char *secret_password_hash(const char *password);
bool secret_password_check(const char *hash, const char *password);
/** Was ${hash} made with less effort, or in another way, than secret_password_hash() takes now? */
bool secret_password_is_old(const char *hash);

#endif
