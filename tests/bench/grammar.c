/*
 * grammar [ROUNDS] - what it costs to read a text: CPU time for each of some kinds of texts, in turn, as JSON.
 * Memory is counted, for none may be taken: it ends with 1 if any was.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/lang.h"
#include "base/mem.h"
#include "gateway/lexicon.h"
#include "gateway/parse.h"

#define ROUNDS 20000

struct kind {
	const char *name, *lang;
	const char *const *texts;
};

#define KIND(name, lang, ...)                                                                      \
	{                                                                                          \
		name, lang, (const char *const[])                                                  \
		{                                                                                  \
			__VA_ARGS__, NULL                                                          \
		}                                                                                  \
	}

static const struct kind kinds[] = {
	KIND("status", "en", "Good morning, everybody", "on my way to the station, late again",
	    "The hoopoe is a colourful bird that is found across Africa, Asia and Europe, notable "
	    "for its distinctive crown of feathers, and it says what it is"),
	KIND("status ja", "ja", "\u4eca\u65e5\u306f\u6691\u3044\u3067\u3059\u306d",
	    "\u3044\u307e\u99c5\u306b\u5411\u304b\u3063\u3066\u3044\u307e\u3059\u3001\u307e\u305f\u9045"
	    "\u308c\u307e\u3057\u305f"),
	KIND("status ar", "ar", "\u0635\u0628\u0627\u062d \u0627\u0644\u062e\u064a\u0631",
	    "\u0623\u0646\u0627 \u0641\u064a \u0627\u0644\u0637\u0631\u064a\u0642 \u0625\u0644\u0649 "
	    "\u0627\u0644\u0645\u062d\u0637\u0629"),
	KIND("status of emoji", "en",
	    "\U0001F600\U0001F601\U0001F602\U0001F603\U0001F604\U0001F605\U0001F606\U0001F607"
	    "\U0001F608\U0001F609\U0001F60A\U0001F60B\U0001F60C\U0001F60D\U0001F60E\U0001F60F"),
	KIND("short status", "en", "hello", "see you", "cute bob", "on and on"),
	KIND("mention", "en", "@bob good morning", "@carol are you there already?"),
	KIND("direct", "en", "d bob lunch at one?", "dm @carol the key is with the neighbours"),
	KIND("command", "en", "follow bob", "on", "sleep 22:00-7:00", "prefer im, sms, mail",
	    "mute bob 1d"),
	KIND("nearly", "en", "folow bob", "hlep", "slep 22:00-7:00"),
	KIND("stop", "en", "STOP", "Stop hudhud!"),
};

/* Whatever asks for memory while texts are read is seen here. */
static unsigned long taken;
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

void *
malloc(size_t n)
{
	taken++;
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	taken++;
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	taken++;
	return __libc_realloc(p, n);
}

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Microseconds a text. */
static double
measure(const struct kind *k, long rounds)
{
	double begin = cpu_us();
	struct parsed p;
	long n = 0;

	for (long i = 0; i < rounds; i++)
		for (const char *const *t = k->texts; *t; t++, n++)
			parse_text(*t, k->lang, "Hudhud", &p);
	return (cpu_us() - begin) / (double)n;
}

int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : ROUNDS;
	const char *build = getenv("top_builddir");
	char *po = mem_printf("%s/po", build ? build : ".");
	unsigned long before;

	lang_load(po);
	free(po);
	lexicon_load();
	measure(&kinds[0], rounds);
	printf("{");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		double us;

		before = taken;
		us = measure(&kinds[i], rounds);
		if (taken != before) {
			fprintf(stderr, "grammar: %s: memory was taken\n", kinds[i].name);
			return 1;
		}
		printf("%s\"%s\": %.3f", i ? ", " : "", kinds[i].name, us);
	}
	printf("}\n");
	lexicon_unload();
	lang_unload();
	return 0;
}
