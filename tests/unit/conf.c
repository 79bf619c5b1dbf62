/* The settings: what is read, and what is told of each fault. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/conf.h"
#include "tests/tap.h"

static const struct conf_key top[] = {
	{ .name = "state", .type = CONF_PATH, .value = "/var/lib/test" },
	{ .name = "control", .type = CONF_PATH, .value = "control.sock" },
	{ .name = NULL },
};
static const struct conf_key site[] = {
	{ .name = "name", .type = CONF_TEXT, .value = "Hudhud", .help = "the name" },
	{ .name = "limit", .type = CONF_INT, .value = "140", .min = 1, .max = 1000 },
	{ .name = "size", .type = CONF_INT, .value = "7" },
	{ .name = "notice", .type = CONF_MAP, .value = "" },
	{ .name = NULL },
};
static const struct conf_key net[] = {
	{ .name = "server", .type = CONF_ADDRESS },
	{ .name = "secret", .type = CONF_SECRET, .help = "what it knows" },
	{ .name = "tls", .type = CONF_CHOICE, .value = "required", .choices = "required none" },
	{ .name = "url", .type = CONF_URL, .value = "", .choices = "http https" },
	{ .name = "rate", .type = CONF_REAL, .value = "10.0", .min = 0, .max = 100 },
	{ .name = "wait", .type = CONF_SECONDS, .value = "90s", .min = 1, .max = 86400 },
	{ .name = "debug", .type = CONF_BOOL, .value = "false" },
	{ .name = "file", .type = CONF_PATH, .value = "" },
	{ .name = NULL },
};
static const struct conf_key web[] = {
	{ .name = "listen", .type = CONF_ADDRESS, .value = "127.0.0.1:8080" },
	{ .name = NULL },
};

static void
check_net(const struct conf_section *s, struct conf_faults *f)
{
	if (strcmp(conf_text(s, "tls"), "none") == 0 && !conf_is_loopback(conf_text(s, "server")))
		conf_fault(f, s, "tls", "\"none\" is for loopback only");
}

static const struct conf_group groups[] = { { .name = "site", .keys = site }, { .name = NULL } };
static const struct conf_kind kinds[] = {
	{ .name = "net", .keys = net, .check = check_net },
	{ .name = "web", .keys = web },
	{ .name = NULL },
};
static const struct conf_schema schema = { .top = top, .groups = groups, .kinds = kinds };

static char folder[] = "/tmp/hudhud-conf-XXXXXX";

static char *
put(const char *name, const char *text, mode_t mode)
{
	char *path = mem_printf("%s/%s", folder, name);
	FILE *f = fopen(path, "w");

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	fputs(text, f);
	fclose(f);
	chmod(path, mode);
	return path;
}

static void
drop(const char *name)
{
	char *path = mem_printf("%s/%s", folder, name);

	unlink(path);
	free(path);
}

#define NET "channels = ( { name = \"n\"; kind = \"net\"; server = \"[::1]:5\"; secret = \"s\";\n"

/* A file, and what must be told of it: lines without the folder, "" for nothing. */
static const struct {
	const char *text;
	const char *faults;
} files[] = {
	{ "", "" },
	{ "# nothing\n/* at\nall */ // here\n", "" },
	{ "state = \"/x\"\n", "" },
	{ NET "} );", "" },
	/* syntax: the line is that of the fault, not of what follows */
	{ "site = {\n name = \n limit = 3; };",
	    "t:2: site.name: a value expected at the end of this line\n" },
	{ "state =\n", "t:1: state: a value expected at the end of this line\n" },
	{ "state\n= \"x\"; control \"y\";", "t:2: control: = expected, not \"y\"\n" },
	{ "site = {\n limit = 3;\n", "t:2: site: a key or } expected at the end of this line\n" },
	{ "state = \"x\n\n", "t:1: state: the text that begins here has no closing quote\n" },
	{ "site = { limit = 12abc; };",
	    "t:1: site.limit: 12abc is not a number; put texts into double quotes\n" },
	{ "site = { limit = 1e3; };",
	    "t:1: site.limit: 1e3 is not a number; put texts into double quotes\n" },
	{ "site = { limit = 127.0.0.1; };",
	    "t:1: site.limit: 127.0.0.1 is not a number; put texts into double quotes\n" },
	{ "\n\nchannels = ( { }, );",
	    "t:3: channels: another element behind the comma expected, not )\n" },
	{ "state = yes;", "t:1: state: a value (true, false, a number or a text in double quotes) "
			  "expected, not yes\n" },
	{ "state = \"x\" }", "t:1: settings: a key expected, not }\n" },
	{ "a = ((((((((((((((((((1))))))))))))))))));",
	    "t:1: a[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: less nesting expected, not (\n" },
	/* unknown, twice, of the wrong type */
	{ "stat = \"x\";", "t:1: stat: unknown key; did you mean \"state\"?\n" },
	{ "sites = { };", "t:1: sites: unknown key; did you mean \"site\"?\n" },
	{ "chanels = ( );", "t:1: chanels: unknown key; did you mean \"channels\"?\n" },
	{ "quux = 1;", "t:1: quux: unknown key; see hudhud.conf(5)\n" },
	{ "site = { nmae = \"x\"; limit = 0;\n name = 5; };",
	    "t:1: site.nmae: unknown key; did you mean \"name\"?\n"
	    "t:1: site.limit: must be from 1 to 1000, not 0\n"
	    "t:2: site.name: must be a text in double quotes, not a number\n" },
	{ "site = { limit = 3;\n limit = 4; };\nsite = { limit = 5; };",
	    "t:2: site.limit: stands twice, first in line 1: remove one\n"
	    "t:3: site: stands twice, first in line 1: remove one\n" },
	{ "site = 5;", "t:1: site: must be a group, { … }, not a number\n" },
	{ "site = { limit = \"5\"; };",
	    "t:1: site.limit: must be a whole number, without quotes, not a text\n" },
	{ "site = { limit = 5.5; };", "t:1: site.limit: must be a whole number, not 5.5\n" },
	{ "site = { notice = \"x\"; };",
	    "t:1: site.notice: must be a group of texts, { name = \"text\"; }, not a text\n" },
	{ "site = { notice = { en = 5; }; };",
	    "t:1: site.notice: en in it must be a text in double quotes\n" },
	{ "state = \"a\\nb\";", "t:1: state: holds a control character (a line break, a tab?)\n" },
	{ "state = \"\\xff\";", "t:1: state: is not valid UTF-8\n" },
	{ "state = \"\";", "t:1: state: may not be empty\n" },
	/* numbers that the parser would cut */
	{ "site = { size = 5000000000; };", "t:1: site.size: 5000000000 does not fit into 32 bits: "
					    "write 5000000000L if it is meant\n" },
	{ "site = { size = 5000000000L; };", "" },
	{ "site = { limit = 4294967301; };",
	    "t:1: site.limit: must be from 1 to 1000, not 4294967301\n" },
	{ "site = { limit = 0x100000005; };",
	    "t:1: site.limit: must be from 1 to 1000, not 0x100000005\n" },
	{ "site = { limit = 0x10; };", "" },
	{ "site = { limit = 99999999999999999999L; };",
	    "t:1: site.limit: must be from 1 to 1000, not 99999999999999999999L\n" },
	{ "site = { size = -1; };", "t:1: site.size: must be at least 0, not -1\n" },
	/* channels */
	{ "channels = { };", "t:1: channels: must be a list, ( { … }, { … } ), not a group\n" },
	{ "channels = ( 5 );",
	    "t:1: channels[0]: must be a group, { name = …; kind = …; }, not a number\n" },
	{ "channels = (\n {\n } );",
	    "t:2: channels[0].kind: must be set to a text: which network is it for?\n" },
	{ "channels = (\n { name = \"a\";\n kind = \"nett\" } );",
	    "t:3: channels.a.kind: there is no kind \"nett\" in this program; did you mean net\n" },
	{ "channels = ( { name = \"a\"; kind = \"fax\" } );",
	    "t:1: channels.a.kind: there is no kind \"fax\" in this program; it has net, web\n" },
	{ "channels = ( { name = \"A\"; kind = \"web\" },\n { kind = \"web\" } );",
	    "t:1: channels[0].name: must be a letter, then at most 30 letters, digits, _ or -, all "
	    "in lower case\nt:2: channels[1].name: must be set\n" },
	{ "channels = ( { name = \"a\"; kind = \"web\" },\n { name = \"a\"; kind = \"web\" } );",
	    "t:2: channels.a.name: another channel has this name (line 1): choose another\n" },
	{ "channels = ( { name = \"a\"; kind = \"web\"; window = 0; lsiten = \"x\"; } );",
	    "t:1: channels.a.window: must be from 1 to 100000, not 0\n"
	    "t:1: channels.a.lsiten: unknown key; did you mean \"listen\"?\n" },
	{ "channels = ( { name = \"a\"; kind = \"web\"; listen = \"8080\"; } );",
	    "t:1: channels.a.listen: needs a port: \"host:port\"\n" },
	{ "channels = ( { name = \"a\"; kind = \"web\"; listen = \"h:0\"; } );",
	    "t:1: channels.a.listen: must be \"host:port\", \"[v6]:port\" or \"unix:/path\"\n" },
	{ "channels = ( { name = \"a\"; kind = \"web\"; listen = \"::1:80\"; } );",
	    "t:1: channels.a.listen: must be \"host:port\", \"[v6]:port\" or \"unix:/path\"\n" },
	{ "channels = ( { name = \"a\"; kind = \"web\"; listen = \"unix:x\"; } );",
	    "t:1: channels.a.listen: needs an absolute path behind \"unix:\"\n" },
	{ "channels = ( { name = \"a\"; kind = \"net\" } );",
	    "t:1: channels.a.server: must be set\n"
	    "t:1: channels.a.secret: must be set, here or as secret_file\n" },
	{ NET "tls = \"no\"; } );", "t:2: channels.n.tls: must be required or none, not \"no\"\n" },
	{ NET "server_ = \"x\"; } );",
	    "t:2: channels.n.server_: unknown key; did you mean \"server\"?\n" },
	{ NET "url = \"ftp://x/\"; } );", "t:2: channels.n.url: must be a URL that begins with a "
					  "scheme of http or https (\"http://…\")\n" },
	{ NET "url = \"http://a:b@x/\"; } );",
	    "t:2: channels.n.url: may hold no user and password: "
	    "they have keys of their own\n" },
	{ NET "url = \"http:///x\"; } );", "t:2: channels.n.url: has no usable host and port\n" },
	{ NET "rate = 100.5; } );", "t:2: channels.n.rate: must be from 0 to 100, not 100.5\n" },
	{ NET "rate = 5; debug = true; } );", "" },
	{ NET "debug = 1; } );",
	    "t:2: channels.n.debug: must be true or false, without quotes, not a number\n" },
	{ NET "wait = \"2d\"; } );",
	    "t:2: channels.n.wait: must be from 1 to 86400 seconds, not 2d\n" },
	{ NET "wait = \"5 min\"; } );", "t:2: channels.n.wait: must be a number and a unit: "
					"\"90s\", \"15m\", \"4h\" or \"5d\"\n" },
	{ NET "wait = 120; } );", "" },
	{ NET "wait = \"15m\"; url = \"https://[::1]:8/x?y\"; file = \"x\"; } );", "" },
	{ "channels = ( { name = \"n\"; kind = \"net\";\n server = \"a.example:5\"; secret = \"s\";\n"
	  " tls = \"none\"; } );",
	    "t:3: channels.n.tls: \"none\" is for loopback only\n" },
	/* secrets in files */
	{ "channels = ( { name = \"n\"; kind = \"net\"; server = \"localhost:1\";\n"
	  "secret_file = \"good\"; } );",
	    "" },
	{ NET "secret_file = \"good\"; } );",
	    "t:2: channels.n.secret: stands here and in secret_file: remove one\n" },
	{ "channels = ( { name = \"n\"; kind = \"net\"; server = \"localhost:1\";\n"
	  "secret_file = \"absent\"; } );",
	    "t:2: channels.n.secret: /absent: No such file or directory\n" },
	{ "channels = ( { name = \"n\"; kind = \"net\"; server = \"localhost:1\";\n"
	  "secret_file = \"open\"; } );",
	    "t:2: channels.n.secret: /open: others may read it: chmod 600 it\n" },
	{ "channels = ( { name = \"n\"; kind = \"net\"; server = \"localhost:1\";\n"
	  "secret_file = \"empty\"; } );",
	    "t:2: channels.n.secret: /empty: it is empty\n" },
	{ "channels = ( { name = \"n\"; kind = \"net\"; server = \"localhost:1\";\n"
	  "secret_file = \".\"; } );",
	    "t:2: channels.n.secret: /.: it is not a regular file\n" },
	{ "channels = ( { name = \"n\"; kind = \"net\"; server = \"localhost:1\";\n"
	  "secret_file = 5; } );",
	    "t:2: channels.n.secret: secret_file must be a path in double quotes\n" },
	/* includes */
	{ "\n@include \"inc\"\nstat = 1;\n",
	    "t:3: stat: unknown key; did you mean \"state\"?\n"
	    "/inc:2: site.limit: must be from 1 to 1000, not 2000\n" },
	{ "/*\n@include \"absent\"\n*/ state = \"\n@include\";",
	    "t:3: state: holds a control character (a line break, a tab?)\n" },
	{ "@include \"absent\"\n", "t:1: @include: /absent: No such file or directory\n" },
	{ "@include inc\n", "t:1: @include: write @include \"FILE\", alone on its line\n" },
	{ "@include \"self\"\n", "/self:1: @include: files include each other too deeply\n" },
	{ "@include \"openinc\"\n",
	    "/openinc:1: channels.n.secret: a secret stands here, but others may read this file: "
	    "chmod 600 it, or use secret_file\n" },
};

