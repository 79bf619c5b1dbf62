/* The group "site": what it takes, and what it refuses. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/site.h"
#include "tests/tap.h"

static const struct conf_schema schema = { .top = top_keys, .groups = site_groups };

/* A setting of the site, and the key that is at fault; NULL: none. */
static const struct {
	const char *text, *key;
} settings[] = {
	{ "", NULL },
	{ "name = \"ほん\";", NULL },
	{ "domain = \"hudhud.example\";", NULL },
	{ "domain = \"hudhud.example:80\";", "domain" },
	{ "domain = \"http://hudhud.example\";", "domain" },
	{ "domain = \"a b\";", "domain" },
	{ "domain = \"\";", "domain" },
	{ "url = \"https://hudhud.example/birds\";", NULL },
	{ "url = \"https://hudhud.example/\";", "url" },
	{ "url = \"https://hudhud.example?x\";", "url" },
	{ "url = \"hudhud.example\";", "url" },
	{ "url = \"javascript://x\";", "url" },
	{ "language = \"pt_BR\";", NULL },
	{ "language = \"english\";", "language" },
	{ "language = \"EN\";", "language" },
	{ "timezone = \"Africa/Cairo\";", NULL },
	{ "timezone = \"../passwd\";", "timezone" },
	{ "timezone = \"/etc/localtime\";", "timezone" },
	{ "limit = 1000;", NULL },
	{ "limit = 1001;", "limit" },
	{ "limit = 0;", "limit" },
	{ "limit = 4294967436;", "limit" },
	{ "signup = \"invite\";", NULL },
	{ "signup = \"sometimes\";", "signup" },
};

static struct conf *
read_site(const char *text, struct conf_faults *f)
{
	char *file = mem_printf("site = { %s };\nfanout = { big = 7; };", text);
	struct conf *c = conf_load_text("t", 0600, file, strlen(file), &schema, f);

	free(file);
	return c;
}

static void
test_settings(void)
{
	struct conf_faults f;
	struct conf *c;
	char *start;
	size_t i;
	bool good;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		f = (struct conf_faults){ 0 };
		c = read_site(settings[i].text, &f);
		start = mem_printf(
		    "t:1: site.%s: ", settings[i].key != NULL ? settings[i].key : "");
		good = settings[i].key == NULL
			   ? c != NULL
			   : c == NULL && f.count == 1 &&
				 strncmp(buf_text(&f.text), start, strlen(start)) == 0;
		ok(good, settings[i].text[0] != '\0' ? settings[i].text : "nothing is fine");
		if (!good)
			printf("# %s", buf_text(&f.text));
		conf_free(c);
		buf_free(&f.text);
		free(start);
	}
}

static void
test_load(void)
{
	struct conf_faults f = { 0 };
	struct conf *c = read_site(
	    "limit = 99; signup = \"closed\"; notice = { en = \"Hi\"; };", &f);
	struct site s;

	ok(c != NULL, "a site is read");
	if (c == NULL)
		return;
	site_load(&s, conf_group(c, "site"));
	ok(s.limit == 99 && s.signup == SIGNUP_CLOSED && strcmp(s.name, "Hudhud") == 0 &&
		strcmp(s.zone, "UTC") == 0 && strcmp(s.lang, "en") == 0,
	    "with what is given, and the defaults");
	ok(s.big == 5000, "5000 followers are many");
	site_fanout(&s, conf_group(c, "fanout"));
	ok(s.big == 7, "unless the file says otherwise");
	ok(strcmp(conf_map(s.section, "notice", "en"), "Hi") == 0, "the notice is at hand");
	ok(site_name_reserved("settings") && !site_name_reserved("bob"),
	    "the pages' addresses are no names");
	conf_free(c);
}

int
main(void)
{
	test_settings();
	test_load();
	return tap_done();
}
