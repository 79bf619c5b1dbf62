#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "conf/section.h"
#include "conf/source.h"
#include "gateway/site.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A settings file, up to and with the parser; and a packed section. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct conf_key channel[] = {
		{ .name = "secret", .type = CONF_SECRET, .value = "" },
		{ .name = "rate", .type = CONF_REAL, .value = "1", .max = 10 },
		{ .name = "wait", .type = CONF_SECONDS, .value = "1m" },
		{ .name = "server", .type = CONF_ADDRESS },
		{ .name = "on", .type = CONF_BOOL, .value = "true" },
		{ .name = NULL },
	};
	static const struct conf_kind kinds[] = { { .name = "k", .keys = channel },
		{ .name = NULL } };
	const struct conf_schema schema = {
		.top = top_keys, .groups = site_groups, .kinds = kinds
	};
	struct conf_faults faults = { 0 };

	conf_free(conf_load_text("fuzz.conf", 0600, (const char *)data, n, &schema, &faults));
	buf_free(&faults.text);
	conf_section_free(conf_unpack(channel, data, n));
	conf_section_free(conf_unpack(site_keys, data, n));
	return 0;
}
