/*
 * The kind "xmpp": Jabber, as a component of a server (XEP-0114) or with an account of
 * its own.  Here are the settings; talk.c does the work.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/xmpp/talk.h"

#define CA_BYTES_MAX (4u << 20)

static const struct conf_key xmpp_keys[] = {
	{ .name = "mode",
	    .type = CONF_CHOICE,
	    .choices = "component client",
	    .help = "a component of a server, or an account on one" },
	{ .name = "server",
	    .type = CONF_ADDRESS,
	    .value = "",
	    .help = "where to connect; a client without it asks the DNS" },
	{ .name = "domain", .type = CONF_TEXT, .value = "", .help = "component: its name" },
	{ .name = "secret",
	    .type = CONF_SECRET,
	    .value = "",
	    .help = "component: what the server knows it by" },
	{ .name = "bot",
	    .type = CONF_TEXT,
	    .value = "update",
	    .help = "component: who at the domain speaks for the service" },
	{ .name = "jid", .type = CONF_TEXT, .value = "", .help = "client: the account" },
	{ .name = "password", .type = CONF_SECRET, .value = "", .help = "client: its password" },
	{ .name = "tls",
	    .type = CONF_CHOICE,
	    .value = "required",
	    .choices = "required none",
	    .help = "client: none is for a server on this machine" },
	{ .name = "ca_file",
	    .type = CONF_PATH,
	    .value = "",
	    .help = "client: trust the certificates in this file alone" },
	{ .name = "rate",
	    .type = CONF_REAL,
	    .value = "5",
	    .max = 100000,
	    .help = "client: messages a second; 0 for no limit" },
	{ .name = "ping",
	    .type = CONF_TEXT,
	    .value = "",
	    .help = "component: domain to ping, if not the one above its own" },
	{ .name = "keepalive",
	    .type = CONF_SECONDS,
	    .value = "60",
	    .min = 5,
	    .max = 3600,
	    .help = "silence after which the server is pinged" },
	{ .name = "timeout",
	    .type = CONF_SECONDS,
	    .value = "30",
	    .min = 1,
	    .max = 300,
	    .help = "how long the server may take to answer" },
	{ .name = NULL },
};

static bool
is_component(const struct conf_section *s)
{
	return strcmp(conf_text(s, "mode"), "component") == 0;
}

/* Each of ${need} must be there, none of ${not}. */
static void
check_keys(const struct conf_section *s, struct conf_faults *f, const char *const *need,
    const char *const * not )
{
	for (; *need != NULL; need++)
		if (*conf_text(s, *need) == '\0')
			conf_fault(f, s, *need, "must be set in mode \"%s\"", conf_text(s, "mode"));
	for (; *not != NULL; not ++)
		if (conf_given(s, *not ))
			conf_fault(f, s, *not, "is not for mode \"%s\"", conf_text(s, "mode"));
}

/* "" or one that jid_bare() takes. */
static bool
good(const char *value, bool with_local)
{
	char bare[JID_SIZE];

	return *value == '\0' || (jid_bare(value, bare) == 0 && jid_has_local(bare) == with_local);
}

static void
check_component(const struct conf_section *s, struct conf_faults *f)
{
	static const char *const need[] = { "server", "domain", "secret", "bot", NULL };
	static const char *const not [] = { "jid", "password", "ca_file", NULL };
	const char *server = conf_text(s, "server");
	char bot[2 * JID_SIZE];

	check_keys(s, f, need, not );
	if (*server != '\0' && !conf_is_loopback(server))
		conf_fault(f, s, "server",
		    "a component's connection is not encrypted: connect to this machine, through "
		    "a tunnel (stunnel, ssh) if the server is elsewhere");
	if (!good(conf_text(s, "domain"), false) || *jid_resource(conf_text(s, "domain")) != '\0')
		conf_fault(f, s, "domain", "is no domain");
	snprintf(bot, sizeof(bot), "%.*s@example.org", JID_SIZE, conf_text(s, "bot"));
	if (!good(bot, true) || strpbrk(conf_text(s, "bot"), "@/") != NULL)
		conf_fault(f, s, "bot", "cannot be the first part of a Jabber address");
	if (!good(conf_text(s, "ping"), false))
		conf_fault(f, s, "ping", "is no domain");
}

