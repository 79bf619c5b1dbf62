/*
 * Prints the part of hudhud-texts(7) that lists the commands, from the table: what there is in docs/ between
 * its marks must be this.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/lang.h"
#include "base/mem.h"
#include "gateway/lexicon.h"
#include "gateway/parse.h"

static const char *const titles[SUBJECT_N] = {
	[SUBJECT_SAY] = "Saying something",
	[SUBJECT_PEOPLE] = "People",
	[SUBJECT_HERE] = "What comes here",
	[SUBJECT_ACCOUNT] = "Yourself",
	[SUBJECT_HELP] = "Help",
};

static const struct {
	const char *lang, *name;
} langs[] = { { "ar", "Arabic" }, { "ja", "Japanese" } };

/* As roff(7) has it: no line begins with a control character, no backslash is one. */
static void
put(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++)
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		/* a sentence begins a line, so that it ends with as much room as it should */
		else if (*text == ' ' && text[-1] == '.')
			putchar('\n');
		else
			putchar(*text);
}

static void
put_list(const char *words)
{
	for (const char *sep = ""; *words; sep = ", ", words += strspn(words, " ")) {
		size_t n = strcspn(words, " ");
		char *word = mem_dupn(words, n);

		for (char *c = word; *c; c++)
			*c = *c == '_' ? ' ' : *c;
		fputs(sep, stdout);
		put(word);
		free(word);
		words += n;
	}
}

static void
put_command(const struct command *c)
{
	printf(".It Cm %s", c->word);
	for (const char *a = c->aliases; *a; a += strspn(a, " ")) {
		printf(" , %.*s", (int)strcspn(a, " "), a);
		a += strcspn(a, " ");
	}
	putchar('\n');
	put(c->help);
	putchar('\n');
	for (size_t i = 0; i < sizeof(langs) / sizeof(langs[0]); i++) {
		const char *words = lang_in(langs[i].lang, LEXICON_COMMANDS, c->word);

		if (!words)
			continue;
		printf(".br\n%s: ", langs[i].name);
		put_list(words);
		printf(".\n");
	}
}

int
main(void)
{
	const char *build = getenv("top_builddir");
	char *po = mem_printf("%s/po", build ? build : ".");

	lang_load(po);
	free(po);
	for (int s = 0; s < SUBJECT_N; s++) {
		printf(".Ss %s\n.Bl -tag -width Ds\n", titles[s]);
		for (const struct command *c = command_table; c->word; c++)
			if (c->subject == (enum subject)s)
				put_command(c);
		printf(".El\n");
	}
	lang_unload();
	return 0;
}
