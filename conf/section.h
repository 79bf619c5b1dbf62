#ifndef HUDHUD_CONF_SECTION_H
#define HUDHUD_CONF_SECTION_H

#include "conf/conf.h"

/* What the files of this room share and the others do not see. */

/** One value, typed; the fields that its key's type does not use are empty. */
struct conf_value {
	char *text;
	int64_t number;
	double real;
	bool truth;
	struct conf_pair {
		char *name, *text;
	} * map;
	size_t map_n;
	bool given;
	bool bad; /* a fault of it has been told */
	unsigned line;
};

struct conf_section {
	const struct conf_key *tables[2]; /* what all channels take, or NULL; its own */
	const struct conf_kind *kind;     /* of a channel, else NULL */
	char *path;                       /* "site", "channels.jabber", "" at the top */
	const struct source *source;      /* NULL once unpacked */
	unsigned line;                    /* where it begins */
	size_t n;
	struct conf_value *values; /* one for each key of the tables */
};

/** The keys that every channel takes. */
extern const struct conf_key channel_keys[];

/** A section of the defaults of its keys. */
struct conf_section *section_new(
    const struct conf_key *common, const struct conf_key *own, const char *path);
/** The ${i}th key of ${s}. */
const struct conf_key *section_key(const struct conf_section *s, size_t i);
/** The index of ${name} in ${s}, or -1. */
long section_find(const struct conf_section *s, const char *name);

/** Add one line to ${f}; control characters of the reason are shown as '?'. */
void fault_add(struct conf_faults *f, const char *file, unsigned line, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/**
 * Make ${v} of ${text}, as ${key} wants it, whether it stood in quotes or was a number's literal
 * (${bare}).  Return NULL, or the reason why it cannot be, in ${why} of 256 bytes.  ${trusted}: a
 * default of the table, which may lie outside the range.
 */
const char *value_set(struct conf_value *v, const struct conf_key *key, const char *text, bool bare,
    bool trusted, char why[256]);
void value_clear(struct conf_value *v);

/** What a value of ${key} looks like, for people: "a whole number". */
const char *value_wanted(const struct conf_key *key);

/** Of the words ${each}(cookie, 0), 1, ... the one nearest to ${typed}, or NULL if none is near. */
const char *nearest(
    const char *typed, const char *(*each)(const void *cookie, size_t i), const void *cookie);

#endif
