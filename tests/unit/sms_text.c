/* The phone network's alphabet, what a text costs in it, and texts and forms as gateways write them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/sms/charset.h"
#include "channels/sms/gsm.h"
#include "tests/tap.h"

static const char alphabet[] = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
			       "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/* ${n} times ${a}, then ${b}. */
static char *
repeat(const char *a, unsigned n, const char *b)
{
	struct buf out = { 0 };

	while (n-- > 0)
		buf_text_add(&out, a);
	buf_text_add(&out, b);
	return buf_take(&out);
}

static void
test_alphabet(void)
{
	const char *s = alphabet, *end = s + strlen(s);
	struct buf out = { 0 };
	char septets[127];
	unsigned n = 0, wrong = 0;

	for (; s < end; n++)
		wrong += gsm_septets(charset_next(&s, end)) != 1;
	ok(n == 127 && wrong == 0, "127 characters take one septet");
	s = "\f^{}\\[~]|€";
	end = s + strlen(s);
	for (n = 0, wrong = 0; s < end; n++)
		wrong += gsm_septets(charset_next(&s, end)) != 2;
	ok(n == 10 && wrong == 0, "10 characters take two");
	ok(!gsm_fits("ç") && !gsm_fits("`") && !gsm_fits("…") && !gsm_fits("’") && !gsm_fits("–") &&
		!gsm_fits("ë") && !gsm_fits("Я") && !gsm_fits("\t"),
	    "small c cedilla, back-tick, ellipsis, curly quote, dash, others are not in it");
	ok(gsm_fits("") && gsm_fits("Ç€ plain"), "what is in it fits");
	for (n = 0, wrong = 0; n < 127; n++)
		septets[n] = (char)(n < 27 ? n : n + 1);
	gsm_utf8(septets, sizeof(septets), &out);
	ok(strcmp(buf_text(&out), alphabet) == 0, "septets become the same characters again");
	buf_clear(&out);
	gsm_utf8("\x1b\x65\x1b\x3c\x1b\x41\x1b", 7, &out);
	ok(strcmp(buf_text(&out), "€[A\xef\xbf\xbd") == 0,
	    "escapes are read; unknown ones as the letter, a lone one as unknown");
	buf_free(&out);
}

