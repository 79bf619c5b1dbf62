#include <unistd.h>

#include "gateway/settings.h"
#include "gateway/site.h"

#define KINDS_MAX 32

const struct conf_schema *
settings_schema(const struct channel_kind *const *kinds)
{
	static struct conf_kind of_kind[KINDS_MAX];
	static struct conf_schema schema = {
		.top = top_keys, .check = site_check_top, .groups = site_groups, .kinds = of_kind
	};
	size_t i;

	for (i = 0; kinds[i] != NULL && i < KINDS_MAX - 1; i++)
		of_kind[i] = (struct conf_kind){ kinds[i]->name, kinds[i]->keys, kinds[i]->check };
	of_kind[i] = (struct conf_kind){ .name = NULL };
	return &schema;
}

struct conf *
settings_load(const char *path, const struct channel_kind *const *kinds, struct conf_faults *faults)
{
	if (path == NULL && access(SETTINGS_FILE, F_OK) == 0)
		path = SETTINGS_FILE;
	return conf_load(path, settings_schema(kinds), faults);
}
