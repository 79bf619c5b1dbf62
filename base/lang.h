#ifndef HUDHUD_BASE_LANG_H
#define HUDHUD_BASE_LANG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Message catalogues (gettext .mo files), chosen per user and not per process:
 * setlocale() has one language for all threads.  Catalogues are read once at
 * start; afterwards every function is a pure look-up, from any thread.
 */

/** Mark a text for the translators; returns it unchanged. */
#define N_(text) (text)

/** The same with a context, where one English text means several things; both are literals. */
#define NC_(context, text) (text)

/**
 * Read ${folder}/LANG/LC_MESSAGES/hudhud.mo, or ${folder}/LANG.mo as a build leaves them, for each
 * LANG found; absent ones are no error, one that is no catalogue is logged and left out.
 */
void lang_load(const char *folder);

/** Release what lang_load() read. */
void lang_unload(void);

/** The text ${msgid} in ${lang} ("ar", "ja", "pt_BR"); ${msgid} itself where there is no translation. */
const char *lang_text(const char *lang, const char *msgid);

/** The same with plural forms, for the number ${n}. */
const char *lang_plural(const char *lang, const char *one, const char *many, unsigned long n);

/**
 * What the catalogue of ${lang}, and no other's, has for ${msgid} in ${context}, both as they were marked
 * with NC_(); NULL if it has nothing.
 */
const char *lang_in(const char *lang, const char *context, const char *msgid);

/** The name of the catalogue number ${i}, NULL behind the last. */
const char *lang_name(size_t i);

/** Is there a catalogue for ${lang}?  "en" is always there. */
bool lang_known(const char *lang);

/**
 * Put the language of which there are texts for ${lang} into ${out}: "ja" for "ja_JP".  False: there
 * are none, or no room.
 */
bool lang_take(const char *lang, char *out, size_t size);

/** Is ${lang} written from right to left? */
bool lang_rtl(const char *lang);

#endif
