/* Catalogues, whether well made or not, and the rules of plurals. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/catalogue.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/plural.h"
#include "tests/tap.h"

static const struct {
	const char *rule;
	unsigned long n;
	unsigned form;
} rules[] = {
	{ "nplurals=1; plural=0;", 5, 0 },
	{ "nplurals=2; plural=n != 1;", 1, 0 },
	{ "nplurals=2; plural=n != 1;", 0, 1 },
	{ "nplurals=2; plural=n>1", 2, 1 },
	{ "nplurals=2; plural=!(n==1);", 1, 0 },
	{ "nplurals=2; plural=!n;", 0, 1 },
	{ "nplurals=9; plural=1+2*3;", 0, 7 },
	{ "nplurals=9; plural=(1+2)*2;", 0, 6 },
	{ "nplurals=9; plural=9-3-2;", 0, 4 },
	{ "nplurals=9; plural=8/2/2;", 0, 2 },
	{ "nplurals=9; plural=n/0+n%0;", 5, 0 },
	{ "nplurals=2; plural=1||0&&0;", 0, 1 },
	{ "nplurals=2; plural=1 < 2 == 1;", 0, 1 },
	{ "nplurals=3; plural=n==1 ? 0 : n==2 ? 1 : 2;", 2, 1 },
	{ "nplurals=3; plural=n ? n==1 ? 0 : 1 : 2;", 0, 2 },
	{ "nplurals=2; plural=7;", 0, 0 },
	{ "", 1, 0 },
	{ "", 2, 1 },
	{ "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
	  "(n%100<10 || n%100>=20) ? 1 : 2);",
	    22, 1 },
	{ "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
	  "(n%100<10 || n%100>=20) ? 1 : 2);",
	    111, 2 },
};
static const char *const bad_rules[] = { "nplurals=0; plural=0;", "nplurals=99; plural=0;",
	"nplurals=INTEGER; plural=EXPRESSION;", "nplurals=2;", "plural=0;", "nplurals=2; plural=;",
	"nplurals=2; plural=n ==;", "nplurals=2; plural=(n;", "nplurals=2; plural=n ? 1;",
	"nplurals=2; plural=n=1;", "nplurals=2; plural=m;", "nplurals=2; plural=n 1;" };

static void
test_rules(void)
{
	struct plural *p;
	struct buf deep = { 0 };
	char *what;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		p = plural_read(rules[i].rule);
		what = mem_printf("%s gives %u for %lu", rules[i].rule, rules[i].form, rules[i].n);
		ok(p != NULL && plural_form(p, rules[i].n) == rules[i].form, what);
		plural_free(p);
		free(what);
	}
	for (i = 0; i < sizeof(bad_rules) / sizeof(bad_rules[0]); i++) {
		p = plural_read(bad_rules[i]);
		what = mem_printf("%s is refused", bad_rules[i]);
		ok(p == NULL, what);
		plural_free(p);
		free(what);
	}
	buf_text_add(&deep, "nplurals=2; plural=");
	for (i = 0; i < 100000; i++)
		buf_text_add(&deep, "(!");
	ok(plural_read(buf_text(&deep)) == NULL, "a deep rule is refused");
	buf_clear(&deep);
	buf_text_add(&deep, "nplurals=2; plural=n");
	for (i = 0; i < 100000; i++)
		buf_text_add(&deep, "+n");
	ok(plural_read(buf_text(&deep)) == NULL, "so is a long one");
	buf_free(&deep);
}

static char folder[] = "/tmp/hudhud-lang-XXXXXX";

static void
read_all(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "rb");
	int c;
	char byte;

	while (f != NULL && (c = fgetc(f)) != EOF) {
		byte = (char)c;
		buf_add(b, &byte, 1);
	}
	if (f != NULL)
		fclose(f);
}

static char *
seed(const char *name)
{
	const char *top = getenv("top_srcdir");

	return mem_printf("%s/tests/fuzz/seeds/lang/%s", top != NULL ? top : ".", name);
}

static void
write_all(const char *path, const struct buf *b, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (f != NULL) {
		fwrite(buf_text(b), 1, n, f);
		fclose(f);
	}
}

static void
test_file(const char *name)
{
	char *path = seed(name);
	struct buf b = { 0 };
	struct catalogue *c, *cut;
	size_t n;
	bool refused = true;

	read_all(path, &b);
	c = catalogue_read(buf_text(&b), b.len);
	ok(c != NULL, name);
	if (c != NULL) {
		ok(strcmp(catalogue_find(c, "hello", 0), "مرحبا") == 0, "a text is found");
		ok(catalogue_find(c, "untranslated", 0) == NULL, "an untranslated one is not");
		ok(catalogue_find(c, "nothing", 0) == NULL, "nor is an unknown one");
		ok(strcmp(catalogue_find(c, "%lu follower", 2), "2") == 0 &&
			strcmp(catalogue_find(c, "%lu follower", 7), "few") == 0 &&
			strcmp(catalogue_find(c, "%lu follower", 111), "many") == 0 &&
			strcmp(catalogue_find(c, "%lu follower", 100), "other") == 0,
		    "each number has its form");
	}
	catalogue_free(c);
	/* The last byte is the NUL of the last text. */
	for (n = 0; n < b.len; n++) {
		cut = catalogue_read(b.data, n);
		refused &= cut == NULL;
		catalogue_free(cut);
	}
	ok(refused, "a catalogue that is cut is refused");
	buf_free(&b);
	free(path);
}

