#ifndef HUDHUD_TESTS_TAP_H
#define HUDHUD_TESTS_TAP_H

#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_bad;

/** One check: ${what} is a sentence about the module that should be true. */
#define ok(cond, what) tap_ok((cond), (what), __FILE__, __LINE__)

static inline void
tap_ok(bool good, const char *what, const char *file, int line)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_count, what);
	if (!good)
		printf("# %s:%d\n", file, line);
	/* A test that forks would print it twice. */
	fflush(stdout);
	tap_bad += !good;
}

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_bad != 0;
}

#endif
