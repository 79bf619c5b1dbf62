#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "channels/web/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What is kept of a picture is one of which all is kept. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf once = { 0 }, twice = { 0 };
	const char *type, *again;
	enum image_fault fault = image_strip(data, n, &once, &type);

	if (fault != IMAGE_FINE) {
		if (once.len != 0)
			abort();
		return 0;
	}
	if (once.len > IMAGE_BYTES_MAX ||
	    image_strip(once.data, once.len, &twice, &again) != IMAGE_FINE ||
	    strcmp(type, again) != 0 || twice.len != once.len ||
	    memcmp(once.data, twice.data, once.len) != 0)
		abort();
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