static void
check_client(const struct conf_section *s, struct conf_faults *f)
{
	static const char *const need[] = { "jid", "password", NULL };
	static const char *const not [] = { "domain", "secret", "bot", "ping", NULL };
	const char *server = conf_text(s, "server");

	check_keys(s, f, need, not );
	if (!good(conf_text(s, "jid"), true))
		conf_fault(f, s, "jid", "is no Jabber address (name@example.org)");
	if (strcmp(conf_text(s, "tls"), "none") == 0 &&
	    (*server == '\0' || !conf_is_loopback(server)))
		conf_fault(f, s, "tls", "\"none\" is for a server on this machine only");
}

static void
xmpp_check(const struct conf_section *s, struct conf_faults *f)
{
	if (strncmp(conf_text(s, "server"), "unix:", 5) == 0)
		conf_fault(f, s, "server", "must be host:port");
	if (is_component(s))
		check_component(s, f);
	else
		check_client(s, f);
}

static int
xmpp_peer(const struct conf_section *s, const char *typed, char *out, size_t size, const char **why)
{
	char bare[JID_SIZE], copy[2 * JID_SIZE];
	size_t n;

	*why = "a Jabber address looks like name@example.org";
	typed += strspn(typed, " \t");
	if (strncmp(typed, "xmpp:", 5) == 0)
		typed += 5;
	n = strcspn(typed, " \t\r\n?");
	if (n >= sizeof(copy) || typed[n + strspn(typed + n, " \t\r\n")] == '.')
		return -1;
	memcpy(copy, typed, n);
	copy[n] = '\0';
	if ((typed[n] != '?' && typed[n + strspn(typed + n, " \t\r\n")] != '\0') ||
	    jid_bare(copy, bare) == -1 || !jid_has_local(bare))
		return -1;
	if (s != NULL && (is_component(s) ? jid_same(jid_domain(bare), conf_text(s, "domain"))
					  : jid_same(bare, conf_text(s, "jid")))) {
		*why = "that is an address of this service itself";
		return -1;
	}
	*why = "that address is too long";
	return mem_copy(out, size, bare);
}

/* Copy ${path} into memory and name the copy: files cannot be opened later. */
static int
keep_file(struct xmpp *x, const char *path)
{
	char b[4096];
	size_t all = 0;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	x->ca_fd = memfd_create("ca_file", MFD_CLOEXEC);
	if (fd != -1 && x->ca_fd != -1)
		while ((n = read(fd, b, sizeof(b))) > 0 && all < CA_BYTES_MAX &&
		       write(x->ca_fd, b, (size_t)n) == n)
			all += (size_t)n;
	if (fd != -1)
		close(fd);
	if (n != 0 || all == 0) {
		log_warn("ca_file %s cannot be read: %m", path);
		return -1;
	}
	free(x->ca_path);
	x->ca_path = mem_printf("/proc/self/fd/%d", x->ca_fd);
	return 0;
}

static void
open_component(struct xmpp *x, const struct conf_section *s)
{
	const char *dot;

	if (jid_bare(conf_text(s, "domain"), x->self.domain) == -1)
		log_die("domain: this is none");
	snprintf(x->self.jid, sizeof(x->self.jid), "%s@%s", conf_text(s, "bot"), x->self.domain);
	if (jid_bare(x->self.jid, x->self.bare) == -1)
		log_die("bot: this is none");
	snprintf(x->self.jid, sizeof(x->self.jid), "%s", x->self.bare);
	x->jid = mem_dup(x->self.domain);
	x->password = mem_dup(conf_text(s, "secret"));
	/* The server itself is mostly the domain above ours.  A name without one: ourselves,
	 * which goes through the server, too. */
	dot = strchr(x->self.domain, '.');
	if (jid_bare(conf_text(s, "ping"), x->ping) == -1)
		mem_copy(x->ping, sizeof(x->ping), dot == NULL ? x->self.domain : dot + 1);
}

