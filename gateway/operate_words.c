#include <stdio.h>
#include <string.h>

#include "gateway/operate.h"

#define ANY 10000

/* In the order of the handlers in operate.c. */
const struct operate_words operate_words[] = {
	{ "user", "add", 1, 6, "NAME [--language L] [--timezone TZ] [--protected]", "add a person",
	    INPUT_NONE },
	{ "user", "show", 1, 1, "NAME", "show a person and their addresses", INPUT_NONE },
	{ "user", "list", 0, 0, "", "list the people's names", INPUT_NONE },
	{ "user", "remove", 1, 1, "NAME", "erase a person and what they said", INPUT_NONE },
	{ "address", "add", 3, 3, "NAME KIND PEER", "add an address that counts as verified",
	    INPUT_NONE },
	{ "address", "list", 1, 1, "NAME", "list a person's addresses in their order", INPUT_NONE },
	{ "address", "remove", 3, 3, "NAME KIND PEER", "take an address away", INPUT_NONE },
	{ "as", NULL, 2, ANY, "NAME TEXT...", "do what NAME would get done by sending TEXT",
	    INPUT_NONE },
	{ "health", NULL, 0, 0, "", "show how each channel is", INPUT_NONE },
	{ "pause", NULL, 1, 1, "CHANNEL", "stop delivering by a channel", INPUT_NONE },
	{ "resume", NULL, 1, 1, "CHANNEL", "go on delivering by it", INPUT_NONE },
	{ "trace", NULL, 1, 1, "STATUS", "show each delivery of a status", INPUT_NONE },
	{ "dead", "list", 0, 0, "", "list the deliveries that were given up", INPUT_NONE },
	{ "dead", "retry", 1, 1, "ID", "try such a delivery again", INPUT_NONE },
	{ "dead", "drop", 1, 1, "ID", "forget such a delivery", INPUT_NONE },
	{ "load", NULL, 1, 1, "FILE", "add the people, addresses and follows of a file",
	    INPUT_FILE },
	{ "export", NULL, 1, 1, "NAME", "print all that is kept of a person, as JSON", INPUT_NONE },
	{ "backup", NULL, 1, 1, "FILE", "copy the store into a new file", INPUT_PATH },
	{ "restore", NULL, 1, 2, "FILE [--force]",
	    "put such a copy back, while the service does not run", INPUT_OFFLINE },
	{ "move", NULL, 1, 1, "URL",
	    "copy the store into one of another kind, while the service does not run",
	    INPUT_OFFLINE },
	{ .word = NULL },
};

int
operate_find(const char *const *args, size_t n, char *why, size_t size)
{
	const struct operate_words *w;
	const char *group = NULL;
	size_t words, rest;

	if (n == 0) {
		snprintf(why, size, "no command: hudhudctl -h lists them");
		return -1;
	}
	for (w = operate_words; w->word != NULL; w++) {
		if (strcmp(w->word, args[0]) != 0)
			continue;
		group = w->word;
		words = w->second != NULL ? 2 : 1;
		if (words == 2 && (n < 2 || strcmp(w->second, args[1]) != 0))
			continue;
		rest = n - words;
		if (rest >= w->min && rest <= w->max)
			return (int)(w - operate_words);
		snprintf(why, size, "usage: hudhudctl %s%s%s%s%s", w->word, words == 2 ? " " : "",
		    words == 2 ? w->second : "", w->usage[0] != '\0' ? " " : "", w->usage);
		return -1;
	}
	snprintf(why, size,
	    group != NULL ? "%.40s needs another word: hudhudctl -h lists what there is"
			  : "there is no command %.40s: hudhudctl -h lists them",
	    args[0]);
	return -1;
}
