#ifndef HUDHUD_CONF_READ_H
#define HUDHUD_CONF_READ_H

#include <libconfig.h>

#include "conf/section.h"
#include "conf/source.h"

struct conf {
	const struct conf_schema *schema;
	struct source source;
	struct conf_section *top;
	struct conf_section **groups; /* one for each of the schema */
	size_t groups_n;
	struct conf_section **channels;
	size_t channels_n;
};

/**
 * Read ${group} (NULL: the file has none) into ${s}; ${where} is its path as source.h knows it.
 * Tells what is unknown, of a wrong type, out of range or missing.
 */
void section_read(struct conf *c, struct conf_section *s, config_setting_t *group,
    const char *where, struct conf_faults *f);

/** "a text", "a list": what a setting is, for people. */
const char *setting_type(const config_setting_t *v);

#endif
