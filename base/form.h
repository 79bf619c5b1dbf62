#ifndef HUDHUD_BASE_FORM_H
#define HUDHUD_BASE_FORM_H

#include <stdint.h>
#include <time.h>

/*
 * Numbers and times as people write them in their language: digits, signs, months and order are the
 * translators'.  Pure, from any thread.
 */
#define FORM_SIZE 96

/** Write ${n} with ${lang}'s digits and its sign between thousands: "1,234", "١٬٢٣٤". */
void form_number(const char *lang, int64_t n, char out[FORM_SIZE]);

/** Write ${at}, which is local time where the reader is: "25 Nov 15:04", with the year if that is not ${year}. */
void form_time(const char *lang, const struct tm *at, int year, char out[FORM_SIZE]);

/** The time of day alone: "15:04". */
void form_clock(const char *lang, int hour, int minute, char out[FORM_SIZE]);

#endif
