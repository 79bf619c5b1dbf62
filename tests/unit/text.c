/* What people write, cleaned, counted and cut. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "tests/tap.h"

#define FAMILY "\U0001f468‍\U0001f469‍\U0001f467‍\U0001f466"
#define ENGLAND "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
#define MARKS "̂̂̂̂̂"

/* What is written, what is left of it, and its length; NULL: nothing, for the fault. */
static const struct {
	const char *in;
	const char *out;
	size_t length;
	enum text_fault fault;
} cleaned[] = {
	{ "hello", "hello", 5, TEXT_FINE },
	{ "  \t hello\tyou \n ", "hello you", 9, TEXT_FINE },
	{ "  ~plain  ASCII! ", "~plain  ASCII!", 14, TEXT_FINE },
	{ "    ", NULL, 0, TEXT_EMPTY },
	{ "ASCII\x7f", "ASCII", 5, TEXT_FINE },
	{ "مرحبا", "مرحبا", 5, TEXT_FINE },
	{ "こんにちは", "こんにちは", 5, TEXT_FINE },
	{ "か゛", "か゛", 2, TEXT_FINE },
	{ "が", "が", 1, TEXT_FINE },
	{ "é", "é", 1, TEXT_FINE },
	{ "क्ष", "क्ष", 2, TEXT_FINE },
	{ "각", "각", 1, TEXT_FINE },
	{ FAMILY, FAMILY, 1, TEXT_FINE },
	{ "\U0001f44d\U0001f3fd!", "\U0001f44d\U0001f3fd!", 2, TEXT_FINE },
	{ "\U0001f1ef\U0001f1f5\U0001f1e9\U0001f1ea", "\U0001f1ef\U0001f1f5\U0001f1e9\U0001f1ea", 2,
	    TEXT_FINE },
	{ ENGLAND, ENGLAND, 1, TEXT_FINE },
	{ "❤️", "❤️", 1, TEXT_FINE },
	/* line ends */
	{ "a\r\nb", "a\nb", 3, TEXT_FINE },
	{ "a\rb", "a\nb", 3, TEXT_FINE },
	{ "a\xc2\x85"
	  "b",
	    "a\nb", 3, TEXT_FINE },
	{ "a\xe2\x80\xa8"
	  "b",
	    "a\nb", 3, TEXT_FINE },
	{ "1\n2\n3\n4", "1\n2\n3\n4", 7, TEXT_FINE },
	{ "1\n2\n3\n4\n5\r\n6", "1\n2\n3\n4 5 6", 11, TEXT_FINE },
	/* controls */
	{ "a\x07\x1b[31mb\x7f", "a  [31mb", 8, TEXT_FINE },
	{ "a\x0b\x0c"
	  "b",
	    "a  b", 4, TEXT_FINE },
	{ "a\xc2\x9b"
	  "b",
	    "a b", 3, TEXT_FINE },
	{ "d\x0c"
	  "bob secret",
	    "d bob secret", 12, TEXT_FINE },
	{ "\x0c"
	  "d bob\x1bhi\x0c",
	    "d bob hi", 8, TEXT_FINE },
	{ "a\xef\xbb\xbf"
	  "b",
	    "ab", 2, TEXT_FINE },
	{ "a\xef\xbf\xb9"
	  "b\xef\xbf\xbb",
	    "ab", 2, TEXT_FINE },
	{ "a\xef\xbf\xbe\xef\xb7\x90\xf0\x9f\xbf\xbf"
	  "b",
	    "ab", 2, TEXT_FINE },
	{ "a\U000e0041\U000e0042", "a", 1, TEXT_FINE },
	{ "e\x07\u0301", "e \u0301", 2, TEXT_FINE },
	/* joiners and marks of direction stay */
	{ "می‌خواهم", "می‌خواهم", 7, TEXT_FINE },
	{ "a‏b‎", "a‏b‎", 4, TEXT_FINE },
	/* bidi: what is balanced stays, what is not goes */
	{ "a\xe2\x81\xa7"
	  "b\xe2\x81\xa9"
	  "c",
	    "a\xe2\x81\xa7"
	    "b\xe2\x81\xa9"
	    "c",
	    5, TEXT_FINE },
	{ "a\xe2\x80\xae"
	  "b",
	    "ab", 2, TEXT_FINE },
	{ "a\xe2\x80\xac\xe2\x81\xa9"
	  "b",
	    "ab", 2, TEXT_FINE },
	{ "\xe2\x81\xa6"
	  "a\xe2\x80\xae"
	  "b\xe2\x81\xa9",
	    "\xe2\x81\xa6"
	    "ab\xe2\x81\xa9",
	    4, TEXT_FINE },
	{ "\xe2\x80\xaa"
	  "a\xe2\x81\xa6"
	  "b\xe2\x80\xac",
	    "ab", 2, TEXT_FINE },
	{ "\xe2\x80\xaa"
	  "a\nb\xe2\x80\xac",
	    "a\nb", 3, TEXT_FINE },
	/* heaps */
	{ "x" MARKS MARKS MARKS "y", "x" MARKS "̂̂̂̂y", 2, TEXT_FINE },
	/* nothing */
	{ "", NULL, 0, TEXT_EMPTY },
	{ " \n\t ", NULL, 0, TEXT_EMPTY },
	{ "\x01\x02", NULL, 0, TEXT_EMPTY },
	{ "‍‎﻿", NULL, 0, TEXT_EMPTY },
	{ "\xe3\x80\x80\xc2\xa0", NULL, 0, TEXT_EMPTY },
	{ "ㅤ⠀", NULL, 0, TEXT_EMPTY },
	/* not UTF-8 */
	{ "a\xff", NULL, 0, TEXT_INVALID },
	{ "\xc0\xaf", NULL, 0, TEXT_INVALID },
	{ "\xe0\x80\xaf", NULL, 0, TEXT_INVALID },
	{ "\xed\xa0\x80", NULL, 0, TEXT_INVALID },
	{ "\xed\xa0\xbd\xed\xb8\x80", NULL, 0, TEXT_INVALID },
	{ "\xf4\x90\x80\x80", NULL, 0, TEXT_INVALID },
	{ "\xf8\x88\x80\x80\x80", NULL, 0, TEXT_INVALID },
	{ "abc\xe3\x81", NULL, 0, TEXT_INVALID },
	{ "\x80", NULL, 0, TEXT_INVALID },
};

