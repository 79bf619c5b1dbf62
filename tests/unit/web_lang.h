#ifndef HUDHUD_TESTS_WEB_LANG_H
#define HUDHUD_TESTS_WEB_LANG_H

/* Catalogues for the tests of pages: they stand in for base/lang.c. */
#include <string.h>

#include "base/lang.h"

void
lang_load(const char *folder)
{
	(void)folder;
}

void
lang_unload(void)
{
}

const char *
lang_text(const char *lang, const char *msgid)
{
	if (lang && strcmp(lang, "ja") == 0 && strcmp(msgid, "Hello {1} & {2}") == 0)
		return "{2}<{1}さん>";
	return msgid;
}

const char *
lang_plural(const char *lang, const char *one, const char *many, unsigned long n)
{
	(void)lang;
	return n == 1 ? one : many;
}

bool
lang_known(const char *lang)
{
	return strcmp(lang, "en") == 0 || strcmp(lang, "ar") == 0 || strcmp(lang, "ja") == 0 ||
	       strcmp(lang, "pt_BR") == 0;
}

bool
lang_rtl(const char *lang)
{
	return strcmp(lang, "ar") == 0;
}

#endif
