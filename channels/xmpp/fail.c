#include "channels/xmpp/fail.h"

#include <string.h>

/* What is not here, or comes with type "wait", may be otherwise later. */
static const struct {
	const char *condition;
	enum outcome outcome;
	const char *why;
} conditions[] = {
	{ "gone", BOUNCE, "the address has been given up" },
	{ "item-not-found", BOUNCE, "there is no such address" },
	{ "jid-malformed", BOUNCE, "the server says this is no address" },
	{ "not-acceptable", BOUNCE, "the recipient does not accept our messages" },
	{ "forbidden", BOUNCE, "we are not allowed to write there" },
	{ "registration-required", BOUNCE, "the recipient wants us to register first" },
	{ "subscription-required", BOUNCE, "the recipient wants a subscription first" },
	{ "recipient-unavailable", DEFER, "the recipient is not there" },
	{ "service-unavailable", DEFER, "not there, or no such account" },
	{ "remote-server-timeout", DEFER, "the recipient's server does not answer" },
	{ "remote-server-not-found", DEFER, "the recipient's server cannot be found" },
	{ "resource-constraint", DEFER, "the server is busy" },
	{ "not-allowed", DEFER, "the server does not let us write there" },
	{ "policy-violation", DEFER, "against the server's rules" },
	{ "internal-server-error", DEFER, "the server has a fault" },
};

enum outcome
fail_outcome(const char *type, const char *condition, const char **why)
{
	*why = "refused, without a reason we know";
	if (condition == NULL)
		return DEFER;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		if (strcmp(conditions[i].condition, condition) != 0)
			continue;
		*why = conditions[i].why;
		if (type != NULL && strcmp(type, "wait") == 0)
			return DEFER;
		return conditions[i].outcome;
	}
	return DEFER;
}
