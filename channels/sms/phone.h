#ifndef HUDHUD_CHANNELS_SMS_PHONE_H
#define HUDHUD_CHANNELS_SMS_PHONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** "+", at most 15 digits, NUL. */
#define PHONE_MAX 17

/** One region's way to write numbers; see phone_table.c. */
struct phone_plan {
	const char *region;   /* ISO 3166 letters, or "" */
	const char *code;     /* calling code */
	const char *idd;      /* international prefixes between blanks; x is any digit */
	const char *trunk;    /* prefixes of numbers within the region */
	uint16_t any, mobile; /* digits that may follow the calling code */
};

/** Ends with a NULL region. */
extern const struct phone_plan phone_plans[];

enum phone_kind {
	PHONE_NUMBER, /* of a person: ${out} is E.164, "+4930123456" */
	PHONE_SHORT,  /* a short code, 3 to 6 digits: a service */
	PHONE_NAME,   /* an alphanumeric sender: a machine that cannot be answered */
	PHONE_UNSURE, /* may be a number, but of which country? */
};

/** Is ${region} one that the table knows, in capital letters? */
bool phone_region(const char *region);

/** Is ${s} E.164 of a calling code that exists: "+", 7 to 15 digits? */
bool phone_is_e164(const char *s);

/**
 * Say what ${typed} is, and write its one form to ${out} (E.164, the code's digits, or
 * "").  Digits of any script, blanks, hyphens, dots, slashes, brackets and invisible
 * direction marks are understood, so is "+44 (0)20".  A number without "+" is
 * read as somebody in ${region} writes it, and if that gives none, or ${region} is "",
 * as an international one without its "+".  Where two ways to read it at home give
 * different numbers, neither is taken.
 */
enum phone_kind phone_read(const char *typed, const char *region, char out[PHONE_MAX]);

#endif