/* What was told, with the name of the settings file as "t" and without the folder. */
static char *
plain(const struct conf_faults *f)
{
	const char *p = buf_text(&f->text), *hit;
	struct buf out = { 0 };

	while ((hit = strstr(p, folder)) != NULL) {
		buf_add(&out, p, (size_t)(hit - p));
		p = hit + strlen(folder);
		if (strncmp(p, "/t:", 3) == 0)
			p++;
	}
	buf_text_add(&out, p);
	return buf_take(&out);
}

static void
test_files(void)
{
	struct conf_faults f;
	struct conf *c;
	char *path, *told, *what;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		f = (struct conf_faults){ 0 };
		path = put("t", files[i].text, 0600);
		c = conf_load(path, &schema, &f);
		told = plain(&f);
		what = mem_printf("file %zu is judged as it should be", i);
		ok(strcmp(told, files[i].faults) == 0 && (c == NULL) == (f.count > 0), what);
		if (strcmp(told, files[i].faults) != 0)
			printf("# %s\n# told: %s# want: %s", files[i].text, told, files[i].faults);
		conf_free(c);
		buf_free(&f.text);
		free(told);
		free(what);
		free(path);
	}
}

static void
test_values(void)
{
	struct conf_faults f = { 0 };
	const struct conf_section *s;
	struct conf *c;
	char *path;

	path = put("t",
	    "state = \"st\";\nsite = { notice = { ja = \"にほん\"; }; size = 5000000000L; };\n"
	    "channels = ( { name = \"n\"; kind = \"net\"; server = \"h:5\"; secret_file = \"good\";\n"
	    "rate = 2.5; wait = \"15m\"; debug = true; file = \"f\"; window = 12; },\n"
	    "{ name = \"w\"; kind = \"web\"; } );",
	    0600);
	c = conf_load(path, &schema, &f);
	ok(c != NULL && f.count == 0, "a good file is read");
	if (c == NULL)
		return;
	s = conf_group(c, "site");
	ok(strcmp(conf_text(s, "name"), "Hudhud") == 0 && !conf_given(s, "name"),
	    "an absent text has its default");
	ok(conf_int(s, "size") == 5000000000, "a long number arrives whole");
	ok(strcmp(conf_map(s, "notice", "ja"), "にほん") == 0, "a map finds its text");
	ok(conf_map(s, "notice", "en") == NULL, "a map does not find what is not there");
	ok(strstr(conf_text(conf_top(c), "control"), "/st/control.sock") != NULL,
	    "a relative path is under the state folder, and that under the file's");
	s = conf_channel(c, 0);
	ok(strcmp(conf_text(s, "secret"), "tell nobody") == 0, "a secret comes from its file");
	ok(conf_real(s, "rate") > 2.4 && conf_real(s, "rate") < 2.6, "a real number is read");
	ok(conf_int(s, "wait") == 900, "a time with a unit is read");
	ok(conf_bool(s, "debug"), "a truth is read");
	ok(conf_int(s, "window") == 12 && strcmp(conf_text(s, "kind"), "net") == 0,
	    "the keys of all channels are there");
	ok(conf_int(conf_channel(c, 1), "window") == 0, "a window that is not given is 0");
	ok(conf_channel(c, 2) == NULL, "there is no third channel");
	conf_free(c);
	free(path);
	ok(chdir(folder) == 0, "from the folder itself");
	c = conf_load("t", &schema, &f);
	path = mem_printf("%s/st", folder);
	ok(c != NULL && strcmp(conf_text(conf_top(c), "state"), path) == 0,
	    "a file that is named without its folder has it all the same");
	conf_free(c);
	free(path);
	buf_free(&f.text);
}