static void
test_table(void)
{
	enum text_fault fault;
	char *out, *what;
	size_t i;
	bool good;

	for (i = 0; i < sizeof(cleaned) / sizeof(cleaned[0]); i++) {
		out = text_clean(cleaned[i].in, strlen(cleaned[i].in), &fault);
		good = fault == cleaned[i].fault && (out == NULL) == (cleaned[i].out == NULL);
		if (good && out != NULL)
			good = strcmp(out, cleaned[i].out) == 0 &&
			       text_length(out) == cleaned[i].length;
		what = mem_printf("text %zu is cleaned and counted", i);
		ok(good, what);
		if (!good)
			printf("# got \"%s\" (%zu), fault %d\n", out != NULL ? out : "",
			    out != NULL ? text_length(out) : 0, fault);
		free(out);
		free(what);
	}
	out = text_clean("a\0b", 3, NULL);
	ok(out != NULL && strcmp(out, "a b") == 0, "a NUL is a blank");
	free(out);
}

/* Pieces that have gone wrong somewhere, put together at random. */
static void
test_again(void)
{
	static const char *const pieces[] = { "a", " ", "\n", "\r", "\t", "́", "‍", "\U0001f468",
		"\U0001f1ef", "\U0001f3fd", "\U0001f3f4", "\U000e0067", "\U000e007f",
		"\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x81\xa7", "\xe2\x81\xa9", "؀", "ᄀ", "ᅡ",
		"ᆨ", "각", "가", "ं", "ा", "ে", "া", "﻿", "\xc2\x85", "\xe2\x80\xa9", "は", "م",
		"\x01", "̸", "=" };
	char text[2048], *once, *twice;
	enum text_fault fault;
	uint32_t dice = 1;
	size_t n, len;
	int i, k, bad = 0, invalid = 0;
	const char *p;

	for (i = 0; i < 20000; i++) {
		dice = dice * 1664525 + 1013904223;
		for (len = 0, k = (int)(dice >> 8) % 60; k >= 0; k--) {
			dice = dice * 1664525 + 1013904223;
			p = pieces[(dice >> 8) % (sizeof(pieces) / sizeof(pieces[0]))];
			n = strlen(p);
			memcpy(text + len, p, n);
			len += n;
		}
		once = text_clean(text, len, &fault);
		invalid += fault == TEXT_INVALID;
		if (once == NULL)
			continue;
		twice = text_clean(once, strlen(once), &fault);
		bad += twice == NULL || strcmp(once, twice) != 0;
		free(once);
		free(twice);
	}
	ok(bad == 0, "clean text stays as it is when it is cleaned again");
	ok(invalid == 0, "and no valid text is too tangled to be cleaned");
}

