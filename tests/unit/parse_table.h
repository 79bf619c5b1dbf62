#ifndef HUDHUD_TESTS_UNIT_PARSE_TABLE_H
#define HUDHUD_TESTS_UNIT_PARSE_TABLE_H

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "gateway/lexicon.h"
#include "gateway/parse.h"
#include "tests/tap.h"

/* What a text is, row by row. */
struct row {
	const char *text;
	enum verb verb;
	const char *name; /* or code, or topic */
	const char *rest; /* of those that carry a text */
};

#define STATUS VERB_STATUS, NULL, NULL
#define PRIVATE VERB_PRIVATE, NULL, NULL
#define NEAR(word) VERB_STATUS, "near " word, NULL

/* What ${p} holds, as the rows write it. */
static inline const char *
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
		    p->pin_was[0] && p->pin[0] ? " " : "", p->pin);
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

static inline bool
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

static inline void
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

#define TABLE(rows, lang) table(rows, sizeof(rows) / sizeof((rows)[0]), lang)

static inline void
table_open(void)
{
	const char *build = getenv("top_builddir");
	char *po = mem_printf("%s/po", build ? build : ".");

	lang_load(po);
	free(po);
}

static inline void
table_close(void)
{
	lexicon_unload();
	lang_unload();
}

#endif
