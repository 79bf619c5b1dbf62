/* The whole file: the top, the groups, the channels. */
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "conf/read.h"
#include "conf/section.h"
#include "conf/source.h"

#define PATH_SIZE 256

static const char *
nth_kind(const void *cookie, size_t i)
{
	const struct conf *c = cookie;

	return c->schema->kinds[i].name;
}

static const struct conf_kind *
find_kind(const struct conf *c, const char *name)
{
	const struct conf_kind *k;

	for (k = c->schema->kinds; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

static bool
is_channel_name(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= 31 && s[0] >= 'a' && s[0] <= 'z' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

/* A channel whose kind cannot be told: say so; what it takes cannot be checked. */
static void
no_kind(struct conf *c, config_setting_t *item, const char *where, const char *path,
    struct conf_faults *f)
{
	struct conf_section *s = section_new(NULL, channel_keys + 3, path);
	const struct source_place *place;
	const char *kind = NULL, *near;
	struct buf known = { 0 };
	char key[PATH_SIZE];
	size_t i;

	s->source = &c->source;
	place = source_find(&c->source, where);
	s->line = place != NULL ? place->line : 1;
	if (!config_setting_is_group(item))
		conf_fault(f, s, NULL, "must be a group, { name = …; kind = …; }, not %s",
		    setting_type(item));
	else if (!config_setting_lookup_string(item, "kind", &kind))
		conf_fault(f, s, "kind", "must be set to a text: which network is it for?");
	else {
		for (i = 0; c->schema->kinds[i].name != NULL; i++)
			buf_printf(&known, "%s%s", i > 0 ? ", " : "", c->schema->kinds[i].name);
		near = nearest(kind, nth_kind, c);
		snprintf(key, sizeof(key), "%s.kind", where);
		place = source_find(&c->source, key);
		s->line = place != NULL ? place->line : s->line;
		conf_fault(f, s, "kind", "there is no kind \"%.40s\" in this program; %s%s", kind,
		    near != NULL ? "did you mean " : "it has ",
		    near != NULL ? near : buf_text(&known));
		buf_free(&known);
	}
	conf_section_free(s);
}

static void
check_name(struct conf *c, struct conf_section *s, struct conf_faults *f)
{
	const char *name = conf_text(s, "name");
	unsigned line;
	size_t i;

	if (!conf_given(s, "name"))
		return;
	if (!is_channel_name(name))
		conf_fault(f, s, "name",
		    "must be a letter, then at most 30 letters, digits, _ or -, all in lower case");
	for (i = 0; i < c->channels_n; i++)
		if (strcmp(conf_text(c->channels[i], "name"), name) == 0 && name[0] != '\0') {
			source_where(&c->source, c->channels[i]->line, &line);
			conf_fault(f, s, "name",
			    "another channel has this name (line %u): choose another", line);
			return;
		}
}

static void
add_channel(struct conf *c, struct conf_section *s)
{
	c->channels = mem_resize(c->channels, c->channels_n + 1, sizeof(*c->channels));
	c->channels[c->channels_n++] = s;
}

static void
load_channel(struct conf *c, config_setting_t *item, size_t i, struct conf_faults *f)
{
	const char *name = NULL, *word = NULL;
	const struct conf_kind *kind = NULL;
	char where[64], path[64];
	struct conf_section *s;

	snprintf(where, sizeof(where), "channels[%zu]", i);
	memcpy(path, where, sizeof(path));
	if (config_setting_is_group(item)) {
		if (config_setting_lookup_string(item, "name", &name) && is_channel_name(name))
			snprintf(path, sizeof(path), "channels.%s", name);
		if (config_setting_lookup_string(item, "kind", &word))
			kind = find_kind(c, word);
	}
	if (kind == NULL) {
		no_kind(c, item, where, path, f);
		return;
	}
	s = section_new(channel_keys, kind->keys != NULL ? kind->keys : channel_keys + 3, path);
	s->kind = kind;
	section_read(c, s, item, where, f);
	check_name(c, s, f);
	if (kind->check != NULL)
		kind->check(s, f);
	add_channel(c, s);
}

static void
load_channels(struct conf *c, config_setting_t *root, struct conf_faults *f)
{
	config_setting_t *list = config_setting_get_member(root, "channels");
	const struct source_place *place = source_find(&c->source, "channels");
	int i;

	if (list == NULL || c->schema->kinds == NULL)
		return;
	if (!config_setting_is_list(list)) {
		source_fault(&c->source, f, place != NULL ? place->line : 1, "channels",
		    "must be a list, ( { … }, { … } ), not %s", setting_type(list));
		return;
	}
	for (i = 0; i < config_setting_length(list); i++)
		load_channel(c, config_setting_get_elem(list, (unsigned)i), (size_t)i, f);
}

/* What runs where no file says otherwise: one web channel with its defaults. */
static void
default_channel(struct conf *c, struct conf_faults *f)
{
	static const char *const words[] = { "name", "kind" };
	const struct conf_kind *kind = c->schema->kinds != NULL ? find_kind(c, "web") : NULL;
	struct conf_section *s;
	struct conf_value *v;
	size_t i;

	if (kind == NULL)
		return;
	s = section_new(
	    channel_keys, kind->keys != NULL ? kind->keys : channel_keys + 3, "channels.web");
	s->kind = kind;
	for (i = 0; i < 2; i++) {
		v = &s->values[section_find(s, words[i])];
		free(v->text);
		v->text = mem_dup("web");
		v->given = true;
	}
	section_read(c, s, NULL, "channels[0]", f);
	if (kind->check != NULL)
		kind->check(s, f);
	add_channel(c, s);
}

static void
load_tree(struct conf *c, config_setting_t *root, struct conf_faults *f)
{
	const struct conf_group *g;
	config_setting_t *group;

	for (g = c->schema->groups; g != NULL && g->name != NULL; g++)
		c->groups_n++;
	c->groups = mem_new(c->groups_n * sizeof(*c->groups));
	c->groups_n = 0;
	for (g = c->schema->groups; g != NULL && g->name != NULL; g++)
		c->groups[c->groups_n++] = section_new(NULL, g->keys, g->name);
	c->top = section_new(NULL, c->schema->top, "");
	section_read(c, c->top, root, "", f);
	if (c->schema->check != NULL)
		c->schema->check(c->top, f);
	for (g = c->schema->groups; g != NULL && g->name != NULL; g++) {
		group = root != NULL ? config_setting_get_member(root, g->name) : NULL;
		section_read(c, c->groups[g - c->schema->groups], group, g->name, f);
		if (g->check != NULL)
			g->check(c->groups[g - c->schema->groups], f);
	}
	if (root != NULL)
		load_channels(c, root, f);
	else
		default_channel(c, f);
}

static void
load_text(struct conf *c, struct conf_faults *f)
{
	config_t tree;

	if (source_scan(&c->source, f) == -1)
		return;
	config_init(&tree);
	if (config_read_string(&tree, buf_text(&c->source.text)) == CONFIG_TRUE)
		load_tree(c, config_root_setting(&tree), f);
	else
		source_fault(&c->source, f, (unsigned)config_error_line(&tree), NULL, "%s",
		    config_error_text(&tree));
	config_destroy(&tree);
}

/* ${c}, or NULL if there were faults since. */
static struct conf *
judged(struct conf *c, struct conf_faults *f, unsigned before, size_t from)
{
	if (f->count == before)
		return c;
	source_order(&c->source, f, from);
	conf_free(c);
	return NULL;
}

struct conf *
conf_load(const char *path, const struct conf_schema *schema, struct conf_faults *faults)
{
	struct conf *c = mem_new(sizeof(*c));
	unsigned before = faults->count;
	size_t from = faults->text.len;

	c->schema = schema;
	if (path == NULL)
		load_tree(c, NULL, faults);
	else if (source_read(&c->source, path, faults) == 0)
		load_text(c, faults);
	return judged(c, faults, before, from);
}

struct conf *
conf_load_text(const char *name, mode_t mode, const void *text, size_t n,
    const struct conf_schema *schema, struct conf_faults *faults)
{
	struct conf *c = mem_new(sizeof(*c));
	unsigned before = faults->count;
	size_t from = faults->text.len;

	c->schema = schema;
	if (source_take(&c->source, name, mode, text, n, faults) == 0)
		load_text(c, faults);
	return judged(c, faults, before, from);
}

void
conf_free(struct conf *c)
{
	size_t i;

	if (c == NULL)
		return;
	conf_section_free(c->top);
	for (i = 0; i < c->groups_n; i++)
		conf_section_free(c->groups[i]);
	for (i = 0; i < c->channels_n; i++)
		conf_section_free(c->channels[i]);
	free(c->groups);
	free(c->channels);
	source_free(&c->source);
	free(c);
}

const struct conf_section *
conf_top(const struct conf *c)
{
	return c->top;
}

const struct conf_section *
conf_group(const struct conf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->groups_n; i++)
		if (strcmp(c->schema->groups[i].name, name) == 0)
			return c->groups[i];
	log_die("settings: there is no group %s", name);
}

const struct conf_section *
conf_channel(const struct conf *c, size_t i)
{
	return i < c->channels_n ? c->channels[i] : NULL;
}
