/* What a status and an answer look like. */
#include "gateway/render.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "gateway/fold.h"
#include "gateway/phrase.h"
#include "tests/tap.h"

#define FSI "\u2068"
#define PDI "\u2069"

static const struct site site = { .name = "Hudhud", .url = "https://gw.example" };

static struct status
said(const char *text, int64_t to)
{
	return (struct status){
		.pos = 42, .author = 1, .author_name = "alice", .to = to, .text = text
	};
}

static void
line(const char *text, int64_t to, const char *expected, const char *what)
{
	struct status s = said(text, to);
	struct rendering r;

	render_status(&site, &s, FORM_LINE, "en", &r);
	ok(strcmp(r.text, expected) == 0 && !*r.subject && !*r.footer, what);
	if (strcmp(r.text, expected) != 0)
		printf("# %s\n", r.text);
	rendering_free(&r);
}

static void
lines(void)
{
	line("hello", 0, "alice: hello", "a status is one line with its author");
	line("hello", 2, "alice (direct): hello", "a direct message says so");
	line("\u0645\u0631\u062d\u0628\u0627", 0,
	    FSI "alice" PDI ": \u0645\u0631\u062d\u0628\u0627",
	    "the name stands apart from a text from right to left");
	line("\u0645\u0631\u062d\u0628\u0627", 2,
	    FSI "alice (direct)" PDI ": \u0645\u0631\u062d\u0628\u0627",
	    "in a direct message, too");
	line("12 \u05e9\u05dc\u05d5\u05dd", 0, FSI "alice" PDI ": 12 \u05e9\u05dc\u05d5\u05dd",
	    "digits do not decide");
	line("ok \u0645\u0631\u062d\u0628\u0627", 0, "alice: ok \u0645\u0631\u062d\u0628\u0627",
	    "the first strong letter does");
	line("\u3053\u3093\u306b\u3061\u306f", 0, "alice: \u3053\u3093\u306b\u3061\u306f",
	    "Japanese is left to right");
	line("hi\nbob: I quit", 0, "alice: hi bob: I quit",
	    "a second line cannot pass for somebody else");
	line("", 0, "alice: ", "nothing is nothing");
	ok(!fold_rtl("\u2067\u0645\u2069 x") && fold_rtl("\u2066x\u2069 \u0645"),
	    "isolates do not decide");
}

static void
letters(void)
{
	struct rendering r;
	struct status s = said("hello\nthere", 0);
	char text[400] = "";

	render_status(&site, &s, FORM_LETTER, "en", &r);
	ok(strcmp(r.text, "hello\nthere") == 0, "a mail has the text as it is");
	ok(strcmp(r.subject, "alice: hello there") == 0, "and a subject of one line");
	ok(strstr(r.footer, "off alice") && strstr(r.footer, "stop") &&
		strstr(r.footer, "https://gw.example/alice/42"),
	    "and a footer that says how to stop it");
	rendering_free(&r);
	s = said("secret", 2);
	render_status(&site, &s, FORM_LETTER, "en", &r);
	ok(!strstr(r.subject, "secret") && strstr(r.subject, "alice"),
	    "no private text in a subject");
	ok(strstr(r.footer, "only alice"), "whose answer is private");
	rendering_free(&r);
	for (int i = 0; i < 100; i++)
		strcat(text, "\u00e9");
	s = said(text, 0);
	render_status(&site, &s, FORM_LETTER, "en", &r);
	ok(text_length(r.subject) == 60, "a subject has at most 60 letters");
	rendering_free(&r);
	render_answer(&site, "line one\nline two", true, "en", &r);
	ok(strcmp(r.subject, "Hudhud: line one line two") == 0 &&
		strcmp(r.text, "line one\nline two") == 0,
	    "an answer has a subject");
	rendering_free(&r);
	render_answer(&site, "done", false, "en", &r);
	ok(strcmp(r.text, "done") == 0 && !*r.subject, "a short one has none");
	rendering_free(&r);
}

static void
briefs(void)
{
	struct rendering r;
	struct site small = site;
	struct status s = said("one two three four five six seven eight nine ten eleven", 0);

	small.limit = 50;
	render_status(&small, &s, FORM_LINE, "en", &r);
	ok(strstr(r.text, "eleven") != NULL, "where there is room a long one goes out whole");
	rendering_free(&r);
	render_status(&small, &s, FORM_BRIEF, "en", &r);
	ok(strcmp(r.text, "alice: one two three four five\u2026 https://gw.example/alice/42") == 0,
	    "where there is not, it ends with a link");
	rendering_free(&r);
	s.to = 2;
	render_status(&small, &s, FORM_BRIEF, "en", &r);
	ok(strstr(r.text, "\u2026 https://gw.example/direct") != NULL,
	    "a direct message's leads to them");
	rendering_free(&r);
	s = said("short enough", 0);
	render_status(&small, &s, FORM_BRIEF, "en", &r);
	ok(strcmp(r.text, "alice: short enough") == 0, "what fits has none");
	rendering_free(&r);
}

static void
phrases(void)
{
	char *p = phrase("en", "{a} and {b}, {a}", "a", "1", "b", "{a}", NULL);

	ok(strcmp(p, "1 and {a}, 1") == 0, "values are put in once");
	free(p);
	p = phrase("en", "{none} { {a", "a", "1", NULL);
	ok(strcmp(p, "{none} { {a") == 0, "what is no place stays");
	free(p);
	char text[200];

	memset(text, 'x', sizeof(text));
	text[160] = '\0';
	ok(phrase_fits(text), "160 letters fit a text message");
	text[159] = '{';
	ok(!phrase_fits(text), "a brace is two");
	text[70] = '\0';
	memcpy(text + 68, "\u4eba", 4);
	ok(phrase_fits(text), "69 of any alphabet fit");
	memset(text, 'x', 100);
	memcpy(text + 69, "\U0001F600", 5);
	ok(!phrase_fits(text), "an emoji is two");
	memset(text, 'x', 100);
	memcpy(text + 100, "\u00e9\u20ac", 6);
	ok(phrase_fits(text), "an e with acute and the euro are in the alphabet");
	memcpy(text + 100, "`", 2);
	ok(!phrase_fits(text), "a back-tick is not");
}

int
main(void)
{
	lines();
	letters();
	briefs();
	phrases();
	return tap_done();
}
