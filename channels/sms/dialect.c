#include <stdio.h>
#include <string.h>

#include "channels/sms/dialect.h"

#define WORDS_MAX 60 /* of the gateway, for the operator */

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

void
dialect_quote(char *out, size_t size, const char *why, const char *body)
{
	size_t n = (size_t)snprintf(out, size, "%s", why), start;

	if (body[0] == '\0' || n + WORDS_MAX + 3 > size)
		return;
	out[n++] = ':';
	out[n++] = ' ';
	start = n;
	for (; *body != '\0' && *body != '\n' && n < start + WORDS_MAX; body++) {
		if (*body >= '0' && *body <= '9')
			out[n++] = '#';
		else if (*body >= ' ' && *body <= '~')
			out[n++] = *body;
	}
	out[n] = '\0';
}
