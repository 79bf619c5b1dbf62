/* What people call a zone, and what the database does: its own list of names. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/zone.h"
#include "base/zone_rule.h"

#define NAMES_MAX 2000
#define LINE_MAX_BYTES 1024

static struct {
	pthread_once_t once;
	char (*names)[ZONE_NAME_SIZE];
	size_t n;
	size_t *places; /* of the names, those of towns */
	size_t places_n;
} list = { .once = PTHREAD_ONCE_INIT };

static void
add(const char *name, size_t n)
{
	if (n == 0 || n >= ZONE_NAME_SIZE || list.n >= NAMES_MAX)
		return;
	list.names = mem_resize(list.names, list.n + 1, sizeof(*list.names));
	memcpy(list.names[list.n], name, n);
	list.names[list.n++][n] = '\0';
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(list.names[*(const size_t *)a], list.names[*(const size_t *)b]);
}

/* A town, and no mere offset or rule. */
static bool
is_place(const char *name)
{
	return strchr(name, '/') != NULL && strncmp(name, "Etc/", 4) != 0;
}

/* "Z NAME ...": a zone.  "L TARGET NAME": another name of it. */
static void
load(void)
{
	const char *folder = getenv("TZDIR");
	char path[512], line[LINE_MAX_BYTES], *s;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tzdata.zi", folder != NULL ? folder : ZONE_FOLDER);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0' || line[1] != ' ')
			continue;
		s = line + 2;
		if (line[0] == 'L') {
			s += strcspn(s, " ");
			s += *s == ' ';
		}
		if (line[0] == 'Z' || line[0] == 'L')
			add(s, strcspn(s, " "));
		if (line[0] == 'Z' && list.n > 0 && is_place(list.names[list.n - 1])) {
			list.places = mem_resize(
			    list.places, list.places_n + 1, sizeof(*list.places));
			list.places[list.places_n++] = list.n - 1;
		}
	}
	fclose(f);
	if (list.places_n > 0)
		qsort(list.places, list.places_n, sizeof(*list.places), by_name);
}

static char
fold(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c == ' ' ? '_' : c);
}

static bool
is_same(const char *a, const char *b)
{
	for (; fold(*a) == fold(*b); a++, b++)
		if (*a == '\0')
			return true;
	return false;
}

/* How many letters to add, drop or change to get from one to the other. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[ZONE_NAME_SIZE], above, left;
	size_t n = strlen(b);

	for (size_t k = 0; k <= n; k++)
		row[k] = (unsigned)k;
	for (size_t i = 0; a[i] != '\0'; i++) {
		above = row[0]++;
		for (size_t k = 0; k < n; k++) {
			left = row[k] + 1;
			if (row[k + 1] + 1 < left)
				left = row[k + 1] + 1;
			if (above + (fold(a[i]) != fold(b[k])) < left)
				left = above + (fold(a[i]) != fold(b[k]));
			above = row[k + 1];
			row[k + 1] = left;
		}
	}
	return row[n];
}

static const char *
city_of(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash != NULL ? slash + 1 : name;
}

static bool
take(const char *name, char out[ZONE_NAME_SIZE])
{
	const struct zone *z = zone_get(name);

	zone_put(z);
	return z != NULL && mem_copy(out, ZONE_NAME_SIZE, name) == 0;
}

/* The least that is not as much as half of it. */
static void
guess(const char *typed, char out[ZONE_NAME_SIZE])
{
	unsigned best = strlen(typed) < 6 ? 2 : 3, d, city;

	for (size_t i = 0; i < list.n; i++) {
		d = distance(typed, list.names[i]);
		city = distance(typed, city_of(list.names[i]));
		if (city < d)
			d = city;
		if (d < best && take(list.names[i], out))
			best = d;
	}
}

bool
zone_find(const char *typed, char out[ZONE_NAME_SIZE])
{
	out[0] = '\0';
	if (strlen(typed) >= ZONE_NAME_SIZE)
		return false;
	pthread_once(&list.once, load);
	for (size_t i = 0; i < list.n; i++)
		if (is_same(list.names[i], typed))
			return take(list.names[i], out);
	for (size_t i = 0; i < list.n; i++)
		if (is_same(city_of(list.names[i]), typed) && take(list.names[i], out))
			return true;
	/* no list: as the file system has it */
	if (list.n == 0)
		return take(typed, out);
	guess(typed, out);
	return false;
}

const char *
zone_place(size_t i)
{
	pthread_once(&list.once, load);
	return i < list.places_n ? list.names[list.places[i]] : NULL;
}
