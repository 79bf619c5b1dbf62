#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/catalogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A catalogue that is believed can be asked anything. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct catalogue *c = catalogue_read(data, n);
	unsigned long i;
	const char *s;
	size_t sum = 0;

	if (c == NULL)
		return 0;
	for (i = 0; i < 200; i++)
		if ((s = catalogue_find(c, "%lu follower", i)) != NULL)
			sum += strlen(s);
	if ((s = catalogue_find(c, "hello", 0)) != NULL)
		sum += strlen(s);
	catalogue_free(c);
	return sum > 100000000 ? 1 : 0;
}