static void
open_client(struct xmpp *x, const struct conf_section *s)
{
	if (jid_bare(conf_text(s, "jid"), x->self.bare) == -1)
		log_die("jid: this is none");
	mem_copy(x->self.domain, sizeof(x->self.domain), jid_domain(x->self.bare));
	snprintf(x->self.jid, sizeof(x->self.jid), "%s", x->self.bare);
	x->jid = *jid_resource(conf_text(s, "jid")) == '\0'
		     ? mem_dup(x->self.bare)
		     : mem_printf("%s/%s", x->self.bare, jid_resource(conf_text(s, "jid")));
	x->password = mem_dup(conf_text(s, "password"));
	x->rate = conf_real(s, "rate");
	mem_copy(x->ping, sizeof(x->ping), x->self.domain);
}

static void
xmpp_close(void *self)
{
	struct xmpp *x = self;

	lookup_drop(x->lookup);
	stream_free(x->stream);
	hear_free(x->hear);
	flight_free(x->flight);
	sight_free(x->sight);
	say_form_free(&x->form);
	if (x->ca_fd != -1)
		close(x->ca_fd);
	if (x->password != NULL)
		explicit_bzero(x->password, strlen(x->password));
	free(x->password);
	free(x->ca_path);
	free(x->jid);
	free(x);
}

static void *
xmpp_open(struct port *port, const struct conf_section *s)
{
	struct xmpp *x = mem_new(sizeof(*x));
	unsigned long long dice = 0;

	x->port = port;
	x->ca_fd = -1;
	x->ca_path = mem_dup("");
	x->self.component = is_component(s);
	if (x->self.component)
		open_component(x, s);
	else
		open_client(x, s);
	if (*conf_text(s, "server") != '\0')
		conf_host_port(conf_text(s, "server"), x->host, sizeof(x->host), &x->host_port,
		    x->self.component ? 5347 : 5222);
	if (*conf_text(s, "ca_file") != '\0' && keep_file(x, conf_text(s, "ca_file")) == -1) {
		xmpp_close(x);
		return NULL;
	}
	x->window = conf_int(s, "window") > 0 ? (unsigned)conf_int(s, "window") : WINDOW;
	x->wait_ms = (int)conf_int(s, "timeout") * 1000;
	x->keepalive_ms = (int)conf_int(s, "keepalive") * 1000;
	if (getrandom(&dice, sizeof(dice), 0) == sizeof(dice))
		snprintf(x->nonce, sizeof(x->nonce), "%llx", dice);
	x->settings = (struct stream_settings){ .component = x->self.component,
		.jid = x->jid,
		.password = x->password,
		.tls = !x->self.component && strcmp(conf_text(s, "tls"), "required") == 0,
		.ca_path = x->ca_path,
		.wait_ms = x->wait_ms };
	x->stream = stream_new(&x->settings, talk_heard, x);
	x->hear = hear_new(&x->self, stream_out(x->stream), &talk_calls, x);
	x->flight = flight_new(talk_settled, x);
	x->sight = sight_new(talk_news, x);
	return x;
}

static const char *const xmpp_files[] = {
	/* certificates and OpenSSL's settings */
	"/etc/ssl",
	"/usr/lib/ssl",
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
	NULL,
};

extern const struct channel_kind xmpp_kind;
const struct channel_kind xmpp_kind = {
	.name = "xmpp",
	.keys = xmpp_keys,
	.window = WINDOW,
	.once = true,
	.files = xmpp_files,
	.check = xmpp_check,
	.peer = xmpp_peer,
	.open = xmpp_open,
	.run = talk_run,
	.close = xmpp_close,
	.deliver = talk_deliver,
	.received = talk_received,
	.watch = talk_watch,
	.menu = talk_menu,
};
