/* What nobody means to publish: secrets of the service in addresses and links, and quoted lines. */
#include "gateway/scrub.h"

#include <stdio.h>
#include <string.h>

#include "tests/tap.h"

#define TOKEN "abcdefghijklmnopqrstuvwx23"

static const struct site site = { .name = "Hudhud", .url = "https://gw.example" };

static void
row(const char *text, const char *expected, const char *what)
{
	char s[512];

	snprintf(s, sizeof(s), "%s", text);
	scrub_text(&site, s);
	ok(strcmp(s, expected) == 0, what);
	if (strcmp(s, expected) != 0)
		printf("# %s\n", s);
}

int
main(void)
{
	row("hello", "hello", "a text stays");
	row("write to post+" TOKEN "@gw.example now", "write to post@gw.example now",
	    "an address loses its token");
	row("<post-" TOKEN "@gw.example>", "<post@gw.example>", "whatever the separator");
	row("mailto:post+stop." TOKEN "@gw.example", "mailto:post@gw.example",
	    "and the one that means stop");
	row("POST+ABCDEFGHIJKLMNOPQRSTUVWX23@gw.example", "POST@gw.example", "in any case");
	row("a+" TOKEN "@x b+" TOKEN "@x", "a@x b@x", "each of several");
	row("see https://gw.example/u/" TOKEN, "see https://gw.example/u/",
	    "a link of ours loses its key");
	row("(http://GW.example/home.atom?key=" TOKEN "&x=1) ok",
	    "(http://GW.example/home.atom?key= ok", "and all behind it");
	row("https://other.example/" TOKEN, "https://other.example/" TOKEN, "others' links stay");
	row(TOKEN " is the alphabet", TOKEN " is the alphabet", "a word of that length stays");
	row("x/" TOKEN "4", "x/" TOKEN "4", "and a longer one");
	row("> alice: how are you?\nfine", "fine", "quoted lines go");
	row("> one\n> two\n\nthree\n> four", "three\n> four", "those before one's own");
	row("> all of it", "> all of it", "a quote alone stays");
	row(">_<", ">_<", "so does a face");
	row("", "", "nothing is nothing");
	return tap_done();
}