static void
test_modes(void)
{
	struct conf_faults f = { 0 };
	char *path = put("open.conf", NET "} );", 0640), *told;

	ok(conf_load(path, &schema, &f) == NULL,
	    "a secret in a file that others may read is refused");
	told = plain(&f);
	ok(strstr(told, "/open.conf:1: channels.n.secret: a secret stands here") != NULL,
	    "and the fault names it");
	buf_free(&f.text);
	free(path);
	free(told);
	f.count = 0;
	ok(conf_load("/nonexistent/x.conf", &schema, &f) == NULL && f.count == 1 &&
		strcmp(buf_text(&f.text), "/nonexistent/x.conf: settings: the file cannot be "
					  "read: No such file or directory\n") == 0,
	    "a file that is not there is a fault");
	buf_free(&f.text);
	f.count = 0;
	ok(conf_load(folder, &schema, &f) == NULL && f.count == 1, "so is a folder");
	buf_free(&f.text);
}

static void
test_pack(void)
{
	struct conf_faults f = { 0 };
	char *path = put("t", NET "rate = 3.5; } );", 0600);
	struct conf *c = conf_load(path, &schema, &f);
	struct conf_section *s;
	struct buf b = { 0 };
	size_t n;
	bool refused = true;

	conf_pack(conf_channel(c, 0), &b);
	s = conf_unpack(net, b.data, b.len);
	ok(s != NULL && strcmp(conf_text(s, "secret"), "s") == 0 && conf_real(s, "rate") > 3.4 &&
		strcmp(conf_text(s, "name"), "n") == 0 && conf_given(s, "rate") &&
		!conf_given(s, "wait") && conf_int(s, "wait") == 90,
	    "a section survives the way to another process");
	conf_section_free(s);
	for (n = 0; n < b.len; n++) {
		s = conf_unpack(net, b.data, n);
		refused &= s == NULL;
		conf_section_free(s);
	}
	ok(refused, "a cut one is refused");
	ok(conf_unpack(web, b.data, b.len) == NULL, "so is one of another table");
	buf_free(&b);
	conf_pack(conf_group(c, "site"), &b);
	s = conf_unpack(site, b.data, b.len);
	ok(s != NULL && conf_int(s, "limit") == 140, "a group can be packed, too");
	conf_section_free(s);
	buf_free(&b);
	conf_free(c);
	free(path);
}

