/*
 * search FOLDER [STATUSES [URL]] - what the index of words costs, and what it answers with: statuses go into a new store
 * (URL, or a file in FOLDER), are indexed as the service does it, and looked for.  Figures in microseconds, as JSON.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/search.h"

#define STATUSES 100000
#define AUTHORS 1000
#define WORDS 20000 /* that there are; the nth is said 1/n as often as the first */
#define GROUP 1000
#define ASKED 50 /* times */

static uint64_t dice = 20060321;

static double
roll(void)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (double)(dice >> 33) / (double)(1u << 31);
}

static int
any_word(void)
{
	return (int)pow(WORDS, roll()) - 1;
}

static const char *const japanese[] = { "今日は", "東京", "雨が", "降っている", "駅前の",
	"喫茶店で", "コーヒーを", "飲んだ", "明日", "京都へ", "行きます" };

static void
any_text(struct buf *b, long i)
{
	buf_clear(b);
	if (i % 10 == 0) {
		for (int k = 0; k < 8; k++)
			buf_text_add(b, japanese[(int)(roll() * 11)]);
	} else {
		for (int k = 0; k < 12; k++)
			buf_printf(b, "%sword%d", k > 0 ? " " : "", any_word());
	}
	if (i % 5 == 0)
		buf_printf(b, " #tag%d", (int)(roll() * 100));
}

struct filling {
	long from, to;
	int64_t *authors;
};

static int
fill(struct tx *tx, void *arg)
{
	struct filling *f = arg;
	struct buf text = { 0 };
	int64_t pos;
	int r = STORE_OK;

	for (long i = f->from; i < f->to && r == STORE_OK; i++) {
		struct status_new s = { .author = f->authors[(int)(roll() * AUTHORS)], .at = i };

		any_text(&text, i);
		s.text = buf_text(&text);
		r = status_add(tx, &s, &pos);
	}
	buf_free(&text);
	return r;
}

static int
people(struct tx *tx, void *arg)
{
	struct filling *f = arg;

	for (int i = 0; i < AUTHORS; i++) {
		struct user u = { .lang = "en", .zone = "UTC" };

		snprintf(u.name, sizeof(u.name), "person%d", i);
		if (user_add(tx, &u) != STORE_OK)
			return STORE_FAILED;
		f->authors[i] = u.id;
	}
	return STORE_OK;
}

/* ---- what it costs */

static void
put(const char *name, double v)
{
	static bool first = true;

	printf("%s\"%s\": %.2f", first ? "{" : ", ", name, v);
	first = false;
}

/* CPU time of all threads: what waits for the disk is another matter. */
static int64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
index_all(struct store *s, long n)
{
	struct search_batch *b = mem_new(sizeof(*b));
	int64_t cut = 0, written = 0, begun = clock_us(), from, longest = 0;
	bool some = true;

	while (some) {
		struct tx *tx = store_read(s);

		from = cpu_us();
		some = search_collect(tx, b);
		cut += cpu_us() - from;
		store_read_end(tx);
		from = cpu_us();
		if (some && store_write(s, search_write, b) != STORE_OK)
			log_die("it cannot be written");
		from = cpu_us() - from;
		written += from;
		longest = from > longest ? from : longest;
		search_batch_free(b);
	}
	free(b);
	put("index: read and cut, CPU us/status", (double)cut / (double)n);
	put("index: write, CPU us/status", (double)written / (double)n);
	put("index: longest write, CPU us", (double)longest);
	put("index: statuses/s", (double)n * 1e6 / (double)(clock_us() - begun));
}

/* ---- what it answers with */

static bool
count(void *cookie, const struct status *s)
{
	(void)s;
	++*(int *)cookie;
	return true;
}

static int
by_time(const void *a, const void *b)
{
	return (*(const int64_t *)a > *(const int64_t *)b) -
	       (*(const int64_t *)a < *(const int64_t *)b);
}

static void
ask(struct store *s, const char *what, const char *text)
{
	int64_t took[ASKED];
	struct question q;
	char *name;
	int n = 0;

	for (int i = 0; i < ASKED; i++) {
		struct tx *tx = store_read(s);

		took[i] = clock_us();
		if (!question_read(&q, text))
			log_die("%s is no question", text);
		n = 0;
		search_statuses(tx, &q, 0, 40, count, &n);
		question_free(&q);
		took[i] = clock_us() - took[i];
		if (store_read_end(tx) != STORE_OK)
			log_die("it cannot be read");
	}
	qsort(took, ASKED, sizeof(took[0]), by_time);
	name = mem_printf("%s: us", what);
	put(name, (double)took[ASKED / 2]);
	free(name);
	fprintf(stderr, "# %s: %d found, %" PRId64 " us, at most %" PRId64 "\n", text, n,
	    took[ASKED / 2], took[ASKED - 1]);
}

int
main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : ".";
	long n = argc > 2 ? atol(argv[2]) : STATUSES;
	struct filling f = { .authors = mem_new(AUTHORS * sizeof(int64_t)) };
	struct store *s = store_open(argc > 3 ? argv[3] : "sqlite:search.db", folder);

	if (s == NULL || store_write(s, people, &f) != STORE_OK)
		return 1;
	for (; f.from < n; f.from = f.to) {
		f.to = f.from + GROUP < n ? f.from + GROUP : n;
		if (store_write(s, fill, &f) != STORE_OK)
			return 1;
	}
	index_all(s, n);
	ask(s, "a rare word", "word19000");
	ask(s, "a common word", "word0");
	ask(s, "two common words", "word1 word2");
	ask(s, "three words", "word10 word20 word30");
	ask(s, "a common and a rare word", "word0 word15000");
	ask(s, "a phrase", "\"word0 word1\"");
	ask(s, "no such phrase", "\"word0 nosuchword\"");
	ask(s, "Japanese", "東京");
	ask(s, "one character", "雨");
	ask(s, "a tag", "#tag7");
	ask(s, "of one author", "from:person7 word0");
	ask(s, "without a word", "word5 -word0");
	printf("}\n");
	store_close(s);
	free(f.authors);
	return 0;
}
