#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/parse.h"
#include "gateway/site.h"
#include "store/store.h"

#define ZONES "/usr/share/zoneinfo"

const struct conf_key site_keys[] = {
	{ .name = "name",
	    .type = CONF_TEXT,
	    .value = "Hudhud",
	    .help = "what the service is called in pages, mails and answers" },
	{ .name = "domain",
	    .type = CONF_TEXT,
	    .value = "localhost",
	    .help = "the domain in ids of statuses and feeds; never change it" },
	{ .name = "url",
	    .type = CONF_URL,
	    .value = "http://127.0.0.1:8080",
	    .choices = "https http",
	    .help = "where people find the pages" },
	{ .name = "language",
	    .type = CONF_TEXT,
	    .value = "en",
	    .help = "of people who have not chosen one" },
	{ .name = "timezone",
	    .type = CONF_TEXT,
	    .value = "UTC",
	    .help = "of people who have not chosen one, like Europe/Berlin" },
	{ .name = "limit",
	    .type = CONF_INT,
	    .value = "140",
	    .min = 1,
	    .max = 1000,
	    .help = "characters a status may have, as people count them" },
	{ .name = "signup",
	    .type = CONF_CHOICE,
	    .value = "open",
	    .choices = "open invite closed",
	    .help = "who may sign up" },
	{ .name = "grace",
	    .type = CONF_SECONDS,
	    .value = "30",
	    .min = 0,
	    .max = 600,
	    .help = "how long people may undo: what costs money is sent no sooner" },
	{ .name = "notice",
	    .type = CONF_MAP,
	    .value = "",
	    .help = "a line of the operator's on the pages, by language: { en = \"…\"; }" },
	{ .name = NULL },
};

const struct conf_key fanout_keys[] = {
	{ .name = "big",
	    .type = CONF_INT,
	    .value = "5000",
	    .min = 1,
	    .max = 1000000000,
	    .help = "from this many followers on, a status is delivered beside the others" },
	{ .name = "patience",
	    .type = CONF_SECONDS,
	    .value = "30",
	    .min = 1,
	    .max = 86400,
	    .help = "how long a channel may be away before other addresses take over" },
	{ .name = "fall",
	    .type = CONF_SECONDS,
	    .value = "15m",
	    .min = 1,
	    .max = 86400,
	    .help = "how long an address may fail before its user's next one takes over" },
	{ .name = "roster",
	    .type = CONF_INT,
	    .value = "1000000",
	    .min = 1000,
	    .max = 1000000000,
	    .help = "followers kept in memory, about 100 bytes each" },
	{ .name = NULL },
};

const struct conf_key top_keys[] = {
	{ .name = "state",
	    .type = CONF_PATH,
	    .value = LOCALSTATEDIR "/lib/hudhud",
	    .help = "the folder of everything the service keeps" },
	{ .name = "store",
	    .type = CONF_TEXT,
	    .value = "sqlite:hudhud.db",
	    .help =
		"the database: sqlite:PATH, under the state folder if relative, or postgresql://..." },
	{ .name = "store_password",
	    .type = CONF_SECRET,
	    .value = "",
	    .help = "of the database, where it asks for one" },
	{ .name = "node",
	    .type = CONF_TEXT,
	    .value = "",
	    .help =
		"what this machine is called where several share a database; \"\": its host name" },
	{ .name = "control",
	    .type = CONF_PATH,
	    .value = "control.sock",
	    .help =
		"the socket that hudhudctl talks to; a relative path is under the state folder" },
	{ .name = NULL },
};

void
site_check_top(const struct conf_section *top, struct conf_faults *f)
{
	char why[200];
	const char *wrong = store_check(conf_text(top, "store"), why, sizeof(why));

	if (wrong != NULL)
		conf_fault(f, top, "store", "%s", wrong);
	else if (conf_text(top, "store_password")[0] != '\0' &&
		 strncmp(conf_text(top, "store"), "sqlite:", 7) == 0)
		conf_fault(f, top, "store_password", "this store is a file, which has none");
}

