/* The values of one section: from libconfig's tree, checked against the section's tables. */
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"
#include "conf/read.h"
#include "conf/source.h"

#define PATH_SIZE 256
#define SECRET_FILE_MAX 65536

/** What one section is read from. */
struct reading {
	struct conf *c;
	struct conf_faults *f;
	struct conf_section *s;
	config_setting_t *group; /* NULL: the file has none */
	const char *where;       /* its path as source.h knows it */
};

static const struct source_place *
place_of(const struct reading *r, const char *key)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s%s%s", r->where,
	    r->where[0] != '\0' && key[0] != '\0' ? "." : "", key);
	return source_find(&r->c->source, path);
}

const char *
setting_type(const config_setting_t *v)
{
	switch (config_setting_type(v)) {
	case CONFIG_TYPE_STRING:
		return "a text";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_GROUP:
		return "a group";
	case CONFIG_TYPE_LIST:
	case CONFIG_TYPE_ARRAY:
		return "a list";
	default:
		return "a number";
	}
}

static bool
type_fits(const struct conf_key *key, const config_setting_t *v, const char *literal)
{
	int type = config_setting_type(v);
	bool number = literal != NULL && config_setting_is_number(v);

	switch (key->type) {
	case CONF_INT:
		return number && type != CONFIG_TYPE_FLOAT;
	case CONF_REAL:
		return number;
	case CONF_BOOL:
		return type == CONFIG_TYPE_BOOL;
	case CONF_SECONDS:
		return type == CONFIG_TYPE_STRING || (number && type != CONFIG_TYPE_FLOAT);
	case CONF_MAP:
		return type == CONFIG_TYPE_GROUP;
	case CONF_LIST:
		return type == CONFIG_TYPE_LIST || type == CONFIG_TYPE_ARRAY;
	default:
		return type == CONFIG_TYPE_STRING;
	}
}

/* What an element is called where something is wrong with it. */
static const char *
item_name(const config_setting_t *item, int i, char out[24])
{
	const char *name = config_setting_name(item);

	snprintf(out, 24, "element %d", i + 1);
	return name != NULL ? name : out;
}

/* A list is a map whose names count. */
static void
read_map(
    struct reading *r, const struct conf_key *key, struct conf_value *v, config_setting_t *group)
{
	int i, n = config_setting_length(group);
	config_setting_t *item;
	const char *text, *name;
	char number[24];

	for (i = 0; i < n; i++) {
		item = config_setting_get_elem(group, (unsigned)i);
		text = config_setting_get_string(item);
		name = item_name(item, i, number);
		if (text == NULL) {
			conf_fault(r->f, r->s, key->name,
			    "%s in it must be a text in double quotes", name);
			continue;
		}
		if (!text_valid(text, strlen(text))) {
			conf_fault(r->f, r->s, key->name, "%s in it is not valid UTF-8", name);
			continue;
		}
		v->map = mem_resize(v->map, v->map_n + 1, sizeof(*v->map));
		v->map[v->map_n].name = mem_dup(name);
		v->map[v->map_n++].text = mem_dup(text);
	}
}

static void
read_value(struct reading *r, size_t i, config_setting_t *item)
{
	const struct conf_key *key = section_key(r->s, i);
	const struct source_place *place = place_of(r, key->name);
	const char *literal = place != NULL ? place->literal : NULL, *text, *reason;
	struct conf_value *v = &r->s->values[i];
	const struct source_file *file;
	unsigned line;
	char why[256];

	v->given = true;
	v->line = place != NULL ? place->line : r->s->line;
	if (!type_fits(key, item, literal)) {
		if (key->type == CONF_INT && config_setting_type(item) == CONFIG_TYPE_FLOAT)
			conf_fault(r->f, r->s, key->name, "must be a whole number, not %s",
			    literal != NULL ? literal : "a fraction");
		else
			conf_fault(r->f, r->s, key->name, "must be %s, not %s", value_wanted(key),
			    setting_type(item));
		return;
	}
	if (key->type == CONF_MAP || key->type == CONF_LIST) {
		read_map(r, key, v, item);
		return;
	}
	if (key->type == CONF_BOOL)
		text = config_setting_get_bool(item) ? "true" : "false";
	else
		text = literal != NULL ? literal : config_setting_get_string(item);
	reason = value_set(v, key, text, literal != NULL, false, why);
	if (reason != NULL) {
		conf_fault(r->f, r->s, key->name, "%s", reason);
		return;
	}
	file = source_where(&r->c->source, v->line, &line);
	if (key->type == CONF_SECRET && (file->mode & 0077) != 0)
		conf_fault(r->f, r->s, key->name,
		    "a secret stands here, but others may read this file: chmod 600 it, or use %s_file",
		    key->name);
}

