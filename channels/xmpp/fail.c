#include "channels/xmpp/fail.h"

#include <string.h>
#include <strophe.h>

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

static const struct {
	xmpp_error_type_t type;
	enum stream_fault fault;
	const char *why;
} streams[] = {
	{ XMPP_SE_CONFLICT, FAULT_CONFLICT, "somebody else is connected under our name" },
	{ XMPP_SE_NOT_AUTHORIZED, FAULT_LOGIN, "the server refused the secret" },
	{ XMPP_SE_HOST_UNKNOWN, FAULT_LOGIN, "the server does not know our domain" },
	{ XMPP_SE_HOST_GONE, FAULT_LOGIN, "the server no longer serves our domain" },
	{ XMPP_SE_SEE_OTHER_HOST, FAULT_LOGIN, "the server sends us to another host" },
	{ XMPP_SE_INVALID_FROM, FAULT_NET, "the server says we spoke for another" },
	{ XMPP_SE_IMPROPER_ADDR, FAULT_NET, "the server misses an address" },
	{ XMPP_SE_XML_NOT_WELL_FORMED, FAULT_NET, "the server could not read what we sent" },
	{ XMPP_SE_INVALID_XML, FAULT_NET, "the server could not read what we sent" },
	{ XMPP_SE_POLICY_VIOLATION, FAULT_NET, "against the server's rules" },
	{ XMPP_SE_SYSTEM_SHUTDOWN, FAULT_NET, "the server shuts down" },
	{ XMPP_SE_CONN_TIMEOUT, FAULT_NET, "the server gave us up" },
	{ XMPP_SE_RESOURCE_CONSTRAINT, FAULT_NET, "the server is overloaded" },
};

const char *
fail_stream(int type, enum stream_fault *fault)
{
	*fault = FAULT_NET;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		if ((int)streams[i].type == type) {
			*fault = streams[i].fault;
			return streams[i].why;
		}
	return "the server ended the stream with an error";
}

const char *
fail_login(const char *msg)
{
	static const struct {
		const char *part, *why;
	} known[] = {
		{ "auth failed", "the server refused the password" },
		{ "TLS is not supported, but", "the server offers no encryption" },
		{ "with known methods", "the server offers no way to log in that we know" },
		{ "after SASL", "the server fell silent after the password" },
		{ "Binding failed", "the server gave us no place (resource)" },
		{ "Session establishment failed", "the server refused a session" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(msg, known[i].part) != NULL)
			return known[i].why;
	return NULL;
}
