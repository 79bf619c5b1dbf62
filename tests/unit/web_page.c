#include <string.h>

#include "channels/web/page.h"
#include "tests/tap.h"
#include "tests/unit/web_lang.h"

static struct page page = { .lang = "en" };

/* Is the page just ${want}?  Empties it. */
static bool
is(const char *want)
{
	bool same = strcmp(buf_text(&page.out), want) == 0;

	if (!same)
		printf("# got  %s\n# want %s\n", buf_text(&page.out), want);
	buf_clear(&page.out);
	return same;
}

static void
test_escaping(void)
{
	page_put(&page, "<a title=\"%s\">%s</a>", "\"'><script>", "a & b");
	ok(is("<a title=\"&quot;&#39;&gt;&lt;script&gt;\">a &amp; b</a>"), "values are escaped");
	page_put(&page, "%d %lld %zu %c %%", -3, 1LL << 40, (size_t)7, '<');
	ok(is("-3 1099511627776 7 &lt; %"), "numbers and characters, too");
	page_text(&page, "ا\xf0\x9f\x91\x8d");
	ok(is("ا\xf0\x9f\x91\x8d"), "UTF-8 stays");
	page_text(&page, "a\xff<\xc0\xbc");
	ok(is("a\xef\xbf\xbd&lt;\xef\xbf\xbd\xef\xbf\xbd"), "what is not UTF-8 is replaced");
	page_text(&page, "a\x01\x1b[0m\x7f\nb");
	ok(is("a[0m\nb"), "control characters are left out");
	page_put(&page, "%s", "%s%n%d");
	ok(is("%s%n%d"), "a value is no template");
}

static void
test_words(void)
{
	page_say(&page, "Hello {1} & {2}", "<b>", "x");
	ok(is("Hello <bdi>&lt;b&gt;</bdi> &amp; <bdi>x</bdi>"), "values are put into a text");
	page.lang = "ja";
	page_say(&page, "Hello {1} & {2}", "a", "b");
	page.lang = "en";
	ok(is("<bdi>b</bdi>&lt;<bdi>a</bdi>さん&gt;"),
	    "a translation may turn them round, and is no markup");
	page_say(&page, "{3} {1 {", "a", NULL);
	ok(is("{3} {1 {"), "other braces stay");
	page_say(&page, "{1}", "{2}", "x");
	ok(is("<bdi>{2}</bdi>"), "a value is not looked into");
	page_count(&page, "{1} day", "{1} days", 1);
	page_count(&page, "{1} day", "{1} days", 2);
	ok(is("<b>1</b> day<b>2</b> days"), "numbers have plurals");
}

static void
test_said(void)
{
	page_said(&page, "hi @Bob_1! a@b @");
	ok(is("hi <a href=\"/bob_1\"><bdi>@Bob_1</bdi></a>! a@b @"),
	    "names become links, mail addresses do not");
	page_said(&page, "@sixteen_letters_");
	ok(is("@sixteen_letters_"), "what is too long is no name");
	page_said(&page, "see http://a.example/?x=1&y=\"><script>, or");
	ok(is("see <a dir=\"ltr\" rel=\"nofollow noopener noreferrer ugc\" href=\"http://a.example/?x=1&amp;y=\">"
	      "http://a.example/?x=1&amp;y=</a>&quot;&gt;&lt;script&gt;, or"),
	    "an address ends at a quote");
	page_said(&page, "(https://a.example/b).");
	ok(is("(<a dir=\"ltr\" rel=\"nofollow noopener noreferrer ugc\" href=\"https://a.example/b\">"
	      "https://a.example/b</a>)."),
	    "and before the full stop");
	page_said(&page, "https://a.example/あ。次");
	ok(is("<a dir=\"ltr\" rel=\"nofollow noopener noreferrer ugc\" href=\"https://a.example/あ\">"
	      "https://a.example/あ</a>。次"),
	    "an ideographic one as well");
	page_said(&page, "javascript:alert(1) http:// https://.");
	ok(is("javascript:alert(1) http:// https://."), "nothing else is an address");
	page_said(&page, "a\nb<br>");
	ok(is("a<br>b&lt;br&gt;"), "lines are kept");
	page_said(&page, "now #Breakfast_1, ＃天気!");
	ok(is("now <a class=\"tag\" href=\"/tag/Breakfast_1\"><bdi>#Breakfast_1</bdi></a>, "
	      "<a class=\"tag\" href=\"/tag/%E5%A4%A9%E6%B0%97\"><bdi>＃天気</bdi></a>!"),
	    "tags become links, in any script");
	page_said(&page, "#1 a#b &#39; /#c #<b> # ##");
	ok(is("#1 a#b &amp;#39; /#c #&lt;b&gt; # ##"), "what is no tag does not");
	page_said(&page, "http://a.example/#b #\xff\xc3");
	ok(strstr(buf_text(&page.out), "/tag/") == NULL, "nor what is in an address, or broken");
	buf_clear(&page.out);
}

static void
test_time(void)
{
	char out[24];

	page_rfc3339(0, out);
	ok(strcmp(out, "1970-01-01T00:00:00Z") == 0, "a time is written as RFC 3339 has it");
	page_rfc3339(INT64_MAX, out);
	ok(strcmp(out, "1970-01-01T00:00:00Z") == 0, "one beyond the calendar does no harm");
	page_time(&page, 1000, 1000 + 120);
	ok(is("<time datetime=\"1970-01-01T00:16:40Z\" title=\"1 Jan 0:16 UTC\"><b>2</b> minutes ago</time>"),
	    "how long ago it was");
	page_time(&page, 1000, 900);
	ok(is("<time datetime=\"1970-01-01T00:16:40Z\" title=\"1 Jan 0:16 UTC\">just now</time>"),
	    "a clock that went back does no harm");
	page_time(&page, 0, 1000000);
	ok(strstr(buf_text(&page.out), "1 Jan 0:00 UTC</bdi>") != NULL, "or the day");
}

int
main(void)
{
	test_escaping();
	test_words();
	test_said();
	test_time();
	buf_free(&page.out);
	return tap_done();
}
