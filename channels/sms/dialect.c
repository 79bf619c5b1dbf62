#include <string.h>

#include "channels/sms/dialect.h"

static const struct dialect *const dialects[] = { &dialect_kannel };

const struct dialect *
dialect_find(const char *name)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
		if (strcmp(dialects[i]->name, name) == 0)
			return dialects[i];
	return NULL;
}

const struct dialect_answer *
dialect_judge(const struct dialect_answer *rows, unsigned status, const char *body)
{
	while (rows->first != 0 && (status < rows->first || status > rows->last ||
				       strncmp(body, rows->begins, strlen(rows->begins)) != 0))
		rows++;
	return rows;
}

const struct dialect_report *
dialect_outcome(const struct dialect_report *rows, unsigned type)
{
	while (rows->bits != 0 && (type & rows->bits) != rows->bits)
		rows++;
	return rows->bits != 0 ? rows : NULL;
}
