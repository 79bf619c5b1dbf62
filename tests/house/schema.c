/*
 * Prints every key that the settings may hold: "top KEY help", "group:site KEY help",
 * "channel KEY help", "kind:web KEY help" ("-" where there is no help).  "example"
 * instead prints the faults of the example file, and ends with 1 if there are any.
 */
#include <stdio.h>
#include <string.h>

#include "channels/channels.h"
#include "conf/section.h"
#include "gateway/settings.h"

static void
print(const char *where, const char *name, const struct conf_key *keys)
{
	for (; keys != NULL && keys->name != NULL; keys++)
		printf("%s%s %s %s\n", where, name, keys->name,
		    keys->help != NULL && keys->help[0] != '\0' ? "help" : "-");
}

static int
try_example(const struct conf_schema *schema)
{
	struct conf_faults faults = { 0 };
	struct buf text = { 0 };
	struct conf *c;

	conf_example(schema, &text);
	c = conf_load_text("example", 0600, buf_text(&text), text.len, schema, &faults);
	fputs(buf_text(&faults.text), stdout);
	conf_free(c);
	buf_free(&text);
	buf_free(&faults.text);
	return c == NULL;
}

int
main(int argc, char **argv)
{
	const struct conf_schema *schema = settings_schema(channel_kinds);
	const struct conf_group *g;
	const struct conf_kind *k;

	if (argc > 1 && strcmp(argv[1], "example") == 0)
		return try_example(schema);
	print("top", "", schema->top);
	for (g = schema->groups; g->name != NULL; g++)
		print("group:", g->name, g->keys);
	print("channel", "", channel_keys);
	for (k = schema->kinds; k->name != NULL; k++)
		print("kind:", k->name, k->keys);
	return 0;
}
