/*
 * SMS by way of a gateway that is spoken to over HTTP: out by requests to it, in by
 * requests from it that the web server passes on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "base/mem.h"
#include "channels/sms/phone.h"
#include "channels/sms/sms.h"
#include "conf/price.h"

#define CONNECT_MS 10000
#define CONNECTIONS_MAX 100
#define CONNECTIONS 50 /* where nothing is set, and the window allows */
#define WINDOW 8       /* at most so many texts are paid for twice after a crash, at least, ... */
#define WINDOW_MAX 600
#define LEAVE_MS 2500 /* for answers that are still to come; the core waits 3 s */
#define SAFE_SECRET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"

static const struct conf_key sms_keys[] = {
	{ "dialect", CONF_CHOICE, "kannel", DIALECT_NAMES, 0, 0, false,
	    "how the gateway is spoken to" },
	{ "url", CONF_URL, NULL, "http https", 0, 0, false,
	    "where texts are handed to the gateway; http:// on loopback only" },
	{ "username", CONF_TEXT, NULL, NULL, 0, 0, false, "our name at the gateway" },
	{ "password", CONF_SECRET, NULL, NULL, 0, 0, false, "and our password there" },
	{ "number", CONF_TEXT, NULL, NULL, 0, 0, false,
	    "the number or short code texts are sent from, and people text to" },
	{ "hook_secret", CONF_SECRET, "", NULL, 0, 0, false,
	    "in the address the gateway brings texts to: /hook/NAME/SECRET" },
	{ "callback", CONF_URL, "", "http https", 0, 0, false,
	    "our web address as the gateway sees it; asks for delivery reports" },
	{ "trust", CONF_CHOICE, "open", "carrier open", 0, 0, false,
	    "carrier: the route vouches for the sender's number" },
	{ "region", CONF_TEXT, "", NULL, 0, 0, false,
	    "country whose way to write numbers is meant where there is no +" },
	{ "rate", CONF_REAL, "10.0", NULL, 0, 1000000, false, "parts a second" },
	{ "max_parts", CONF_INT, "3", NULL, 1, 10, false,
	    "parts of one text; longer ones are cut" },
	{ "transliterate", CONF_CHOICE, "quotes", "off quotes", 0, 0, false,
	    "write curly quotes, dashes and such plainly where that saves parts" },
	{ "validity", CONF_SECONDS, "4h", NULL, 0, 604800, false,
	    "after that long a text is not worth delivering; 0: the network's own limit" },
	{ "connections", CONF_INT, "", NULL, 1, CONNECTIONS_MAX, false,
	    "to the gateway, at most; 50 if not given, and no more than the window" },
	{ "timeout", CONF_SECONDS, "30s", NULL, 1, 600, false, "for an answer of the gateway" },
	{ "ca", CONF_PATH, "/etc/ssl/certs/ca-certificates.crt", NULL, 0, 0, false,
	    "certificates to trust for https; the gateway's own root alone is quicker" },
	COST_KEYS,
	{ .name = NULL },
};

static bool
is_plain(const char *url)
{
	return strncmp(url, "http://", 7) == 0;
}

static void
check_url(const struct conf_section *s, struct conf_faults *f, const char *key)
{
	const char *url = conf_text(s, key);

	if (is_plain(url) && !conf_is_loopback(url))
		conf_fault(f, s, key, "http:// is for loopback only: use https://");
	if (strpbrk(url, "?#@ ") != NULL)
		conf_fault(f, s, key, "must be an address without ?, #, @ and blanks");
}

static void
sms_check(const struct conf_section *s, struct conf_faults *f)
{
	const char *region = conf_text(s, "region"), *number = conf_text(s, "number");
	const char *callback = conf_text(s, "callback"), *secret = conf_text(s, "hook_secret");

	check_url(s, f, "url");
	price_check(s, f);
	if (region[0] != '\0' && !phone_region(region))
		conf_fault(f, s, "region", "not a country's two letters, as in \"DE\"");
	if (number[0] == '\0' || strlen(number) > 16)
		conf_fault(f, s, "number", "must have 1 to 16 characters");
	if (strspn(secret, SAFE_SECRET) != strlen(secret))
		conf_fault(
		    f, s, "hook_secret", "only letters, digits and . _ ~ - go into an address");
	if (conf_real(s, "rate") < 0.001)
		conf_fault(f, s, "rate", "must be 0.001 at least");
	if (callback[0] == '\0')
		return;
	check_url(s, f, "callback");
	if (secret[0] == '\0')
		conf_fault(f, s, "callback", "needs a hook_secret");
}

