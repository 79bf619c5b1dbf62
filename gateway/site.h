#ifndef HUDHUD_GATEWAY_SITE_H
#define HUDHUD_GATEWAY_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "gateway/reach.h"
#include "gateway/tariff.h"

enum signup { SIGNUP_OPEN, SIGNUP_INVITE, SIGNUP_CLOSED };

/** The group "site" of the settings, and what rests on it.  Constant while the service runs. */
struct site {
	const char *name; /* "Hudhud" */
	const char *domain;
	const char *url; /* without a slash at the end */
	const char *lang;
	const char *zone;
	int limit;        /* graphemes a status may have */
	int64_t big;      /* followers from which on a status fans out as jobs */
	int64_t roster;   /* followers kept in memory */
	int64_t patience; /* seconds a channel may be away before another rung takes over */
	int64_t fall; /* seconds an address may fail before the next one of its user takes over */
	const struct tariff *tariffs; /* of the channels that cost money */
	int64_t grace; /* seconds for undo: nothing that costs money is sent sooner */
	enum signup signup;
	const struct reach *reach; /* channels by which somebody new can be invited */
	size_t reach_n;
	const struct conf_section *section; /* for "notice" */
};

/** The keys of the file's top, and of its groups "site" and "fanout". */
extern const struct conf_key top_keys[];
extern const struct conf_key site_keys[];
extern const struct conf_key fanout_keys[];
/** The groups of the file, for struct conf_schema. */
extern const struct conf_group site_groups[];

/** What is wrong with the keys of the top together. */
void site_check_top(const struct conf_section *top, struct conf_faults *f);

/** The store's URL, with its password if there is one: a secret.  The caller frees it. */
char *site_store(const struct conf_section *top);

/** Is ${name} no name for a user: an address of the web pages, a command, or the service's own? */
bool site_name_reserved(const char *name);
/** Is ${s} written like a language, "en" or "pt_BR"?  Like a time zone that this machine knows? */
bool site_is_language(const char *s);
bool site_is_zone(const char *s);

/** Fill ${s} from ${section}, which must outlive it; ${s}->big, patience, fall and roster are the defaults. */
void site_load(struct site *s, const struct conf_section *section);

/** Take what the group "fanout" says into ${s}. */
void site_fanout(struct site *s, const struct conf_section *fanout);

#endif
