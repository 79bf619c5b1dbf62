/* The example file, made from the tables, so that it cannot be wrong. */
#include <string.h>

#include "conf/section.h"

static void
print_value(const struct conf_key *key, struct buf *out)
{
	const char *v = key->value != NULL ? key->value : "";
	size_t n = key->choices != NULL ? strcspn(key->choices, " ") : 0;

	switch (key->type) {
	case CONF_INT:
	case CONF_REAL:
		buf_printf(out, "%s", v[0] != '\0' ? v : key->min > 0 ? "1" : "0");
		break;
	case CONF_BOOL:
		buf_text_add(out, v[0] == 't' || v[0] == '1' ? "true" : "false");
		break;
	case CONF_SECONDS:
		if (v[0] != '\0' && strpbrk(v, "smhd") != NULL)
			buf_printf(out, "\"%s\"", v);
		else
			buf_text_add(out, v[0] != '\0' ? v : "60");
		break;
	case CONF_MAP:
		buf_text_add(out, "{ }");
		break;
	case CONF_LIST:
		buf_text_add(out, "( )");
		break;
	case CONF_CHOICE:
		if (v[0] == '\0') {
			buf_printf(out, "\"%.*s\"", (int)n, key->choices);
			break;
		}
		/* FALLTHROUGH */
	default:
		buf_printf(out, "\"%s\"", v[0] != '\0' || key->value != NULL ? v : "…");
		break;
	}
}

/* One key with its comments, each line begun with ${lead}. */
static void
print_key(const struct conf_key *key, const char *lead, struct buf *out)
{
	buf_printf(out, "%s# %s", lead, key->help != NULL ? key->help : key->name);
	if (key->type == CONF_CHOICE)
		buf_printf(out, "; one of: %s", key->choices);
	if ((key->type == CONF_INT || key->type == CONF_REAL || key->type == CONF_SECONDS) &&
	    (key->min != 0 || key->max != 0))
		buf_printf(out, "; %lld to %lld", key->min, key->max);
	if (key->type == CONF_SECRET)
		buf_printf(out, "; or %s_file = \"PATH\"", key->name);
	buf_printf(
	    out, "%s\n%s#%s = ", key->value == NULL ? " (must be set)" : "", lead, key->name);
	print_value(key, out);
	buf_text_add(out, ";\n");
}

void
conf_example(const struct conf_schema *schema, struct buf *out)
{
	const struct conf_group *g;
	const struct conf_kind *kind;
	const struct conf_key *key;

	buf_text_add(out,
	    "# Settings of Hudhud.  What is commented out shows the default; check the file\n"
	    "# with: hudhudd -n -c FILE.  A file that holds a secret must be readable by the\n"
	    "# daemon's user only (chmod 600).\n\n");
	for (key = schema->top; key != NULL && key->name != NULL; key++)
		print_key(key, "", out);
	for (g = schema->groups; g != NULL && g->name != NULL; g++) {
		buf_printf(out, "\n%s = {\n", g->name);
		for (key = g->keys; key->name != NULL; key++)
			print_key(key, "\t", out);
		buf_text_add(out, "};\n");
	}
	buf_text_add(
	    out, "\n# One element for each channel, with commas between them.\nchannels = (\n");
	for (kind = schema->kinds; kind != NULL && kind->name != NULL; kind++) {
		buf_printf(out, "#\t{\n#\t\tname = \"%s\";\n#\t\tkind = \"%s\";\n", kind->name,
		    kind->name);
		print_key(&channel_keys[2], "#\t\t", out);
		for (key = kind->keys; key != NULL && key->name != NULL; key++)
			print_key(key, "#\t\t", out);
		buf_text_add(out, "#\t}\n");
	}
	buf_text_add(out, ");\n");
}