static void
test_langs(void)
{
	char is[12];
	char *dir = mem_printf("%s/ar", folder), *messages = mem_printf("%s/LC_MESSAGES", dir),
	     *path = mem_printf("%s/hudhud.mo", messages), *from = seed("big.mo"),
	     *flat = mem_printf("%s/ja.mo", folder), *bad = mem_printf("%s/de.mo", folder);
	struct buf b = { 0 };

	mkdir(dir, 0700);
	mkdir(messages, 0700);
	read_all(from, &b);
	write_all(path, &b, b.len);
	write_all(flat, &b, b.len);
	write_all(bad, &b, b.len / 2);
	lang_load(folder);
	ok(lang_known("ar") && lang_known("en") && lang_known("ja"), "what is there is known");
	ok(lang_known("ar_EG") && lang_known("en_GB"), "regions have the language");
	ok(lang_take("ar_EG", is, sizeof(is)) && strcmp(is, "ar") == 0 &&
		lang_take("ar", is, sizeof(is)) && strcmp(is, "ar") == 0 &&
		lang_take("en-GB", is, sizeof(is)) && strcmp(is, "en") == 0,
	    "a region that has no texts of its own is the language");
	ok(!lang_take("de", is, sizeof(is)) && !lang_take("ar", is, 2) &&
		!lang_take("", is, sizeof(is)),
	    "nothing else is");
	ok(!lang_known("de") && !lang_known("") && !lang_known("a"), "what is broken is not");
	ok(strcmp(lang_text("ar", "hello"), "مرحبا") == 0, "a text is translated");
	ok(strcmp(lang_text("ar_EG", "hello"), "مرحبا") == 0, "for a region, too");
	ok(strcmp(lang_text("fr", "hello"), "hello") == 0, "or stays as it is");
	ok(strcmp(lang_in("ar", "command words", "hello"), "سلام تحية") == 0 &&
		strcmp(lang_in("ar", "other words", "hello"), "آخر") == 0,
	    "in a context it is another");
	ok(lang_in("ar", "no words", "hello") == NULL &&
		lang_in("fr", "other words", "hello") == NULL &&
		lang_in("ar_EG", "other words", "hello") == NULL,
	    "which only that catalogue has");
	ok(lang_name(0) != NULL && lang_name(1) != NULL && lang_name(2) == NULL,
	    "all languages can be gone through");
	ok(strcmp(lang_text("ar", ""), "") == 0, "the header is for nobody");
	ok(strcmp(lang_plural("ar", "%lu follower", "%lu followers", 0), "0") == 0,
	    "a number is translated");
	ok(strcmp(lang_plural("en", "one", "many", 1), "one") == 0 &&
		strcmp(lang_plural("en", "one", "many", 0), "many") == 0,
	    "English has two forms");
	lang_unload();
	ok(!lang_known("ar"), "after unloading nothing is known");
	lang_load("/nonexistent");
	ok(lang_known("en"), "without a folder there is English");
	ok(lang_rtl("ar") && lang_rtl("fa_IR") && !lang_rtl("en") && !lang_rtl("arn"),
	    "directions are known");
	unlink(path);
	unlink(flat);
	unlink(bad);
	rmdir(messages);
	rmdir(dir);
	rmdir(folder);
	free(dir);
	free(messages);
	free(path);
	free(from);
	free(flat);
	free(bad);
	buf_free(&b);
}

int
main(void)
{
	test_rules();
	test_file("little.mo");
	test_file("big.mo");
	if (mkdtemp(folder) == NULL)
		return 1;
	test_langs();
	return tap_done();
}
