#include "tests/bench/tally.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define MARK "bench-"

struct record {
	uint32_t seq, who;
	uint64_t at : 40;   /* microseconds since tally_reset() */
	uint64_t late : 24; /* in 16 microseconds, since it was said; the most stands for more */
};

#define LATE_MAX ((1u << 24) - 1)

static struct record *list;
static size_t n, room, other, watched_n;
static uint32_t watched;
static int64_t now, began;

void
tally_clock(void)
{
	now = clock_us();
}

uint64_t
tally_number(const char **p, const char *end)
{
	uint64_t v = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++)
		v = v * 10 + (uint64_t)(**p - '0');
	return v;
}

int
tally_note(uint32_t who, const char *text, size_t len)
{
	const char *p = memmem(text, len, MARK, sizeof(MARK) - 1), *end = text + len;
	uint64_t seq, said, late;

	if (p == NULL)
		return -1;
	p += sizeof(MARK) - 1;
	seq = tally_number(&p, end);
	if (p++ == end)
		return -1;
	said = tally_number(&p, end);
	late = (uint64_t)now > said ? ((uint64_t)now - said) / 16 : 0;
	if (n == room) {
		room = room == 0 ? 65536 : 2 * room;
		list = mem_resize(list, room, sizeof(*list));
	}
	list[n++] = (struct record){ .seq = (uint32_t)seq,
		.who = who,
		.at = (uint64_t)(now - began),
		.late = late > LATE_MAX ? LATE_MAX : late };
	watched_n += seq == watched;
	return 0;
}

void
tally_other(void)
{
	other++;
}

size_t
tally_count(void)
{
	return watched == 0 ? n : watched_n;
}

void
tally_watch(uint32_t seq)
{
	watched = seq;
	watched_n = 0;
	for (size_t i = 0; i < n; i++)
		watched_n += list[i].seq == seq;
}

void
tally_reset(size_t expected)
{
	n = other = watched_n = 0;
	watched = 0;
	began = clock_us();
	if (expected > room) {
		room = expected;
		list = mem_resize(list, room, sizeof(*list));
		memset(list, 0, room * sizeof(*list)); /* no page faults during the run */
	}
}

static int
by_copy(const void *va, const void *vb)
{
	const struct record *a = va, *b = vb;

	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	if (a->who != b->who)
		return a->who < b->who ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static int
by_value(const void *va, const void *vb)
{
	uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;

	return a < b ? -1 : a > b;
}

static void
quantiles(FILE *out, const char *name, uint32_t *v, size_t count)
{
	qsort(v, count, sizeof(*v), by_value);
	fprintf(out,
	    ", \"%s_us\": {\"p50\": %" PRIu64 ", \"p99\": %" PRIu64 ", \"max\": %" PRIu64 "}", name,
	    16 * (uint64_t)v[count / 2], 16 * (uint64_t)v[(size_t)((double)(count - 1) * 0.99)],
	    16 * (uint64_t)v[count - 1]);
}

/* Of sorted ${l}[0..count): what came first and last of each status, and how late. */
static void
report_late(FILE *out, const struct record *l, size_t count)
{
	uint32_t *all = mem_new(3 * count * sizeof(*all)), *first = all + count,
		 *last = first + count;
	size_t said = 0;

	for (size_t i = 0; i < count; i++) {
		all[i] = l[i].late;
		if (i == 0 || l[i].seq != l[i - 1].seq) {
			first[said] = last[said] = l[i].late;
			said++;
		}
		if (l[i].late < first[said - 1])
			first[said - 1] = l[i].late;
		if (l[i].late > last[said - 1])
			last[said - 1] = l[i].late;
	}
	fprintf(out, ", \"statuses\": %zu", said);
	quantiles(out, "late", all, count);
	quantiles(out, "first_late", first, said);
	quantiles(out, "last_late", last, said);
	free(all);
}

void
tally_report(FILE *out, uint32_t lo, uint32_t hi)
{
	struct record *l = mem_new((n + 1) * sizeof(*l));
	size_t count = 0, repeated = 0;
	uint64_t first = UINT64_MAX, last = 0;

	for (size_t i = 0; i < n; i++)
		if (list[i].seq >= lo && list[i].seq <= hi) {
			l[count++] = list[i];
			first = list[i].at < first ? list[i].at : first;
			last = list[i].at > last ? list[i].at : last;
		}
	qsort(l, count, sizeof(*l), by_copy);
	for (size_t i = 1; i < count; i++)
		repeated += l[i].seq == l[i - 1].seq && l[i].who == l[i - 1].who;
	fprintf(out, "{\"copies\": %zu, \"distinct\": %zu, \"repeated\": %zu, \"other\": %zu",
	    count, count - repeated, repeated, other);
	if (count > 0) {
		fprintf(out, ", \"first_us\": %" PRIu64 ", \"last_us\": %" PRIu64,
		    (uint64_t)began + first, (uint64_t)began + last);
		report_late(out, l, count);
	}
	fputs("}\n", out);
	fflush(out);
	free(l);
}
