#include "gateway/reach.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "gateway/fold.h"

#define TYPED_MAX 320

/* ${typed} without blanks around it and the sign that ends a sentence; "" if it is too long. */
static void
trim(const char *typed, char out[TYPED_MAX])
{
	size_t n;

	typed += strspn(typed, " \t\n<");
	n = strlen(typed);
	while (n > 0 && strchr(" \t\n>.,;!?", typed[n - 1]))
		n--;
	out[0] = '\0';
	if (n >= TYPED_MAX)
		return;
	memcpy(out, typed, n);
	out[n] = '\0';
}

/* Digits of any script as ASCII; signs and blanks between them stay. */
static void
plain(char *s)
{
	const char *at = s;
	char *out = s;
	uint32_t cp;

	while (fold_next(&at, &cp) != FOLD_END)
		out += fold_put(cp, out);
	*out = '\0';
}

const struct reach *
reach_find(const struct reach *r, size_t n, const char *typed, char *peer, size_t size)
{
	char word[TYPED_MAX], *at = word;
	const char *kind = "sms", *why;

	trim(typed, word);
	if (strncasecmp(word, "xmpp:", 5) == 0) {
		kind = "xmpp";
		at += 5;
	} else if (strncasecmp(word, "mailto:", 7) == 0) {
		kind = "email";
		at += 7;
	} else if (strchr(word, '@')) {
		kind = "email";
	} else {
		if (strncasecmp(word, "sms:", 4) == 0 || strncasecmp(word, "tel:", 4) == 0)
			at += 4;
		plain(at);
	}
	for (size_t i = 0; *at && i < n; i++)
		if (strcmp(r[i].kind->name, kind) == 0 && r[i].kind->peer)
			return r[i].kind->peer(r[i].section, at, peer, size, &why) == 0 ? &r[i]
											: NULL;
	return NULL;
}
