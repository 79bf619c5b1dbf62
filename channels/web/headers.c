#include "channels/web/headers.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "channels/web/fields.h"

void
headers_add(struct headers *h, const char *name, const char *value)
{
	if (h->n == HEADERS_MAX)
		log_die("web: more than %d headers", HEADERS_MAX);
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return;
	h->set[h->n].name = name;
	h->set[h->n++].value = mem_dup(value);
}

const char *
headers_get(const struct headers *h, const char *name)
{
	for (size_t i = 0; i < h->n; i++)
		if (strcmp(h->set[i].name, name) == 0)
			return h->set[i].value;
	return NULL;
}

void
headers_free(struct headers *h)
{
	while (h->n > 0)
		free(h->set[--h->n].value);
}

bool
headers_unchanged(const struct headers *h, const char *none_match, const char *modified_since)
{
	const char *tag = headers_get(h, "ETag");
	int64_t modified = fields_date(headers_get(h, "Last-Modified"));

	if (none_match != NULL) /* the date is for those who know no tags */
		return tag != NULL && fields_etag(none_match, tag);
	return modified >= 0 && fields_date(modified_since) >= modified;
}
