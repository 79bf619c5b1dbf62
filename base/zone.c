/*
 * A zone is a list of moments from which on an offset holds, and behind the last of them a rule of
 * the POSIX kind ("CET-1CEST,M3.5.0,M10.5.0/3").  zone_rule.c has the rule, zone_find.c the names.
 */
#include "base/zone.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/zone_rule.h"

#define BUCKETS 64
#define ZONES_MAX 512
#define FILE_MAX 65536
#define HEADER 44
#define OFFSET_MAX (26 * 3600)
#define DAY 86400

struct zone {
	struct zone *chain;
	unsigned refs; /* one is the cache's; under the lock */
	char name[ZONE_NAME_SIZE];
	size_t n;
	int64_t *at; /* ascending */
	int *offset; /* from then on */
	int first;   /* before all of them */
	bool has_rule;
	struct zone_rule rule;
};

/* What has been read, and the lock of all refs. */
static struct {
	pthread_mutex_t lock;
	struct zone *buckets[BUCKETS];
	size_t n;
} cache = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- reading a file */

struct header {
	uint32_t isutc, isstd, leap, times, types, chars;
};

static int64_t
big_endian(const unsigned char *p, int bytes)
{
	uint64_t v = (p[0] & 0x80) != 0 ? UINT64_MAX : 0;

	while (bytes-- > 0)
		v = v << 8 | *p++;
	return (int64_t)v;
}

static bool
header_read(const unsigned char *p, const unsigned char *end, struct header *h)
{
	uint32_t *const fields[] = { &h->isutc, &h->isstd, &h->leap, &h->times, &h->types,
		&h->chars };

	if (end - p < HEADER || memcmp(p, "TZif", 4) != 0)
		return false;
	for (int i = 0; i < 6; i++) {
		*fields[i] = (uint32_t)big_endian(p + 20 + 4 * i, 4);
		if (*fields[i] > FILE_MAX)
			return false;
	}
	return true;
}

/* The bytes of a block whose times have ${width} bytes. */
static size_t
block_size(const struct header *h, size_t width)
{
	return h->times * (width + 1) + h->types * 6 + h->chars + h->leap * (width + 4) + h->isstd +
	       h->isutc;
}

/* Offsets of types are checked when they are taken. */
static bool
take_times(struct zone *z, const struct header *h, const unsigned char *p)
{
	const unsigned char *kinds = p + h->times * 8, *types = kinds + h->times;

	z->n = h->times;
	z->at = mem_new((z->n + 1) * sizeof(*z->at));
	z->offset = mem_new((z->n + 1) * sizeof(*z->offset));
	for (size_t i = 0; i <= z->n; i++) {
		/* the last turn is of what holds before the first */
		unsigned kind = i < z->n ? kinds[i] : 0;
		int64_t offset;

		if (kind >= h->types)
			return false;
		offset = big_endian(types + kind * 6, 4);
		if (offset < -OFFSET_MAX || offset > OFFSET_MAX)
			return false;
		if (i == z->n) {
			z->first = (int)offset;
			return true;
		}
		z->at[i] = big_endian(p + i * 8, 8);
		z->offset[i] = (int)offset;
		if (i > 0 && z->at[i] <= z->at[i - 1])
			return false;
	}
	return true;
}

/* Version 2 and later: a block with short times for old programs, the real one, and the rule. */
static bool
zone_parse(struct zone *z, const unsigned char *p, size_t n)
{
	const unsigned char *end = p + n, *nl;
	struct header h;
	char rule[ZONE_RULE_SIZE];

	if (!header_read(p, end, &h) || p[4] < '2' ||
	    (size_t)(end - p) < HEADER + block_size(&h, 4))
		return false;
	p += HEADER + block_size(&h, 4);
	/* clocks that count leap seconds are not what people have */
	if (!header_read(p, end, &h) || (size_t)(end - p) < HEADER + block_size(&h, 8) ||
	    h.types == 0 || h.leap != 0 || !take_times(z, &h, p + HEADER))
		return false;
	p += HEADER + block_size(&h, 8);
	if (p == end || *p++ != '\n' || (nl = memchr(p, '\n', (size_t)(end - p))) == NULL ||
	    (size_t)(nl - p) >= sizeof(rule))
		return false;
	memcpy(rule, p, (size_t)(nl - p));
	rule[nl - p] = '\0';
	if (rule[0] == '\0')
		return true;
	z->has_rule = zone_rule_parse(rule, &z->rule);
	return z->has_rule;
}