static void
test_parts(void)
{
	static const struct {
		const char *unit;
		unsigned n;
		const char *tail;
		unsigned parts;
	} rows[] = {
		{ "a", 0, "", 1 },
		{ "a", 160, "", 1 },
		{ "a", 161, "", 2 },
		{ "a", 306, "", 2 },
		{ "a", 307, "", 3 },
		{ "a", 459, "", 3 },
		{ "a", 460, "", 4 },
		{ "€", 80, "", 1 },
		{ "€", 81, "", 2 },
		/* 153 is odd: a part holds 76 of these and a septet stays empty. */
		{ "€", 152, "", 2 },
		{ "€", 153, "", 3 },
		{ "a", 158, "€", 1 },
		{ "a", 159, "€", 2 },
		{ "a", 304, "€", 2 },
		{ "a", 305, "€", 3 },
		{ "я", 70, "", 1 },
		{ "я", 71, "", 2 },
		{ "я", 134, "", 2 },
		{ "я", 135, "", 3 },
		{ "a", 69, "я", 1 },
		{ "a", 70, "я", 2 },
		{ "😀", 35, "", 1 },
		{ "😀", 36, "", 2 },
		/* 67 is odd, too: 33 pairs a part. */
		{ "😀", 66, "", 2 },
		{ "😀", 67, "", 3 },
		{ "я", 133, "😀", 3 },
		{ "я", 132, "😀", 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *s = repeat(rows[i].unit, rows[i].n, rows[i].tail), *what;
		what = mem_printf("%u times %s and \"%s\" make %u parts", rows[i].n, rows[i].unit,
		    rows[i].tail, rows[i].parts);
		ok(gsm_parts(s) == rows[i].parts, what);
		free(what);
		free(s);
	}
}

static bool
fits_as(const char *text, bool plain, unsigned max, const char *as)
{
	char *s = gsm_fit(text, plain, max);
	bool same = strcmp(s, as) == 0;

	if (!same)
		printf("# got: %s\n", s);
	free(s);
	return same;
}

static void
test_fit(void)
{
	char *long_a = repeat("a", 200, ""), *cut_a = repeat("a", 157, "...");
	char *faces = repeat("👍🏽", 30, ""), *cut_faces = repeat("👍🏽", 16, "...");
	char *one;

	ok(fits_as("bob: “it’s” – fine…", true, 1, "bob: \"it's\" - fine..."),
	    "curly quotes, dash and ellipsis are written plainly");
	ok(fits_as("“it’s” – fine…", false, 1, "“it’s” – fine…"), "but only if wanted");
	ok(fits_as("“Я” – так…", true, 1, "“Я” – так…"),
	    "and only if that brings it into the alphabet");
	ok(fits_as("a\u00a0b\u00adc", true, 1, "a bc"), "special blanks and soft hyphens, too");
	ok(fits_as(long_a, true, 1, cut_a), "what is too long is cut and ends in three dots");
	ok(fits_as(long_a, true, 2, long_a), "what fits is not");
	one = gsm_fit(faces, true, 1);
	ok(gsm_parts(one) == 1, "a cut text takes no more parts than allowed");
	ok(strcmp(one, cut_faces) == 0, "and is cut between graphemes");
	free(one);
	free(long_a);
	free(cut_a);
	free(faces);
	free(cut_faces);
}

static bool
decodes(const char *charset, const char *data, size_t n, const char *as)
{
	struct buf out = { 0 };
	bool same = charset_utf8(charset, data, n, &out) == 0 && strcmp(buf_text(&out), as) == 0;

	buf_free(&out);
	return same;
}

static void
test_charset(void)
{
	struct buf out = { 0 };
	const char *s = "\xc0\xaf\xed\xa0\x80\xf8\xe2\x82";
	const char *end = s + strlen(s);
	unsigned n = 0, bad = 0;

	ok(decodes("UTF-16BE", "\0h\0i\x06\x27\xd8\x3d\xde\x00", 10, "hiا😀"),
	    "UTF-16 has NULs and surrogate pairs");
	ok(decodes("utf-16le", "h\0\x3d\xd8\x00\xde", 6, "h😀"), "little end first as well");
	ok(decodes("UTF-16BE", "\xd8\x3d\0a\xdc\0\0", 7,
	       "\xef\xbf\xbd"
	       "a\xef\xbf\xbd\xef\xbf\xbd"),
	    "halves of pairs and half units become U+FFFD");
	ok(decodes("ISO-8859-1", "Gr\xfc\xdf\x80", 5, "Grüß€"),
	    "Latin-1, with the signs of Windows");
	ok(decodes("", "Grüß", 6, "Grüß"), "no charset is UTF-8");
	ok(decodes("GSM", "\x00\x1b\x65", 3, "@€"), "the alphabet itself");
	ok(charset_utf8("KOI8-R", "x", 1, &out) == -1 && out.len == 0, "an unknown one is refused");
	for (; s < end; n++)
		bad += charset_next(&s, end) == 0xfffd;
	ok(n == 8 && bad == 8, "overlong, surrogate, cut: each byte is one U+FFFD");
}

static bool
field_is(const char *form, const char *name, const char *value, size_t n)
{
	struct buf out = { 0 };
	bool same = form_get(form, strlen(form), name, &out) == 0 && out.len == n &&
		    (n == 0 || memcmp(out.data, value, n) == 0);

	buf_free(&out);
	return same;
}

static void
test_form(void)
{
	struct buf out = { 0 };

	ok(field_is("from=%2B49&text=a+b%20c", "text", "a b c", 5), "blanks in both ways");
	ok(field_is("text=%00h%00i", "text", "\0h\0i", 4), "NUL bytes stay");
	ok(field_is("a=1&text=&b=2", "text", "", 0), "an empty field is there");
	ok(field_is("text=100%&b=2", "text", "100%", 4) &&
		field_is("text=%zz%4", "text", "%zz%4", 5),
	    "a stray % stands for itself");
	ok(field_is("text=1&text=2", "text", "1", 1), "the first of two");
	ok(form_get("textual=1&xtext=2&text", 22, "text", &out) == -1, "no field of another name");
	ok(form_get("", 0, "text", &out) == -1, "an empty form has none");
	ok(form_get("&&=&text", 8, "text", &out) == -1, "nor has one of separators");
	buf_text_add(&out, "http://h/?");
	form_put(&out, "to", "+49");
	form_put(&out, "t", "a &=%ü");
	ok(strcmp(buf_text(&out), "http://h/?to=%2B49&t=a%20%26%3D%25%C3%BC") == 0,
	    "what is put is escaped");
	buf_free(&out);
}

int
main(void)
{
	test_alphabet();
	test_parts();
	test_fit();
	test_charset();
	test_form();
	return tap_done();
}