static void
read_secret_file(struct reading *r, size_t i, config_setting_t *item, const char *item_name)
{
	const struct conf_key *key = section_key(r->s, i);
	const struct source_place *place = place_of(r, item_name);
	struct conf_value *v = &r->s->values[i];
	const char *name = config_setting_get_string(item), *why = NULL;
	struct buf text = { 0 };
	char reason[256], *path;
	mode_t mode = 0;

	v->line = place != NULL ? place->line : r->s->line;
	if (v->given) {
		conf_fault(r->f, r->s, key->name, "stands here and in %s: remove one", item_name);
		return;
	}
	v->given = true;
	if (name == NULL || name[0] == '\0') {
		conf_fault(r->f, r->s, key->name, "%s must be a path in double quotes", item_name);
		return;
	}
	path = name[0] == '/' ? mem_dup(name) : mem_printf("%s/%s", r->c->source.folder, name);
	why = source_slurp(path, SECRET_FILE_MAX, &text, &mode);
	while (why == NULL && text.len > 0 && strchr("\r\n", text.data[text.len - 1]) != NULL)
		text.data[--text.len] = '\0';
	if (why == NULL && (mode & 0077) != 0)
		why = "others may read it: chmod 600 it";
	else if (why == NULL && text.len == 0)
		why = "it is empty";
	else if (why == NULL && strlen(text.data) != text.len)
		why = "it holds a NUL byte";
	else if (why == NULL)
		why = value_set(v, key, text.data, false, false, reason);
	if (why != NULL)
		conf_fault(r->f, r->s, key->name, "%s: %s", path, why);
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_free(&text);
	free(path);
}

/* The secret that "NAME_file" is for, or -1. */
static long
secret_of(const struct conf_section *s, const char *name)
{
	size_t n = strlen(name), i;
	const struct conf_key *key;

	for (i = 0; i < s->n; i++) {
		key = section_key(s, i);
		if (key->type == CONF_SECRET && n == strlen(key->name) + 5 &&
		    strncmp(name, key->name, n - 5) == 0 && strcmp(name + n - 5, "_file") == 0)
			return (long)i;
	}
	return -1;
}

/* The words that may stand in a section; at the top also the names of groups. */
static const char *
nth_word(const void *cookie, size_t i)
{
	const struct reading *r = cookie;

	if (i < r->s->n)
		return section_key(r->s, i)->name;
	i -= r->s->n;
	if (r->s != r->c->top)
		return NULL;
	if (r->c->schema->groups != NULL && i < r->c->groups_n)
		return r->c->schema->groups[i].name;
	return i == r->c->groups_n ? "channels" : NULL;
}

static void
unknown(struct reading *r, const char *name)
{
	const struct source_place *place = place_of(r, name);
	const char *near = nearest(name, nth_word, r);
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s%s%s", r->s->path, r->s->path[0] != '\0' ? "." : "", name);
	source_fault(&r->c->source, r->f, place != NULL ? place->line : r->s->line, path,
	    "unknown key; %s%s%s", near != NULL ? "did you mean \"" : "see hudhud.conf(5)",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
}

/* Is ${name} at the top and of no concern there? */
static bool
is_elsewhere(const struct reading *r, const char *name)
{
	const struct conf_group *g = r->c->schema->groups;

	if (r->s != r->c->top)
		return false;
	if (g == NULL || strcmp(name, "channels") == 0)
		return true;
	while (g->name != NULL && strcmp(g->name, name) != 0)
		g++;
	return g->name != NULL;
}

static void
read_section(struct reading *r)
{
	int i, n = r->group != NULL ? config_setting_length(r->group) : 0;
	config_setting_t *item;
	const struct conf_key *key;
	const char *name;
	size_t k;
	long at;

	for (i = 0; i < n; i++) {
		item = config_setting_get_elem(r->group, (unsigned)i);
		name = config_setting_name(item);
		if ((at = section_find(r->s, name)) != -1)
			read_value(r, (size_t)at, item);
		else if (secret_of(r->s, name) == -1 && !is_elsewhere(r, name))
			unknown(r, name);
	}
	/* After the literals, so that both are seen whichever comes first. */
	for (i = 0; i < n; i++) {
		item = config_setting_get_elem(r->group, (unsigned)i);
		name = config_setting_name(item);
		if (section_find(r->s, name) == -1 && (at = secret_of(r->s, name)) != -1)
			read_secret_file(r, (size_t)at, item, name);
	}
	for (k = 0; k < r->s->n; k++) {
		key = section_key(r->s, k);
		if (key->value == NULL && !r->s->values[k].given)
			conf_fault(r->f, r->s, key->name, "must be set%s%s%s",
			    key->type == CONF_SECRET ? ", here or as " : "",
			    key->type == CONF_SECRET ? key->name : "",
			    key->type == CONF_SECRET ? "_file" : "");
	}
}

static void
root_path(struct conf_value *v, const char *under)
{
	char *path;

	if (v->text == NULL || v->text[0] == '\0' || v->text[0] == '/' || under == NULL)
		return;
	path = mem_printf("%s/%s", under, v->text);
	free(v->text);
	v->text = path;
}

/* Relative paths are under the state folder, and that under the file's. */
static void
root_paths(const struct conf *c, struct conf_section *s)
{
	long at = section_find(c->top, "state");
	const char *state = NULL;
	size_t i;

	if (at != -1 && section_key(c->top, (size_t)at)->type == CONF_PATH) {
		if (s == c->top)
			root_path(&s->values[at], c->source.folder);
		state = c->top->values[at].text;
	}
	for (i = 0; i < s->n; i++)
		if (section_key(s, i)->type == CONF_PATH && (s != c->top || (long)i != at))
			root_path(&s->values[i], state);
}

void
section_read(struct conf *c, struct conf_section *s, config_setting_t *group, const char *where,
    struct conf_faults *f)
{
	struct reading r = { .c = c, .f = f, .s = s, .group = group, .where = where };
	const struct source_place *place = source_find(&c->source, where);

	s->source = &c->source;
	s->line = place != NULL ? place->line : 1;
	if (group != NULL && !config_setting_is_group(group)) {
		conf_fault(f, s, NULL, "must be a group, { … }, not %s", setting_type(group));
		r.group = NULL;
	}
	read_section(&r);
	root_paths(c, s);
}
