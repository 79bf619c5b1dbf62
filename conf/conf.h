#ifndef HUDHUD_CONF_CONF_H
#define HUDHUD_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

/*
 * The file the operator writes (libconfig syntax).  Every room and every kind of
 * channel declares its settings as data; this room reads, types, checks and
 * reports them, and the manual pages are checked against the same tables.
 */

enum conf_type {
	CONF_TEXT,
	CONF_SECRET, /* text; "NAME_file" may name a file instead; never logged */
	CONF_CHOICE, /* one word of ${choices} */
	CONF_INT,    /* ${min}..${max}; a number that libconfig would cut is an error */
	CONF_REAL,   /* ${min}..${max} */
	CONF_BOOL,
	CONF_SECONDS, /* a number, or text with a unit: "90s", "15m", "4h", "5d" */
	CONF_ADDRESS, /* "host:port", "[v6]:port" or "unix:/path" */
	CONF_URL,     /* scheme one of ${choices}; has a host */
	CONF_PATH,    /* relative paths are under the state folder */
	CONF_MAP,     /* a group of texts by name, any names */
	CONF_LIST,    /* a list of texts */
};

/** A key that a section takes; tables of these end with a NULL name. */
struct conf_key {
	const char *name;
	enum conf_type type;
	const char *value;   /* when the file is silent; NULL: must be set; "": may be absent */
	const char *choices; /* CONF_CHOICE, CONF_URL: words between blanks */
	long long min,
	    max;          /* CONF_INT, CONF_REAL, CONF_SECONDS; both 0: any that is not negative */
	bool live;        /* SIGHUP changes it without a restart */
	const char *help; /* one line, for the example file */
};

/** The values of one section, typed and complete: each key of its table has one. */
struct conf_section;

/** The faults found so far, all of them, in the order of the file. */
struct conf_faults {
	struct buf text; /* lines "FILE:LINE: key: reason" */
	unsigned count;
};

/** What the file may hold. */
struct conf_schema {
	const struct conf_key *top; /* keys outside any group */

	/** As of a kind, for those keys.  May be NULL. */
	void (*check)(const struct conf_section *s, struct conf_faults *f);

	const struct conf_group {
		const char *name; /* "site" */
		const struct conf_key *keys;

		/** As of a kind.  May be NULL. */
		void (*check)(const struct conf_section *s, struct conf_faults *f);
	} * groups; /* ends with a NULL name; NULL: only ${top} is looked at */

	/* The list "channels": each element has "name", "kind" and what its kind takes. */
	const struct conf_kind {
		const char *name;
		const struct conf_key *keys;

		/** Look at ${s} as a whole; conf_fault() each thing that is wrong.  May be NULL. */
		void (*check)(const struct conf_section *s, struct conf_faults *f);
	} * kinds; /* ends with a NULL name; NULL: channels are not looked at */
};

struct conf;

/**
 * Read ${path} (NULL: no file, all defaults, one web channel on 127.0.0.1:8080) and
 * check it against ${schema}, which must outlive the result.  Every fault is added to
 * ${faults}: unknown keys, wrong types, numbers out of range or too big for the parser,
 * missing keys, duplicate channel names, secrets that are readable by others (mode bits
 * 0077 of ${path} when it holds a secret, or of a "NAME_file"), what check() finds.
 * Return NULL if there was any.  Touches no network and creates nothing.
 */
struct conf *conf_load(
    const char *path, const struct conf_schema *schema, struct conf_faults *faults);
void conf_free(struct conf *c);

/** The same for the ${n} bytes of a file called ${name} with mode bits ${mode}. */
struct conf *conf_load_text(const char *name, mode_t mode, const void *text, size_t n,
    const struct conf_schema *schema, struct conf_faults *faults);

/** The top-level keys. */
const struct conf_section *conf_top(const struct conf *c);

/** The group ${name}, with defaults when the file has none. */
const struct conf_section *conf_group(const struct conf *c, const char *name);

/** Channel ${i} from 0, in the file's order, or NULL past the last. */
const struct conf_section *conf_channel(const struct conf *c, size_t i);

/*
 * Values of a section.  The key must be in its table with a type that fits: anything
 * else is a mistake in the program and ends it.  Texts stay the section's; an absent
 * optional text is "".
 */
const char *conf_text(const struct conf_section *s, const char *key);
int64_t conf_int(const struct conf_section *s, const char *key); /* CONF_INT, CONF_SECONDS */
double conf_real(const struct conf_section *s, const char *key);
bool conf_bool(const struct conf_section *s, const char *key);

/** Value ${sub} of the map ${key}, or NULL. */
const char *conf_map(const struct conf_section *s, const char *key, const char *sub);

/** Text ${i}, from 0, of the list ${key}, or NULL behind the last. */
const char *conf_nth(const struct conf_section *s, const char *key, size_t i);

/** Does ${s} take ${key} at all? */
bool conf_takes(const struct conf_section *s, const char *key);

/** Was ${key} in the file? */
bool conf_given(const struct conf_section *s, const char *key);

/** Add a fault of ${key} in ${s}: "FILE:LINE: key: reason". */
void conf_fault(struct conf_faults *f, const struct conf_section *s, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** Is the host of ${value} (CONF_ADDRESS or CONF_URL text) a loopback address, "localhost" or a unix socket? */
bool conf_is_loopback(const char *value);

/**
 * Cut "host:port" or the host and port of a URL out of ${value}.  ${port} is ${fallback}
 * when there is none.  Return -1 if it does not fit or is not one.
 */
int conf_host_port(
    const char *value, char *host, size_t host_size, uint16_t *port, uint16_t fallback);

/*
 * A section crosses to a channel's process as bytes: conf_pack() appends them to ${out},
 * conf_unpack() makes a section of them again for the same ${keys}; NULL if malformed.
 * conf_section_free() is for unpacked ones only.
 */
void conf_pack(const struct conf_section *s, struct buf *out);
struct conf_section *conf_unpack(const struct conf_key *keys, const void *data, size_t n);
void conf_section_free(struct conf_section *s);

/** Print an example file with every key, its default and its help to ${out}. */
void conf_example(const struct conf_schema *schema, struct buf *out);

#endif