char *
site_store(const struct conf_section *top)
{
	const char *url = conf_text(top, "store"), *password = conf_text(top, "store_password");
	struct buf out = { 0 };

	buf_text_add(&out, url);
	if (password[0] != '\0')
		buf_printf(&out, "%cpassword=", strchr(url, '?') != NULL ? '&' : '?');
	for (; *password != '\0'; password++)
		buf_printf(&out, "%%%02x", (unsigned char)*password);
	return buf_take(&out);
}

bool
site_is_language(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	if (n < 2 || n > 3)
		return false;
	return s[n] == '\0' ||
	       (s[n] == '_' && strspn(s + n + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2 &&
		   s[n + 3] == '\0');
}

bool
site_is_zone(const char *s)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	char path[128];

	if (s[0] == '\0' || s[0] == '/' || strlen(s) >= 48 || s[strspn(s, letters)] != '\0')
		return false;
	/* Where the machine keeps no zones, none can be looked up. */
	snprintf(path, sizeof(path), ZONES "/%s", s);
	return access(ZONES, F_OK) == -1 || access(path, F_OK) == 0;
}

static void
check(const struct conf_section *s, struct conf_faults *f)
{
	const char *url = conf_text(s, "url"), *domain = conf_text(s, "domain");
	char host[256];
	uint16_t port;

	if (url[0] != '\0' && url[strlen(url) - 1] == '/')
		conf_fault(f, s, "url", "leave out the slash at its end");
	if (strpbrk(url, "?#") != NULL)
		conf_fault(f, s, "url", "may have no query and no fragment");
	if (strpbrk(domain, ":/[") != NULL ||
	    conf_host_port(domain, host, sizeof(host), &port, 1) == -1)
		conf_fault(f, s, "domain", "must be a domain like \"hudhud.example\"");
	if (!site_is_language(conf_text(s, "language")))
		conf_fault(f, s, "language", "must be a language like \"en\" or \"pt_BR\"");
	if (!site_is_zone(conf_text(s, "timezone")))
		conf_fault(f, s, "timezone",
		    "must be a zone of this machine, like \"UTC\" or \"Europe/Berlin\"");
}

const struct conf_group site_groups[] = {
	{ .name = "site", .keys = site_keys, .check = check },
	{ .name = "fanout", .keys = fanout_keys },
	{ .name = NULL },
};

void
site_load(struct site *s, const struct conf_section *section)
{
	const char *signup = conf_text(section, "signup");

	*s = (struct site){
		.name = conf_text(section, "name"),
		.domain = conf_text(section, "domain"),
		.url = conf_text(section, "url"),
		.lang = conf_text(section, "language"),
		.zone = conf_text(section, "timezone"),
		.limit = (int)conf_int(section, "limit"),
		.big = 5000,
		.patience = 30,
		.fall = 900,
		.grace = conf_int(section, "grace"),
		.roster = 1000000,
		.signup = strcmp(signup, "open") == 0     ? SIGNUP_OPEN
			  : strcmp(signup, "invite") == 0 ? SIGNUP_INVITE
							  : SIGNUP_CLOSED,
		.section = section,
	};
}

void
site_fanout(struct site *s, const struct conf_section *fanout)
{
	s->big = conf_int(fanout, "big");
	s->patience = conf_int(fanout, "patience");
	s->fall = conf_int(fanout, "fall");
	s->roster = conf_int(fanout, "roster");
}

/* Names that are addresses of the web pages, or that people would take for the service's own. */
static const char *const reserved[] = { "home", "replies", "direct", "favourites", "favorites",
	"requests", "search", "settings", "login", "logout", "signup", "public", "hook", "u",
	"healthz", "metrics", "api", "oauth", "style", "static", "robots", "favicon", "about",
	"help", "admin", "root", "operator", "support", "service", "system", "abuse", "postmaster",
	"hostmaster", "webmaster", "mailer_daemon", "me", "you", "all", "everybody", "nobody",
	"anybody", "post", "update", "hudhud", "name", "code", "word", "text", "status", "more",
	"track", "untrack", "prefer", "zone", "invite", "wake", "why", "trace", "terms", "privacy",
	"manifest", "sw", "events", "stream", "account", "user", "users", "tag", "media", NULL };

bool
site_name_reserved(const char *name)
{
	for (size_t i = 0; reserved[i]; i++)
		if (strcmp(reserved[i], name) == 0)
			return true;
	return parse_is_word(name);
}
