#include <string.h>

#include "channels/web/fields.h"
#include "channels/web/framing.h"
#include "channels/web/headers.h"
#include "tests/tap.h"
#include "tests/unit/web_lang.h"

static bool
parses(struct fields *f, const char *s)
{
	return fields_parse(f, s, strlen(s));
}

static void
test_forms(void)
{
	struct fields f;
	char many[FIELDS_MAX * 2 + 8] = "";

	ok(parses(&f, "a=1&b=x+y%26%3D&c&d==&a=2"), "a form is cut");
	ok(strcmp(fields_get(&f, "a"), "1") == 0, "the first of two wins");
	ok(strcmp(fields_get(&f, "b"), "x y&=") == 0, "+ is a blank, %26 is no separator");
	ok(f.n == 5 && strcmp(fields_get(&f, "c"), "") == 0, "a field may have no value");
	ok(strcmp(fields_get(&f, "d"), "=") == 0, "only the first = cuts");
	ok(strcmp(fields_get(&f, "e"), "") == 0, "what is missing is empty");
	fields_free(&f);
	ok(parses(&f, "") && f.n == 0, "an empty form has no field");
	fields_free(&f);
	ok(parses(&f, "t=%D8%A7%e3%81%82") && strcmp(fields_get(&f, "t"), "اあ") == 0,
	    "UTF-8 arrives");
	fields_free(&f);
	ok(!parses(&f, "a=%") && !parses(&f, "a=%1") && !parses(&f, "a=%zz"),
	    "a broken %-sequence is refused");
	ok(!parses(&f, "a=x%00y") && !fields_parse(&f, "a\0b", 3),
	    "NUL is refused, however it comes");
	ok(f.data == NULL && f.n == 0, "a refused form holds nothing");
	for (int i = 0; i < FIELDS_MAX; i++)
		strcat(many, "&");
	ok(!parses(&f, many), "too many fields are refused");
	ok(parses(&f, many + 1) && f.n == FIELDS_MAX, "and just as many are not");
	fields_free(&f);
}

static void
test_paths(void)
{
	char out[32];

	ok(fields_path("/al%69ce", out, sizeof out) && strcmp(out, "/alice") == 0,
	    "a path is decoded");
	ok(fields_path("/a%2e%2E%2f", out, sizeof out) && strcmp(out, "/a../") == 0, "once only");
	ok(!fields_path("/a%00", out, sizeof out) && !fields_path("/%0d%0aX: y", out, sizeof out) &&
		!fields_path("/\x7f", out, sizeof out),
	    "control characters are refused");
	ok(!fields_path("/0123456789012345678901234567890", out, sizeof out),
	    "a path that does not fit is refused");
	ok(!fields_path("/%", out, sizeof out) && !fields_path("/%a", out, sizeof out),
	    "so is a cut one");
}

static void
test_cookies(void)
{
	char out[8];

	ok(fields_cookie("a=1; hudhud=abc ; b=2", "hudhud", out, sizeof out) &&
		strcmp(out, "abc") == 0,
	    "a cookie is found");
	ok(!fields_cookie("xhudhud=abc; hudhudx=1", "hudhud", out, sizeof out),
	    "by its whole name");
	ok(!fields_cookie("hudhud=12345678", "hudhud", out, sizeof out),
	    "one that is too long is none");
	ok(fields_cookie("hudhud=", "hudhud", out, sizeof out) && !*out, "an empty one is empty");
	ok(!fields_cookie(NULL, "hudhud", out, sizeof out) &&
		!fields_cookie("", "hudhud", out, sizeof out) &&
		!fields_cookie("hudhud", "hudhud", out, sizeof out) &&
		!fields_cookie(";;; ;", "hudhud", out, sizeof out),
	    "none is none");
}

static void
test_languages(void)
{
	char out[12];

	ok(fields_language("fr, ja;q=0.5, ar;q=0.8", out, sizeof out) && strcmp(out, "ar") == 0,
	    "the best known language is taken");
	ok(fields_language("ja-JP,en;q=0.9", out, sizeof out) && strcmp(out, "ja") == 0,
	    "its first part will do");
	ok(fields_language("pt-br", out, sizeof out) && strcmp(out, "pt_BR") == 0,
	    "a region is written as catalogues are");
	ok(fields_language("AR", out, sizeof out) && strcmp(out, "ar") == 0,
	    "case does not matter");
	ok(!fields_language("fr;q=1, ja;q=0", out, sizeof out), "q=0 is not wanted");
	ok(!fields_language("*", out, sizeof out) && !fields_language("", out, sizeof out) &&
		!fields_language(NULL, out, sizeof out) &&
		!fields_language("../../etc, ../en", out, sizeof out),
	    "nonsense is none");
}

