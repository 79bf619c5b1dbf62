#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Clean text stays what it is, is valid, and its prefixes are its beginnings. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum text_fault fault;
	char *once, *twice, *folded;
	size_t length;

	once = text_clean((const char *)data, n, &fault);
	if (once == NULL)
		return fault == TEXT_FINE ? abort(), 0 : 0;
	twice = text_clean(once, strlen(once), &fault);
	folded = text_fold(once);
	length = text_length(once);
	if (fault != TEXT_FINE || strcmp(once, twice) != 0 || !text_valid(once, strlen(once)))
		abort();
	if (text_prefix(once, length) != strlen(once) || text_prefix(once, 0) != 0 ||
	    (length > 1 && text_prefix(once, length - 1) >= strlen(once)))
		abort();
	free(once);
	free(twice);
	free(folded);
	return 0;
}
