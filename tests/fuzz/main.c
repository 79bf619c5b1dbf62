/*
 * What runs a fuzz target without a fuzzer: over each file of the folders and files
 * named, or else of tests/fuzz/seeds/NAME, where NAME is the program's; as it is, cut
 * short, and with bytes changed, the same ones each time.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tests/tap.h"

#define CUTS 200
#define CHANGES 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A copy of exactly the size, so that a reader beyond it is seen by a sanitizer. */
static void
run(const char *data, size_t n)
{
	uint8_t *copy = mem_new(n);

	memcpy(copy, data, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static uint32_t
dice(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void
replay(const char *data, size_t n)
{
	char *changed = mem_new(n + 1);
	uint32_t state = (uint32_t)n;
	size_t i, k;

	run(data, n);
	for (i = 0; i < CUTS && i < n; i++)
		run(data, n <= CUTS ? i : dice(&state) % n);
	for (i = 0; i < CHANGES && n > 0; i++) {
		memcpy(changed, data, n);
		for (k = dice(&state) % 4; k < 4; k++)
			changed[dice(&state) % n] = (char)dice(&state);
		run(changed, n);
	}
	free(changed);
}

static void
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf b = { 0 };
	char part[4096];
	size_t n;

	if (f != NULL) {
		while ((n = fread(part, 1, sizeof(part), f)) > 0)
			buf_add(&b, part, n);
		fclose(f);
		replay(buf_text(&b), b.len);
	}
	ok(f != NULL, path);
	buf_free(&b);
}

static void
replay_all(const char *path)
{
	struct dirent **names;
	struct stat st;
	char *sub;
	int i, n;

	if (stat(path, &st) == -1 || !S_ISDIR(st.st_mode)) {
		replay_file(path);
		return;
	}
	n = scandir(path, &names, NULL, alphasort);
	for (i = 0; i < n; i++) {
		sub = mem_printf("%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			replay_file(sub);
		free(sub);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir"), *name = strrchr(argv[0], '/');
	char *path;
	int i;

	for (i = 1; i < argc; i++)
		replay_all(argv[i]);
	if (argc == 1) {
		path = mem_printf("%s/tests/fuzz/seeds/%s", top != NULL ? top : ".",
		    name != NULL ? name + 1 : argv[0]);
		replay_all(path);
		free(path);
	}
	ok(tap_count > 0, "there were seeds");
	return tap_done();
}