static int
sms_peer(const struct conf_section *s, const char *typed, char *out, size_t size, const char **why)
{
	char number[PHONE_MAX];

	switch (phone_read(typed, conf_text(s, "region"), number)) {
	case PHONE_NUMBER:
		*why = N_("that number is too long");
		return mem_copy(out, size, number);
	case PHONE_SHORT:
		*why = N_("that is a short code, not a phone");
		return -1;
	case PHONE_UNSURE:
		*why = N_("write the number with + and the country's code, like +49 30 123456");
		return -1;
	default:
		*why = N_("that is not a phone number");
		return -1;
	}
}

/*
 * What may be paid for twice after a crash is what may be sent in a second: who pays for more a second has
 * more to lose, and more to write down.
 */
static unsigned
window_by_rate(const struct conf_section *conf)
{
	double rate = conf_real(conf, "rate");

	return rate < WINDOW ? WINDOW : rate > WINDOW_MAX ? WINDOW_MAX : (unsigned)rate;
}

static unsigned
window(const struct conf_section *conf)
{
	unsigned n = (unsigned)conf_int(conf, "window");

	return n > 0 ? n : window_by_rate(conf);
}

/* More than the window would never be busy: the core has no more under way. */
static unsigned
connections(const struct conf_section *conf)
{
	unsigned n = (unsigned)conf_int(conf, "connections");

	if (n == 0)
		n = CONNECTIONS;
	return n < window(conf) ? n : window(conf);
}

static void *
sms_open(struct port *port, const struct conf_section *conf)
{
	struct sms *s = mem_new(sizeof(*s));
	struct http_options o = {
		.url = conf_text(conf, "url"),
		.ca = is_plain(conf_text(conf, "url")) ? "" : conf_text(conf, "ca"),
		.connections = connections(conf),
		.connect_ms = CONNECT_MS,
		.answer_ms = (unsigned)conf_int(conf, "timeout") * 1000,
	};

	s->port = port;
	s->conf = conf;
	s->connections = o.connections;
	s->window = window(conf);
	s->dialect = dialect_find(conf_text(conf, "dialect"));
	s->http = http_new(&o);
	if (s->http == NULL) {
		free(s);
		return NULL;
	}
	s->sender = sender_new(s);
	s->hooks = hooks_new(s);
	return s;
}

/* What a burst of hooks brings goes to the core in one write. */
static int
pump(struct sms *s)
{
	int r;

	port_hold(s->port);
	r = port_pump(s->port);
	port_release(s->port);
	return r;
}

static int
sms_run(void *self)
{
	struct sms *s = self;
	int64_t until;

	sender_begin(s->sender);
	while (!port_stopping(s->port)) {
		http_wait(s->http, port_fd(s->port), sender_turn(s->sender));
		if (pump(s) == -1)
			return -1;
	}
	sender_leave(s->sender);
	until = clock_ms() + LEAVE_MS;
	while (sender_busy(s->sender) > 0 && clock_ms() < until) {
		http_wait(s->http, port_fd(s->port), (int)(until - clock_ms()));
		if (pump(s) == -1)
			break;
	}
	return 0;
}

static void
sms_close(void *self)
{
	struct sms *s = self;

	sender_free(s->sender);
	hooks_free(s->hooks);
	http_free(s->http);
	free(s);
}

static void
sms_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	struct sms *s = self;

	sender_deliver(s->sender, o, r, n);
}

static void
sms_hook(void *self, const struct hook *h)
{
	struct sms *s = self;

	hooks_hear(s->hooks, h);
}

extern const struct channel_kind sms_kind;
const struct channel_kind sms_kind = {
	.name = "sms",
	.keys = sms_keys,
	.window = WINDOW,
	.window_for = window_by_rate,
	.costs = true,
	.check = sms_check,
	.peer = sms_peer,
	.open = sms_open,
	.run = sms_run,
	.close = sms_close,
	.deliver = sms_deliver,
	.hook = sms_hook,
};
