/* Feeds are XML, whatever is in the texts; and what can be said in XML stays as it was said. */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/web/feed.h"
#include "tests/tap.h"

#define ROUNDS 3000

static const struct site site = {
	.name = "Hudhud", .domain = "hudhud.example", .url = "https://hudhud.example"
};

/* A feed with ${text} everywhere in it. */
static xmlDocPtr
read_feed(const char *text, bool rss)
{
	static char path[] = "/alice", query[] = "";
	static struct feed f;
	struct buf out = { 0 };
	char *title = mem_dup(text);
	xmlDocPtr doc;

	f = (struct feed){ .site = &site, .rss = rss, .lang = "en" };
	f.title = title;
	f.about = text;
	f.id = f.path = f.page = path;
	f.query = query;
	f.t.n = 1;
	f.t.status[0] = (struct status){
		.pos = 7, .at = 1000, .author_name = "alice", .text = text
	};
	mem_copy(f.more[0].lang, sizeof f.more[0].lang, "ar");
	f.gone_n = 1;
	f.gone[0] = (struct feed_gone){ .pos = 6, .at = 900 };
	f.out = &out;
	if (rss)
		feed_put_rss(&f);
	else
		feed_put_atom(&f);
	doc = xmlReadMemory(out.data, (int)out.len, "feed.xml", NULL,
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	buf_free(&out);
	free(title);
	return doc;
}

/* The text of the first element ${name} within ${node}; the caller frees it.  NULL: there is none. */
static char *
find(xmlNodePtr node, const char *name)
{
	char *found = NULL;

	for (; node && !found; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (strcmp((const char *)node->name, name) == 0)
			found = (char *)xmlNodeGetContent(node);
		else
			found = find(node->children, name);
	}
	return found;
}

static bool
reads(const char *text, const char *want)
{
	xmlDocPtr doc = read_feed(text, false);
	char *got = doc ? find(xmlDocGetRootElement(doc), "content") : NULL;
	bool same = got && strcmp(got, want) == 0;

	if (!same)
		printf("# got %s\n", got ? got : "nothing");
	xmlFree(got);
	xmlFreeDoc(doc);
	return same;
}

static void
test_texts(void)
{
	ok(reads("a <b> & \"c\" 'd' ]]> e", "a <b> & \"c\" 'd' ]]> e"), "markup is text");
	ok(reads("one\ntwo\tthree", "one\ntwo\tthree"), "lines stay");
	ok(reads("a\x01\x0b\x0c\r\x1b\x7f"
		 "b",
	       "ab"),
	    "controls go");
	ok(reads("a\xc2\x80\xc2\x9f\xc2\xa0"
		 "b",
	       "a\xc2\xa0"
	       "b"),
	    "those of the second set, too");
	ok(reads("a\xef\xbf\xbe\xef\xbf\xbf\xef\xb7\x90\xf0\x9f\xbf\xbe"
		 "b",
	       "ab"),
	    "what is no character goes");
	ok(reads("a\xed\xa0\x80"
		 "b\xed\xb0\x80",
	       "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
	       "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
	    "halves of pairs are replaced");
	ok(reads("\xff\xc0\xaf\xe2\x82",
	       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
	    "and so is what is no UTF-8");
	ok(reads("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
	    "nor anything above all characters");
	ok(reads("\xd9\x87\xd8\xaf \xe6\x97\xa5 \xf0\x9f\x90\xa6",
	       "\xd9\x87\xd8\xaf \xe6\x97\xa5 \xf0\x9f\x90\xa6"),
	    "all that can be said is");
}

static void
test_titles(void)
{
	struct status s = { .author_name = "alice", .text = "one\ntwo\xe2\x80\xa8three" };
	char *title = feed_title(&s), *long_one = mem_new(40001);

	ok(strcmp(title, "alice: one two three") == 0, "a title is one line");
	free(title);
	memset(long_one, 'x', 40000);
	s.text = long_one;
	title = feed_title(&s);
	ok(strlen(title) < 400, "and a short one");
	free(title);
	free(long_one);
	s.text = "\xd9\x87\xd8\xaf \xe2\x80\xaegnorw";
	title = feed_title(&s);
	ok(strcmp(title, "\xe2\x81\xa8"
			 "alice\xe2\x81\xa9: \xd9\x87\xd8\xaf gnorw") == 0,
	    "which turns nothing round that stands beside it");
	free(title);
}

/* Bytes that are more likely to harm than others. */
static void
test_anything(void)
{
	static const char bad[] =
	    "<>&]'\"\x01\x1f\r\n\x7f\xc2\x80\xed\xa0\xef\xbf\xbe\xf4\x90\xff-!?[";
	uint32_t dice = 20060321;
	bool good = true;
	char text[64];

	for (int i = 0; i < ROUNDS && good; i++) {
		size_t n = 1 + (dice >> 8) % 60;

		for (size_t k = 0; k < n; k++) {
			dice = dice * 1664525 + 1013904223;
			text[k] = dice >> 30 == 0 ? (char)(1 + (dice >> 8) % 255)
						  : bad[(dice >> 8) % (sizeof bad - 1)];
		}
		text[n] = '\0';
		for (int rss = 0; rss < 2; rss++) {
			xmlDocPtr doc = read_feed(text, rss);

			good = good && doc;
			xmlFreeDoc(doc);
		}
	}
	ok(good, "whatever is said, a feed can be read");
}

int
main(void)
{
	test_texts();
	test_titles();
	test_anything();
	xmlCleanupParser();
	return tap_done();
}