static void
test_conditions(void)
{
	ok(fields_etag("\"a\", W/\"b\" , \"c\"", "\"b\""),
	    "an ETag is found in a list, weak or not");
	ok(fields_etag("*", "\"b\"") && fields_etag("* ", "\"b\"") &&
		!fields_etag("\"a\"", "\"b\"") && !fields_etag(NULL, "\"b\""),
	    "* is any");
	ok(!fields_etag("\"a\", *", "\"b\"") && !fields_etag("*, \"a\"", "\"b\"") &&
		!fields_etag("\"*\"", "\"b\""),
	    "but not in a list");
	ok(!fields_etag("\"b", "\"b\"") && !fields_etag("b", "\"b\""), "quotes count");
	ok(fields_origin("https://h.example", "https://h.example/x", NULL),
	    "the site's own origin is");
	ok(fields_origin("HTTP://H.example:80", "http://h.example:80", NULL), "in any case");
	ok(fields_origin("http://localhost:8080", "http://127.0.0.1:8080", "localhost:8080"),
	    "so is the host asked for");
	ok(!fields_origin("https://h.example.evil", "https://h.example", "h.example"),
	    "a longer one is not");
	ok(!fields_origin("null", "https://h.example", "h.example") &&
		!fields_origin("", "https://h.example", "") &&
		!fields_origin("http://", "https://h.example", ""),
	    "null is not");
	ok(fields_number("17") == 17 && fields_number("0") == 0 && fields_number("-1") == 0 &&
		fields_number("1x") == 0 && fields_number("9999999999999999999") == 0 &&
		fields_number("") == 0,
	    "numbers are digits");
}

static bool
is_date(const char *text, int64_t at)
{
	if (fields_date(text) == at)
		return true;
	printf("# %s is %lld\n", text, (long long)fields_date(text));
	return false;
}

static void
test_dates(void)
{
	static const char *const none[] = { "", "Sun", "Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 GMT x", "Sun, 06 Nov 1994 08:49:37 MMM",
		"Sun, 06 Nop 1994 08:49:37 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
		"Sun, 06 Nov 1994 08:-9:37 GMT", "784111777", "1994-11-06T08:49:37Z" };
	char out[FIELDS_DATE_SIZE];
	bool good = true;

	ok(is_date("Sun, 06 Nov 1994 08:49:37 GMT", 784111777) &&
		is_date("Sunday, 06-Nov-94 08:49:37 GMT", 784111777) &&
		is_date("Sun Nov  6 08:49:37 1994", 784111777),
	    "an HTTP date has three forms");
	ok(is_date("Thursday, 01-Jan-26 00:00:00 GMT", 1767225600),
	    "a year of two digits is a near one");
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		good = is_date(none[i], -1) && good;
	ok(good && fields_date(NULL) == -1, "and anything else is none");
	fields_put_date(784111777, out);
	ok(strcmp(out, "Sun, 06 Nov 1994 08:49:37 GMT") == 0, "one is written");
	fields_put_date(0, out);
	ok(is_date(out, 0), "and read again");
}

