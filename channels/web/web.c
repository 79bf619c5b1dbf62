#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "channels/web/web.h"

#define TOKEN_MIN 16

/* The web channel: pages, feeds and hooks, in the core's process; hudhud-web(5) has the settings. */

static const struct conf_key keys[] = {
	{ .name = "listen",
	    .type = CONF_ADDRESS,
	    .value = "127.0.0.1:8080",
	    .help = "where to listen: host:port, or unix:/path" },
	{ .name = "trusted_proxy",
	    .type = CONF_TEXT,
	    .value = "",
	    .help =
		"address of the proxy in front, whose X-Forwarded-For is believed; \"unix\" on a unix socket" },
	{ .name = "metrics_token",
	    .type = CONF_SECRET,
	    .value = "",
	    .help = "what a monitoring system from elsewhere shows at /metrics, after \"Bearer\"" },
	{ .name = "operators",
	    .type = CONF_LIST,
	    .value = "",
	    .help = "names of users who may see /operator" },
	{ .name = "cache",
	    .type = CONF_INT,
	    .value = "16",
	    .min = 0,
	    .max = 4096,
	    .help = "MiB of pages that are kept for who has not logged in; 0: none are" },
	{ .name = "streams",
	    .type = CONF_INT,
	    .value = "1000",
	    .min = 0,
	    .max = 100000,
	    .help = "pages that are told at once what is new, at most; 0: none are" },
	{ .name = NULL },
};

static void
check(const struct conf_section *s, struct conf_faults *f)
{
	const char *proxy = conf_text(s, "trusted_proxy");
	const char *token = conf_text(s, "metrics_token"), *name;
	unsigned char bytes[16];

	if (*proxy && strcmp(proxy, "unix") != 0 && inet_pton(AF_INET, proxy, bytes) != 1 &&
	    inet_pton(AF_INET6, proxy, bytes) != 1)
		conf_fault(f, s, "trusted_proxy", "not a numeric address, nor \"unix\"");
	if (*token && strlen(token) < TOKEN_MIN)
		conf_fault(f, s, "metrics_token", "too short: %d characters at least", TOKEN_MIN);
	for (size_t i = 0; (name = conf_nth(s, "operators", i)) != NULL; i++)
		if (!text_is_name(name))
			conf_fault(f, s, "operators", "\"%.40s\" is no name of a user", name);
}

extern const struct channel_kind web_kind;
const struct channel_kind web_kind = {
	.name = "web",
	.keys = keys,
	.core = &web_core,
	.check = check,
};
