/* Tokens, codes, comparing; the ladder's rung and the waits between tries. */
#include "gateway/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/ladder.h"
#include "gateway/retry.h"
#include "tests/tap.h"

static void
tokens(void)
{
	unsigned char key[32] = { 0 }, other[32] = { 1 };
	char a[SECRET_TOKEN_SIZE], b[SECRET_TOKEN_SIZE];

	secret_token(key, "email", "a@x.example", a);
	secret_token(key, "email", "a@x.example", b);
	ok(strlen(a) == 26 && strspn(a, "abcdefghijklmnopqrstuvwxyz234567") == 26,
	    "a token is 26 letters of base32");
	/* HMAC-SHA256 computed by other means */
	ok(strcmp(a, "hytrjqop7tysxkhrjfz7zmhchc") == 0, "it is the HMAC of kind and peer");
	ok(strcmp(a, b) == 0, "always the same");
	secret_token(other, "email", "a@x.example", b);
	ok(strcmp(a, b) != 0, "but for another store");
	secret_token(key, "email", "b@x.example", b);
	ok(strcmp(a, b) != 0, "another peer");
	secret_token(key, "emai", "la@x.example", b);
	ok(strcmp(a, b) != 0, "and another cut between the two");
	secret_new_token(a);
	secret_new_token(b);
	ok(strlen(a) == 26 && strcmp(a, b) != 0, "random ones differ");
	ok(secret_equal("abc", "ABC") && secret_equal("", ""), "equal but for capitals");
	ok(!secret_equal("abc", "abd") && !secret_equal("abc", "ab") && !secret_equal("", "a") &&
		!secret_equal("[", "{"),
	    "or not");
}

static void
seals(void)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyz";
	char *one = secret_seal(token, "what is kept"), *two = secret_seal(token, "what is kept");
	char *back = secret_open(token, one);

	ok(back && strcmp(back, "what is kept") == 0, "what was sealed is opened");
	ok(strcmp(one, two) != 0 && strstr(one, "kept") == NULL, "and nothing shows through");
	ok(secret_open("abcdefghijklmnopqrstuvwxyy", one) == NULL, "not with another token");
	one[strlen(one) - 2] ^= 1;
	ok(secret_open(token, one) == NULL && secret_open(token, "") == NULL &&
		secret_open(token, "abc") == NULL && secret_open(token, "!") == NULL,
	    "nor when it is not what was sealed");
	free(one);
	free(two);
	free(back);
}

static void
others(void)
{
	unsigned char hash[32];
	char code[9], *password, hex[3];
	bool digits = true;

	secret_hash("abc", 3, hash);
	snprintf(hex, sizeof(hex), "%02x", hash[0]);
	ok(strcmp(hex, "ba") == 0 && hash[31] == 0xad, "SHA-256");
	for (int i = 0; i < 100; i++) {
		secret_new_code(code);
		digits = digits && strspn(code, "0123456789") == 8 && !code[8];
	}
	ok(digits, "a code is eight digits");
	password = secret_password_hash("correct horse");
	ok(password && strncmp(password, "$argon2id$", 10) == 0, "passwords are kept by Argon2id");
	ok(secret_password_check(password, "correct horse") &&
		!secret_password_check(password, "correct horsf") &&
		!secret_password_check(password, ""),
	    "and checked");
	ok(!secret_password_check("", "x") && !secret_password_check("$argon2id$", "x"),
	    "against rubbish, too");
	free(password);
}

static bool
only_two(void *cookie, int chan)
{
	(void)cookie;
	return chan == 2;
}

static void
ladder(void)
{
	struct address a[] = {
		{ .chan = 1, .state = ADDRESS_PENDING },
		{ .chan = 1, .state = ADDRESS_PAUSED },
		{ .chan = 0, .state = ADDRESS_VERIFIED },
		{ .chan = 1, .state = ADDRESS_OPTED_OUT },
		{ .chan = 1, .state = ADDRESS_FAILING },
		{ .chan = 1, .state = ADDRESS_VERIFIED },
		{ .chan = 2, .state = ADDRESS_VERIFIED },
	};

	ok(ladder_pick(a, 7, NULL, NULL) == 5,
	    "the rung is the first that is verified and has a channel");
	ok(ladder_pick(a, 7, only_two, NULL) == 6, "and whose channel is up");
	ok(ladder_pick(a, 5, NULL, NULL) == -1 && ladder_pick(NULL, 0, NULL, NULL) == -1,
	    "or none");
}

static void
retry(void)
{
	bool grows = true, bounded = true;

	for (int n = 1; n < 100; n++)
		for (uint32_t dice = 0; dice < 2000; dice += 7) {
			int64_t wait = retry_wait(n, dice * 2654435761u);

			bounded = bounded && wait >= 54 &&
				  wait <= RETRY_LONGEST + RETRY_LONGEST / 10;
			grows = grows &&
				(n > 7 || (wait >= (54 << (n - 1)) && (wait <= (66 << (n - 1)))));
		}
	ok(grows, "waits double from a minute, give or take a tenth");
	ok(bounded, "and end at the longest");
	ok(retry_wait(0, 5) > 0 && retry_wait(-3, 5) > 0, "whatever is asked");
	ok(!retry_over(1000, 1000 + 86399, true) && retry_over(1000, 1000 + 86400, true),
	    "what costs is given up after a day");
	ok(!retry_over(1000, 1000 + 431999, false) && retry_over(1000, 1000 + 432000, false),
	    "the rest after five");
}

int
main(void)
{
	secret_init();
	tokens();
	seals();
	others();
	ladder();
	retry();
	return tap_done();
}