static void
test_random(void)
{
	unsigned char text[64];
	uint32_t dice = 7;
	char *once, *twice;
	int i, bad = 0;
	size_t k, n;

	for (i = 0; i < 50000; i++) {
		dice = dice * 1664525 + 1013904223;
		n = (dice >> 8) % 8;
		for (k = 0; k < n; k++) {
			dice = dice * 1664525 + 1013904223;
			text[k] = (unsigned char)(dice >> 16);
		}
		once = text_clean((char *)text, n, NULL);
		if (once == NULL)
			continue;
		twice = text_clean(once, strlen(once), NULL);
		bad += twice == NULL || strcmp(once, twice) != 0 || !text_valid(once, strlen(once));
		free(once);
		free(twice);
	}
	ok(bad == 0, "random bytes become clean text or nothing");
}

static void
test_long(void)
{
	size_t n = 65536, i;
	char *text = mem_new(n + 1), *out;

	for (i = 0; i < n; i += 4)
		memcpy(text + i, "\xf0\x9f\x91\xa8", 4);
	out = text_clean(text, n, NULL);
	ok(out != NULL && text_length(out) == n / 4, "a long text is whole");
	free(out);
	for (i = 0; i + 1 < n; i += 2)
		memcpy(text + i, "\xd8\x80", 2);
	out = text_clean(text, n, NULL);
	ok(out == NULL || strlen(out) <= 40, "a heap of prefixes ends");
	free(out);
	free(text);
}

static void
test_prefix(void)
{
	const char *s = "a" FAMILY "م\U0001f1ef\U0001f1f5z";

	ok(text_length(s) == 5, "a mixed text has its length");
	ok(text_prefix(s, 0) == 0, "the prefix of none is empty");
	ok(text_prefix(s, 1) == 1, "of one it is a letter");
	ok(text_prefix(s, 2) == 1 + strlen(FAMILY), "a family is not torn");
	ok(text_prefix(s, 4) == strlen(s) - 1, "nor is a flag");
	ok(text_prefix(s, 5) == strlen(s) && text_prefix(s, 99) == strlen(s),
	    "a prefix ends where the text does");
	ok(text_length("") == 0 && text_prefix("", 3) == 0, "nothing has no length");
	ok(text_prefix_words("one two three", 13) == 13, "what fits is not cut");
	ok(text_prefix_words("one two three", 12) == 12, "a long word is");
	ok(text_prefix_words("aaaa bbbb cccc d", 15) == 14, "but not a short one");
	ok(text_prefix_words("aaaa bbbb cccc   dd", 18) == 14, "and no blanks are left");
	ok(text_prefix_words("\u65e5\u672c\u8a9e\u3067\u3059", 4) == 12, "Japanese has no blanks");
	ok(text_prefix_words(
	       "\u65e5\u672c\u8a9e\u65e5\u672c\u8a9e\u65e5\u672c\u3000\u3067\u3059", 10) == 24,
	    "but may have");
}

static void
test_words(void)
{
	static const struct {
		const char *in, *out;
	} t[] = { { "Follow", "follow" }, { "ＦＯＬＬＯＷ", "follow" }, { "STRASSE", "strasse" },
		{ "Straße", "strasse" }, { "", "" }, { "ｱ", "ア" }, { "ℌ", "h" },
		{ "＠bob", "@bob" }, { "إيقاف", "إيقاف" } };
	size_t i;
	char *s, *what;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		s = text_fold(t[i].in);
		what = mem_printf("\"%s\" is folded", t[i].in);
		ok(strcmp(s, t[i].out) == 0, what);
		free(s);
		free(what);
	}
	ok(text_is_name("bob") && text_is_name("a_1") && text_is_name("123456789012345"),
	    "names are names");
	ok(!text_is_name("") && !text_is_name("Bob") && !text_is_name("1234567890123456") &&
		!text_is_name("b-b") && !text_is_name("é") && !text_is_name("a b"),
	    "others are not");
	ok(text_valid("", 0) && text_valid("م", 2), "UTF-8 is valid");
	ok(!text_valid("a\0b", 3) && !text_valid("\xff", 1) && !text_valid("م", 1),
	    "NUL and pieces are not");
}

int
main(void)
{
	test_table();
	test_again();
	test_random();
	test_long();
	test_prefix();
	test_words();
	return tap_done();
}
