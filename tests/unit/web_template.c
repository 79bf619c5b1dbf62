#include <string.h>

#include "channels/web/template.h"
#include "tests/tap.h"
#include "tests/unit/web_lang.h"

static const char *text; /* of the template "it" */
static char error[160];

static const char *
texts(const char *name)
{
	if (strcmp(name, "it") == 0)
		return text;
	if (strcmp(name, "bold") == 0)
		return "<b>{{a}}</b>";
	if (strcmp(name, "round") == 0)
		return "{{use round}}";
	return NULL;
}

/* What ${of} makes of ${w}. */
static bool
gives(const char *of, const struct view *w, const char *want)
{
	struct page page = { .lang = "en" };
	struct template *t;
	bool same;

	text = of;
	t = template_new("it", texts, error, sizeof error);
	if (t == NULL) {
		printf("# %s\n", error);
		return false;
	}
	template_put(t, &page, w);
	same = strcmp(buf_text(&page.out), want) == 0;
	if (!same)
		printf("# got  %s\n# want %s\n", buf_text(&page.out), want);
	buf_free(&page.out);
	template_free(t);
	return same;
}

/* It is refused, with a reason that has ${why} in it. */
static bool
refused(const char *of, const char *why)
{
	struct template *t;

	text = of;
	error[0] = '\0';
	t = template_new("it", texts, error, sizeof error);
	template_free(t);
	if (t == NULL && strstr(error, why) != NULL)
		return true;
	printf("# %s: %s\n", of, t ? "accepted" : error);
	return false;
}

static void
test_values(void)
{
	struct view *w = view_new();

	view_text(w, "a", "<script>\"'&");
	view_number(w, "n", -7);
	view_text(w, "path", "/bob");
	view_text(w, "evil", "javascript:alert(1)");
	view_text(w, "other", "//elsewhere.example/");
	view_text(w, "apart", "/\t/elsewhere.example/");
	view_text(w, "q", "a b&c=\"d\"/e");
	ok(gives("{{a}} {{n}}", w, "&lt;script&gt;&quot;&#39;&amp; -7"), "values are escaped");
	ok(gives("<i title=\"{{a}}\">", w, "<i title=\"&lt;script&gt;&quot;&#39;&amp;\">"),
	    "in attributes, too");
	ok(gives("[{{none}}]", w, "[]"), "what has no name is left out");
	ok(gives("<a href=\"{{link path}}?q={{q}}\">", w,
	       "<a href=\"/bob?q=a%20b%26c%3D%22d%22%2Fe\">"),
	    "values in addresses are percent-encoded");
	ok(gives("<a href=\"{{link evil}}\">", w, "<a href=\"#\">") &&
		gives("<a href=\"{{link other}}\">", w, "<a href=\"#\">") &&
		gives("<a href=\"{{link apart}}\">", w, "<a href=\"#\">"),
	    "a link leads to a page");
	ok(gives("{{say \"Hello {1} & {2}\" a path}}", w,
	       "Hello <bdi>&lt;script&gt;&quot;&#39;&amp;</bdi> &amp; <bdi>/bob</bdi>"),
	    "values in texts are isolated");
	ok(gives("<i title=\"{{say \"Hello {1} & {2}\" n path}}\">", w,
	       "<i title=\"Hello -7 &amp; /bob\">") &&
		gives("<title>{{say \"Hello {1} & {2}\" n path}}</title>", w,
		    "<title>Hello -7 &amp; /bob</title>"),
	    "without markup where there may be none");
	ok(gives("{{count \"{1} day\" \"{1} days\" n}}", w, "<b>-7</b> days"),
	    "numbers are counted");
	view_text(w, "a", "{{q}}");
	ok(gives("{{a}}", w, "{{q}}"), "a value is no template");
	view_free(w);
}

static void
test_blocks(void)
{
	struct view *w = view_new(), *item;

	view_text(w, "a", "x");
	view_text(w, "e", "");
	for (int i = 1; i <= 3; i++) {
		item = view_add(w, "l");
		view_number(item, "n", i);
		if (i == 2)
			view_text(item, "a", "own");
	}
	view_list(w, "none");
	ok(gives("{{if a}}A{{else}}B{{end}}{{if e}}C{{else}}D{{end}}", w, "AD"), "if and else");
	ok(gives("{{unless a}}A{{end}}{{unless e}}B{{else}}C{{end}}", w, "B"), "unless");
	ok(gives("{{each l}}{{n}}{{a}} {{end}}", w, "1x 2own 3x "),
	    "each: its own names before those around it");
	ok(gives("{{each none}}x{{end}}{{each a}}x{{end}}{{each nothing}}x{{end}}.", w, "."),
	    "each of nothing");
	ok(gives("{{if l}}{{each l}}{{each l}}{{n}}{{end}}{{end}}{{end}}", w, "123123123"),
	    "blocks in blocks");
	ok(gives("{{use bold}}{{each l}}{{use bold}}{{end}}", w,
	       "<b>x</b><b>x</b><b>own</b><b>x</b>"),
	    "files in files");
	ok(gives("a\n\t{{if a}}\n\t\tb\n\t{{end}}\n\tc\n{{* no\nmore }}\n", w, "a\nb\nc\n"),
	    "lines that hold nothing but a block leave nothing");
	ok(gives("<p{{if a}} class=\"{{a}}\"{{end}}>", w, "<p class=\"x\">") &&
		gives("<input{{if a}} checked{{end}} name=\"{{a}}\">", w,
		    "<input checked name=\"x\">"),
	    "blocks within tags");
	ok(view_used(w, "a") && !view_used(w, "e"), "what was shown is known");
	view_free(w);
}

static void
test_mistakes(void)
{
	static const char *const unsafe[] = { "<{{a}}>", "<p {{a}}>", "<p a={{a}}>",
		"<p a='{{a}}'>", "<p onclick=\"{{a}}\">", "<p style=\"{{a}}\">",
		"<script>{{a}}</script>", "<style>{{a}}</style>", "<a href=\"{{a}}\">",
		"<form action=\"x{{say \"y\"}}\">", "<p title=\"{{said a}}\">",
		"<title>{{when a}}</title>", "{{link a}}", "<a href=\"/x{{link a}}\">",
		"<img srcset=\"/a{{a}}\">", "<!-- {{a}} -->" };
	size_t n = sizeof unsafe / sizeof unsafe[0], bad = 0;

	for (size_t i = 0; i < n; i++)
		bad += !refused(unsafe[i], "it:1: ");
	ok(bad == 0, "a value stands only where it can be escaped");
	ok(refused("{{if a}}<p title=\"{{else}}{{end}}", "another place"),
	    "branches end where they began");
	ok(refused("<p {{if a}}on{{end}}click=\"{{a}}\">", "another place"),
	    "a name is not put together");
	ok(refused("x\n{{if a}}\ny", "it:2: \"end\" is missing"), "a block that does not end");
	ok(refused("{{end}}", "\"end\"") && refused("{{else}}", "\"else\"") &&
		refused("{{each a}}{{else}}{{end}}", "\"else\""),
	    "what ends nothing");
	ok(refused("{{use nothing}}", "no template nothing") && refused("{{use round}}", "deeply"),
	    "files that are not there, or use themselves");
	ok(refused("{{say}}", "double quotes") && refused("{{say \"x}}", "does not end") &&
		refused("{{a", "}}") && refused("{{}}", "name") && refused("{{a b}}", "}}"),
	    "what is not well formed");
}

int
main(void)
{
	test_values();
	test_blocks();
	test_mistakes();
	return tap_done();
}
