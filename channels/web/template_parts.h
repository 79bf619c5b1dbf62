#ifndef HUDHUD_CHANNELS_WEB_TEMPLATE_PARTS_H
#define HUDHUD_CHANNELS_WEB_TEMPLATE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

/* What template.c makes of a template's text, and template_put.c follows. */

enum step_kind {
	STEP_TEXT,  /* markup */
	STEP_VALUE, /* escaped */
	STEP_PART,  /* a part of an address, percent-encoded */
	STEP_LINK,  /* the beginning of one */
	STEP_SAY,
	STEP_COUNT,
	STEP_SAID,
	STEP_WHEN,
	STEP_IF,
	STEP_UNLESS,
	STEP_ELSE, /* on to where the block ends */
	STEP_EACH,
	STEP_AGAIN /* the end of what is done for each */
};

struct step {
	enum step_kind kind;
	bool in_tag;       /* no markup may come of it: it stands in an attribute */
	char *text, *more; /* owned: markup, or msgids */
	size_t len;        /* of text */
	char *name[2];     /* owned; or NULL */
	size_t to;         /* IF, UNLESS, ELSE, EACH: the step to go on with; AGAIN: its EACH */
};

struct template
{
	struct step *steps;
	size_t n;
};

/* Where in the markup a template is. */
struct place {
	enum { IN_TEXT, IN_NAME, IN_TAG, IN_ATTRIBUTE, IN_SCRIPT } at;
	char tag[16], attribute[24];
	bool begun; /* the attribute's value has a beginning */
};

/** Go on by the character ${c} of markup, before ${next}.  False: an attribute has no double quotes. */
bool place_on(struct place *w, char c, char next);
/** Would markup be shown as it stands? */
bool place_is_plain(const struct place *w);
/** An attribute in which escaping helps nothing? */
bool place_is_code(const struct place *w);
/** The value of an attribute that is an address? */
bool place_is_address(const struct place *w);

#endif