static void
test_unchanged(void)
{
	struct headers h = { 0 };

	ok(!headers_unchanged(&h, "*", NULL) && !headers_unchanged(&h, NULL, NULL),
	    "what has no validators has always changed");
	headers_add(&h, "Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
	ok(headers_unchanged(&h, NULL, "Sun, 06 Nov 1994 08:49:37 GMT") &&
		headers_unchanged(&h, NULL, "Sun, 06 Nov 1994 08:49:38 GMT") &&
		!headers_unchanged(&h, NULL, "Sun, 06 Nov 1994 08:49:36 GMT") &&
		!headers_unchanged(&h, NULL, "yesterday") && !headers_unchanged(&h, NULL, NULL),
	    "it has not since it was modified");
	headers_add(&h, "ETag", "\"t\"");
	ok(headers_unchanged(&h, "\"s\", W/\"t\"", "yesterday") &&
		!headers_unchanged(&h, "\"s\"", "Sun, 06 Nov 1994 08:49:37 GMT") &&
		!headers_unchanged(&h, "", "Sun, 06 Nov 1994 08:49:37 GMT"),
	    "and who names a tag is not asked for a date");
	headers_add(&h, "X-Bad", "a\r\nb");
	ok(headers_get(&h, "X-Bad") == NULL, "no header has a line's end in it");
	headers_free(&h);
}

static unsigned
verdict(const char *const (*headers)[2], size_t n, bool old)
{
	struct framing f = { 0 };

	for (size_t i = 0; i < n; i++)
		framing_add(
		    &f, headers[i][0], strlen(headers[i][0]), headers[i][1], strlen(headers[i][1]));
	return framing_verdict(&f, old, 65536);
}
#define VERDICT(old, ...)                                                                          \
	verdict((const char *const[][2]){ __VA_ARGS__ },                                           \
	    sizeof((const char *const[][2]){ __VA_ARGS__ }) / sizeof(char *[2]), old)

static void
test_framing(void)
{
	struct framing f = { 0 };
	char out[64] = "before";

	ok(VERDICT(false, { "Host", "h" }, { "Content-Length", "5" }) == 0,
	    "one host and one length are fine");
	ok(VERDICT(false, { "Accept", "x" }) == 400 && VERDICT(true, { "Accept", "x" }) == 0,
	    "HTTP/1.1 names a host");
	ok(VERDICT(false, { "Host", "a" }, { "Host", "a" }) == 400, "one host");
	ok(VERDICT(false, { "Host", "a" }, { "content-length", "5" }, { "Content-Length", "5" }) ==
		400,
	    "one length");
	ok(VERDICT(false, { "Host", "a" }, { "Content-Length", "5" },
	       { "Transfer-Encoding", "chunked" }) == 400,
	    "a length or a coding");
	ok(VERDICT(false, { "Host", "a" }, { "Transfer-Encoding", "chunked, identity" }) == 400 &&
		VERDICT(false, { "Host", "a" }, { "Transfer-Encoding", "xchunked" }) == 400,
	    "no coding but chunked");
	ok(VERDICT(false, { "Host", "a" }, { "Content-Length", "+5" }) == 400 &&
		VERDICT(false, { "Host", "a" }, { "Content-Length", "5, 5" }) == 400 &&
		VERDICT(false, { "Host", "a" }, { "Content-Length", "" }) == 400 &&
		VERDICT(false, { "Host", "a" }, { "Content-Length", "-1" }) == 400,
	    "a length is digits");
	ok(VERDICT(false, { "Host", "a" }, { "Content-Length ", "5" }) == 400 &&
		VERDICT(false, { "Host", "a" }, { "", "5" }) == 400,
	    "names are tokens");
	ok(VERDICT(false, { "Host", "a" }, { "Content-Length", "65537" }) == 413 &&
		VERDICT(false, { "Host", "a" }, { "Content-Length", "18446744073709551617" }) ==
		    413,
	    "what is too long is refused before it comes");
	framing_add(&f, "X", 1, "a\0b", 3);
	ok(framing_verdict(&f, true, 1) == 400, "a value with NUL is refused");
	framing_forwarded("10.0.0.1, 192.0.2.7", out);
	ok(strcmp(out, "192.0.2.7") == 0, "the last forwarder is the nearest");
	framing_forwarded("1.2.3.4, <script>", out);
	framing_forwarded("", out);
	ok(strcmp(out, "192.0.2.7") == 0, "what is no address is not believed");
	framing_forwarded("2001:db8::1", out);
	ok(strcmp(out, "2001:db8::1") == 0, "IPv6 is one");
	framing_forwarded("::ffff:192.0.2.9", out);
	ok(strcmp(out, "192.0.2.9") == 0, "IPv4 by the way of IPv6 is IPv4");
}

static bool
comes_from_here(const char *peer, const char *proxy, const char *list, const char *host)
{
	char remote[64];

	snprintf(remote, sizeof(remote), "%s", peer);
	return framing_origin(remote, proxy, list, host);
}

static void
test_origin(void)
{
	char remote[64] = "127.0.0.1";

	ok(comes_from_here("127.0.0.1", "", NULL, "127.0.0.1:8080") &&
		comes_from_here("127.8.0.9", "", NULL, "localhost") &&
		comes_from_here("::1", "", NULL, "[::1]:8080") &&
		comes_from_here("unix", "", NULL, "localhost"),
	    "the loopback and a unix socket are this machine");
	ok(!comes_from_here("192.0.2.7", "", NULL, "127.0.0.1") &&
		!comes_from_here("::2", "", NULL, "[::1]"),
	    "no other address is");
	ok(!comes_from_here("127.0.0.1", "", "127.0.0.1", "127.0.0.1") &&
		!comes_from_here("192.0.2.7", "127.0.0.1", "127.0.0.1", "127.0.0.1") &&
		!comes_from_here("unix", "", "127.0.0.1", "localhost"),
	    "nor one that a stranger names");
	ok(!comes_from_here("127.0.0.1", "", NULL, "hudhud.example") &&
		!comes_from_here("127.0.0.1", "", NULL, NULL),
	    "nor a proxy here that nobody has named");
	ok(comes_from_here("127.0.0.1", "127.0.0.1", "::1", "hudhud.example") &&
		!comes_from_here("127.0.0.1", "127.0.0.1", "::1, 192.0.2.7", "localhost") &&
		!comes_from_here("unix", "unix", "unix", "localhost"),
	    "one that is trusted asks for whom it says, if that is an address");
	framing_origin(remote, "127.0.0.1", "192.0.2.7", "h");
	ok(strcmp(remote, "192.0.2.7") == 0, "who is counted from then on");
}

int
main(void)
{
	test_forms();
	test_paths();
	test_cookies();
	test_languages();
	test_conditions();
	test_dates();
	test_unchanged();
	test_framing();
	test_origin();
	return tap_done();
}
