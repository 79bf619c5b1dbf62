#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/catalogue.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/mem.h"

#define LANGS_MAX 200

static struct lang {
	char name[12];
	struct catalogue *catalogue;
} * langs; /* written by lang_load() and lang_unload() only */
static size_t langs_n;

static const char *const rtl[] = { "ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ku", "ps",
	"sd", "syr", "ug", "ur", "yi" };

static bool
is_lang(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz");

	return n >= 2 && n <= 3 && strlen(name) < sizeof(langs->name) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") ==
		   strlen(name);
}

/* Whatever is wrong with a catalogue, its language is not known, and the log says why. */
static void
load_one(const char *path, const char *name)
{
	struct catalogue *c = NULL;
	char part[8192];
	struct buf b = { 0 };
	FILE *f;
	size_t n;

	f = fopen(path, "rbe");
	if (f == NULL && errno != ENOENT && errno != ENOTDIR)
		log_warn("%s: %s", path, strerror(errno));
	if (f == NULL)
		return;
	while (b.len <= CATALOGUE_MAX && (n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, part, n);
	c = ferror(f) != 0 ? NULL : catalogue_read(buf_text(&b), b.len);
	fclose(f);
	if (c == NULL) {
		log_warn("%s: this is not a message catalogue", path);
		buf_free(&b);
		return;
	}
	langs = mem_resize(langs, langs_n + 1, sizeof(*langs));
	memset(&langs[langs_n], 0, sizeof(*langs));
	mem_copy(langs[langs_n].name, sizeof(langs->name), name);
	langs[langs_n++].catalogue = c;
	buf_free(&b);
}

static void
load_entry(const char *folder, const char *entry)
{
	size_t n = strcspn(entry, ".");
	char name[sizeof(langs->name)], *path;

	if (n >= sizeof(name))
		return;
	memcpy(name, entry, n);
	name[n] = '\0';
	if (!is_lang(name) || strcmp(name, "en") == 0)
		return;
	if (entry[n] == '\0')
		path = mem_printf("%s/%s/LC_MESSAGES/hudhud.mo", folder, name);
	else if (strcmp(entry + n, ".mo") == 0)
		path = mem_printf("%s/%s", folder, entry);
	else
		return;
	load_one(path, name);
	free(path);
}

void
lang_load(const char *folder)
{
	struct dirent *e;
	DIR *d = opendir(folder);

	lang_unload();
	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL && langs_n < LANGS_MAX)
		load_entry(folder, e->d_name);
	closedir(d);
}

void
lang_unload(void)
{
	size_t i;

	for (i = 0; i < langs_n; i++)
		catalogue_free(langs[i].catalogue);
	free(langs);
	langs = NULL;
	langs_n = 0;
}

static const struct catalogue *
find(const char *lang, size_t n)
{
	size_t i;

	for (i = 0; i < langs_n; i++)
		if (strlen(langs[i].name) == n && strncmp(langs[i].name, lang, n) == 0)
			return langs[i].catalogue;
	return NULL;
}

/* What ${lang} has, or else its language without the region: "pt" for "pt_BR". */
static const char *
look_up(const char *lang, const char *msgid, unsigned long n)
{
	size_t len = strlen(lang), base = strcspn(lang, "_-");
	const struct catalogue *c = find(lang, len);
	const char *text = c != NULL ? catalogue_find(c, msgid, n) : NULL;

	if (text == NULL && base < len && (c = find(lang, base)) != NULL)
		text = catalogue_find(c, msgid, n);
	return text;
}

const char *
lang_text(const char *lang, const char *msgid)
{
	/* The translation of "" is the catalogue's header, nothing for people. */
	const char *text = msgid[0] != '\0' ? look_up(lang, msgid, 1) : NULL;

	return text != NULL ? text : msgid;
}

const char *
lang_plural(const char *lang, const char *one, const char *many, unsigned long n)
{
	const char *text = one[0] != '\0' ? look_up(lang, one, n) : NULL;

	if (text != NULL)
		return text;
	return n == 1 ? one : many;
}

const char *
lang_in(const char *lang, const char *context, const char *msgid)
{
	const struct catalogue *c = find(lang, strlen(lang));
	const char *text;
	char *id;

	if (c == NULL)
		return NULL;
	id = mem_printf("%s" CATALOGUE_CONTEXT "%s", context, msgid);
	text = catalogue_find(c, id, 1);
	free(id);
	return text;
}

const char *
lang_name(size_t i)
{
	return i < langs_n ? langs[i].name : NULL;
}

bool
lang_known(const char *lang)
{
	char out[sizeof(langs->name)];

	return lang_take(lang, out, sizeof(out));
}

bool
lang_take(const char *lang, char *out, size_t size)
{
	size_t n = strlen(lang), base = strcspn(lang, "_-");

	if (find(lang, n) == NULL) {
		n = base;
		if (find(lang, n) == NULL && (n != 2 || strncmp(lang, "en", 2) != 0))
			return false;
	}
	if (n >= size)
		return false;
	memcpy(out, lang, n);
	out[n] = '\0';
	return true;
}

bool
lang_rtl(const char *lang)
{
	size_t base = strcspn(lang, "_-"), i;

	for (i = 0; i < sizeof(rtl) / sizeof(rtl[0]); i++)
		if (strlen(rtl[i]) == base && strncmp(rtl[i], lang, base) == 0)
			return true;
	return false;
}
