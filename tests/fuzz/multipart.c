#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/web/multipart.h"

static void
check(const struct multipart *m, const char *body, size_t n)
{
	size_t len;

	for (size_t i = 0; i < m->n; i++) {
		if (m->part[i].data < body || m->part[i].data + m->part[i].len > body + n ||
		    m->part[i].name[0] == '\0')
			abort();
		if (multipart_get(m, m->part[i].name, m->part[i].is_file, &len) !=
			m->part[i].data ||
		    len != m->part[i].len)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The first line is the Content-Type, the rest the body. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *line = memchr(data, '\n', n);
	struct multipart m;
	size_t at = line ? (size_t)(line - data) : 0;
	char *type = mem_dupn((const char *)data, at), *body;

	/* of its own, so that a step beyond its end shows */
	n -= line ? at + 1 : 0;
	body = mem_new(n ? n : 1);
	if (n)
		memcpy(body, data + (line ? at + 1 : 0), n);
	if (multipart_parse(&m, type, body, n))
		check(&m, body, n);
	else if (m.n != 0)
		abort();
	if (multipart_parse(&m, "multipart/form-data; boundary=x", body, n))
		check(&m, body, n);
	free(body);
	free(type);
	return 0;
}
