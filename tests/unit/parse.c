/* The grammar: what a text is, row by row. */
#include "gateway/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "gateway/lexicon.h"
#include "tests/tap.h"
#include "tests/unit/parse_rows.h"

/* What ${p} holds, as the rows write it. */
static const char *
holds(const struct parsed *p)
{
	static char out[128];
	size_t n = 0;

	if (p->verb == VERB_CODE || p->verb == VERB_ZONE)
		return p->verb == VERB_CODE ? p->code : p->zone;
	if (p->verb == VERB_HELP)
		return p->topic ? p->topic->word : "";
	n += (size_t)snprintf(out, sizeof(out), "%s", p->name);
	if (p->from >= 0)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%d-%d", p->from, p->to);
	else if (p->to >= 0)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%suntil %d", n ? " " : "", p->to);
	if (p->seconds)
		n += (size_t)snprintf(
		    out + n, sizeof(out) - n, "%s%lld", n ? " " : "", (long long)p->seconds);
	if (p->pin[0] || p->pin_was[0])
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s%s", p->pin_was,
		    p->pin_was[0] ? " " : "", p->pin);
	for (size_t i = 0; i < p->kinds_n; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", i ? " " : "", p->kinds[i]);
	if (p->off)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%soff", n ? " " : "");
	if (p->missing && p->verb != VERB_REPLY && p->verb != VERB_POST && n == 0)
		n += (size_t)snprintf(out, sizeof(out), "?");
	if (p->near)
		snprintf(out, sizeof(out), "near %s", p->near->word);
	return out;
}

static bool
row_holds(const struct row *r, const struct parsed *p)
{
	if (p->verb != r->verb || (r->name && strcmp(holds(p), r->name) != 0))
		return false;
	if (r->verb == VERB_HELP && !r->name && p->topic)
		return false;
	if (r->verb == VERB_STATUS && !r->name && p->near)
		return false;
	if (r->verb == VERB_STATUS || r->verb == VERB_MENTION)
		return strcmp(p->text, r->text) == 0;
	return !r->rest || strcmp(p->text, r->rest) == 0;
}

static void
table(const struct row *r, size_t n, const char *lang)
{
	for (size_t i = 0; i < n; i++) {
		struct parsed p;
		char what[256];
		const char *text = r[i].text;

		parse_text(text, lang, "Hudhud", &p);
		snprintf(what, sizeof(what), "%s: \"%.*s\" is %d", lang, (int)strcspn(text, "\n#"),
		    text, r[i].verb);
		ok(row_holds(&r[i], &p), what);
		if (!row_holds(&r[i], &p))
			printf("# verb %d holds '%s' text '%s'\n", p.verb, holds(&p), p.text);
	}
}

static void
mentions(const char *text, const char *expected)
{
	char name[PARSE_NAME_SIZE], all[256] = "", what[256];
	const char *at = text;

	while (parse_mention(text, &at, name)) {
		strcat(all, name);
		strcat(all, " ");
	}
	snprintf(what, sizeof(what), "mentions of \"%s\": %s", text, expected);
	ok(strcmp(all, expected) == 0, what);
	if (strcmp(all, expected) != 0)
		printf("# found: %s\n", all);
}

static void
mention_rows(void)
{
	mentions("no one", "");
	mentions("@bob", "bob ");
	mentions("hi @bob and @Carol!", "bob carol ");
	mentions(".@bob says", "bob ");
	mentions("(@bob)", "bob ");
	mentions("mail me at me@bob.example", "");
	mentions("jos\u00e9@bob.example", "");
	mentions("\u3053\u3093\u306b\u3061\u306f@bob\u3055\u3093", "bob ");
	mentions("\uff20bob", "bob ");
	mentions("see http://x.example/@bob now", "");
	mentions("see (https://x.example/?q=@bob)", "");
	mentions("www.x.example/@bob", "");
	mentions("@bob@elsewhere.example", "");
	mentions("cc:@bob", "bob ");
	mentions("@abcdefghijklmno @abcdefghijklmnop", "abcdefghijklmno ");
	mentions("@@bob @ bob", "");
	mentions("@bob,@carol", "bob carol ");
	mentions("a_@bob +@bob /@bob", "");
}

int
main(void)
{
	const char *build = getenv("top_builddir");
	char *po = mem_printf("%s/po", build ? build : ".");

	lang_load(po);
	free(po);
	table(english, sizeof(english) / sizeof(english[0]), "en");
	table(japanese, sizeof(japanese) / sizeof(japanese[0]), "ja");
	table(arabic, sizeof(arabic) / sizeof(arabic[0]), "ar");
	mention_rows();
	lexicon_unload();
	lang_unload();
	return tap_done();
}