static void
test_defaults(void)
{
	struct conf_faults f = { 0 };
	struct conf_schema bare = { .top = top };
	struct conf *c = conf_load(NULL, &schema, &f);
	struct buf b = { 0 };
	char *path;

	ok(c != NULL && conf_channel(c, 0) != NULL && conf_channel(c, 1) == NULL &&
		strcmp(conf_text(conf_channel(c, 0), "name"), "web") == 0 &&
		strcmp(conf_text(conf_channel(c, 0), "listen"), "127.0.0.1:8080") == 0,
	    "without a file there is a web channel");
	ok(c != NULL &&
		strcmp(conf_text(conf_top(c), "control"), "/var/lib/test/control.sock") == 0,
	    "and all defaults");
	conf_free(c);
	conf_example(&schema, &b);
	path = put("t", buf_text(&b), 0644);
	c = conf_load(path, &schema, &f);
	ok(c != NULL && f.count == 0, "the example can be loaded");
	ok(strstr(buf_text(&b), "secret_file") != NULL &&
		strstr(buf_text(&b), "# the name") != NULL,
	    "and tells of the keys");
	conf_free(c);
	free(path);
	path = put("t", NET "bad = 1; } ); state = \"/s\"; quux = { };", 0644);
	c = conf_load(path, &bare, &f);
	ok(c != NULL && f.count == 0, "a schema of the top only looks at nothing else");
	conf_free(c);
	free(path);
	buf_free(&b);
	buf_free(&f.text);
}

int
main(void)
{
	static const struct {
		const char *name, *text;
		mode_t mode;
	} beside[] = {
		{ "good", "tell nobody\n", 0600 },
		{ "open", "x\n", 0640 },
		{ "empty", "\n", 0600 },
		{ "inc", "# in it\nsite = { limit = 2000; };", 0644 },
		{ "self", "@include \"self\"\n", 0600 },
		{ "openinc", NET "} );", 0644 },
	};
	size_t i;

	if (mkdtemp(folder) == NULL)
		return 1;
	for (i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
		free(put(beside[i].name, beside[i].text, beside[i].mode));
	test_files();
	test_values();
	test_modes();
	test_pack();
	test_defaults();
	for (i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
		drop(beside[i].name);
	drop("t");
	drop("open.conf");
	rmdir(folder);
	return tap_done();
}