static void
zone_free(struct zone *z)
{
	free(z->at);
	free(z->offset);
	free(z);
}

static bool
is_name(const char *s)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";

	return s[0] != '\0' && s[0] != '/' && strlen(s) < ZONE_NAME_SIZE &&
	       s[strspn(s, letters)] == '\0' && strstr(s, "//") == NULL;
}

static struct zone *
zone_read(const char *name)
{
	const char *folder = getenv("TZDIR");
	char path[512];
	unsigned char *data;
	struct zone *z = NULL;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder != NULL ? folder : ZONE_FOLDER, name);
	f = fopen(path, "re");
	if (f == NULL)
		return NULL;
	data = mem_new(FILE_MAX);
	n = fread(data, 1, FILE_MAX, f);
	fclose(f);
	if (n > 0 && n < FILE_MAX) {
		z = mem_new(sizeof(*z));
		z->refs = 1;
		mem_copy(z->name, sizeof(z->name), name);
		if (!zone_parse(z, data, n)) {
			zone_free(z);
			z = NULL;
		}
	}
	free(data);
	return z;
}

/* ---- keeping them */

static struct zone **
bucket_of(const char *name)
{
	uint32_t h = 5381;

	for (; *name != '\0'; name++)
		h = h * 33 + (unsigned char)*name;
	return &cache.buckets[h % BUCKETS];
}

static struct zone *
zone_known(const char *name)
{
	struct zone *z = *bucket_of(name);

	while (z != NULL && strcmp(z->name, name) != 0)
		z = z->chain;
	return z;
}

/* Those that nobody uses just now. */
static void
forget_unused(void)
{
	struct zone **at, *z;

	for (size_t i = 0; i < BUCKETS; i++)
		for (at = &cache.buckets[i]; (z = *at) != NULL;) {
			if (z->refs > 1) {
				at = &z->chain;
				continue;
			}
			*at = z->chain;
			cache.n--;
			zone_free(z);
		}
}

const struct zone *
zone_get(const char *name)
{
	struct zone *z = NULL, **bucket;

	if (!is_name(name))
		return NULL;
	pthread_mutex_lock(&cache.lock);
	z = zone_known(name);
	if (z == NULL && (z = zone_read(name)) != NULL) {
		if (cache.n >= ZONES_MAX)
			forget_unused();
		bucket = bucket_of(name);
		z->chain = *bucket;
		*bucket = z;
		cache.n++;
	}
	if (z != NULL)
		z->refs++;
	pthread_mutex_unlock(&cache.lock);
	return z;
}

void
zone_put(const struct zone *z)
{
	if (z == NULL)
		return;
	pthread_mutex_lock(&cache.lock);
	((struct zone *)z)->refs--;
	pthread_mutex_unlock(&cache.lock);
}

/* ---- asking one */

int
zone_offset(const struct zone *z, int64_t at)
{
	size_t low = 0, high;

	if (z == NULL)
		return 0;
	if (z->n == 0 || at < z->at[0])
		return z->n == 0 && z->has_rule ? zone_rule_offset(&z->rule, at) : z->first;
	if (at >= z->at[z->n - 1])
		return z->has_rule ? zone_rule_offset(&z->rule, at) : z->offset[z->n - 1];
	for (high = z->n - 1; high - low > 1;) {
		size_t mid = low + (high - low) / 2;

		if (z->at[mid] <= at)
			low = mid;
		else
			high = mid;
	}
	return z->offset[low];
}

int64_t
zone_instant(const struct zone *z, int64_t local)
{
	int before = zone_offset(z, local - 3 * DAY / 2);
	int after = zone_offset(z, local + 3 * DAY / 2);
	int64_t first = local - (before > after ? before : after);
	int64_t last = local - (before > after ? after : before), mid;
	int was;

	if (first + zone_offset(z, first) == local)
		return first;
	if (last + zone_offset(z, last) == local)
		return last;
	/* A jump between the two: the first moment with another offset. */
	for (was = zone_offset(z, first); last - first > 1;) {
		mid = first + (last - first) / 2;
		if (zone_offset(z, mid) == was)
			first = mid;
		else
			last = mid;
	}
	return last;
}
