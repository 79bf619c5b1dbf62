#ifndef HUDHUD_TESTS_UNIT_VISIBLE_RULES_H
#define HUDHUD_TESTS_UNIT_VISIBLE_RULES_H

/* A rule of audience_may() that is left out, by hiding its facts from it; the program is linked with --wrap. */
enum mutant {
	WHOLE,
	OWN,
	DELETED,
	SUSPENDED,
	BLOCKED,
	MUTED,
	SILENCED,
	PROTECTED,
	FOLLOWS,
	DIRECT,
	WAY,
	FIRST,
	FIRST_SUSPENDED,
	FIRST_BLOCKED,
	FIRST_MUTED,
	FIRST_SILENCED,
	FIRST_PROTECTED,
	FIRST_DIRECT,
	FIRST_GETS,
	FIRST_OWN,
	MUTANTS
};
extern enum mutant mutant;
extern const char *const mutants[MUTANTS]; /* in words */

#endif
