/*
 * The mail channel: in by IMAP, out by SMTP.  This file is the row in the table of kinds, the
 * settings, and the thread that listens to the core.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bell.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/email/compose.h"
#include "channels/email/email.h"
#include "channels/email/mail.h"

#define STOP_MS 1500 /* what is under way may take, of the 3 s that the core waits */

extern const struct channel_kind email_kind;

static const struct conf_key keys[] = {
	{ "address", CONF_TEXT, NULL, NULL, 0, 0, false, "the address people write to" },
	{ "imap", CONF_URL, NULL, "imap imaps", 0, 0, false,
	    "where its mail is: imap://HOST[:PORT] or imaps://HOST[:PORT]" },
	{ "imap_user", CONF_TEXT, NULL, NULL, 0, 0, false, "name to log in with" },
	{ "imap_password", CONF_SECRET, NULL, NULL, 0, 0, false, "and its password" },
	{ "smtp", CONF_URL, NULL, "smtp smtps", 0, 0, false,
	    "who takes mail from us: smtp://HOST[:PORT] or smtps://HOST[:PORT]" },
	{ "smtp_user", CONF_TEXT, "", NULL, 0, 0, false, "name to log in with, if it wants one" },
	{ "smtp_password", CONF_SECRET, "", NULL, 0, 0, false, "and its password" },
	{ "tls", CONF_CHOICE, "required", "required none", 0, 0, false,
	    "\"none\" only where both servers are on loopback" },
	{ "ca_file", CONF_PATH, "", NULL, 0, 0, false,
	    "certificates to trust instead of the system's" },
	{ "mailbox", CONF_TEXT, "INBOX", NULL, 0, 0, false, "where new mail is" },
	{ "processed", CONF_TEXT, "Processed", NULL, 0, 0, false, "where it goes when it is done" },
	{ "rejected", CONF_TEXT, "Rejected", NULL, 0, 0, false,
	    "where it goes when it cannot be used" },
	{ "authserv", CONF_TEXT, "", NULL, 0, 0, false,
	    "name of the mail server whose Authentication-Results are to be believed" },
	{ "separator", CONF_TEXT, "+", NULL, 0, 0, false,
	    "what the server accepts between our name and an extension" },
	{ "from_name", CONF_TEXT, "Hudhud", NULL, 0, 0, false, "what the service calls itself" },
	{ "max_size", CONF_INT, "1048576", NULL, 65536, 67108864, false,
	    "bytes of a mail that are read; the rest is ignored" },
	{ "connections", CONF_INT, "2", NULL, 1, EMAIL_CONNECTIONS_MAX, false,
	    "to the SMTP server at once" },
	{ "timeout", CONF_SECONDS, "30s", NULL, 1, 600, false,
	    "how long a server may take for one answer" },
	{ NULL, 0, NULL, NULL, 0, 0, false, NULL },
};

static void
check(const struct conf_section *s, struct conf_faults *f)
{
	static const char separators[] = "+-_=.";
	const char *why = "", *separator = conf_text(s, "separator");
	char clean[ADDRESS_SIZE];

	if (address_clean(conf_text(s, "address"), clean, sizeof(clean), &why) == -1)
		conf_fault(f, s, "address", "%s", why);
	else if (strcspn(clean, "@") > 24)
		conf_fault(f, s, "address",
		    "at most 24 characters before the @, to leave room for tokens");
	if (strlen(separator) != 1 || strchr(separators, separator[0]) == NULL)
		conf_fault(f, s, "separator", "must be one of %s", separators);
	if (strcmp(conf_text(s, "tls"), "none") == 0 &&
	    (!conf_is_loopback(conf_text(s, "imap")) || !conf_is_loopback(conf_text(s, "smtp"))))
		conf_fault(
		    f, s, "tls", "\"none\" is allowed only where both servers are on loopback");
	if ((conf_text(s, "smtp_user")[0] == '\0') != (conf_text(s, "smtp_password")[0] == '\0'))
		conf_fault(f, s, "smtp_user", "user and password must be given both, or neither");
	if (conf_text(s, "processed")[0] == '\0' || conf_text(s, "rejected")[0] == '\0' ||
	    strcasecmp(conf_text(s, "processed"), conf_text(s, "mailbox")) == 0 ||
	    strcasecmp(conf_text(s, "rejected"), conf_text(s, "mailbox")) == 0)
		conf_fault(f, s, "processed", "done mail must leave the mailbox");
}

static int
peer(const struct conf_section *s, const char *typed, char *out, size_t size, const char **why)
{
	(void)s;
	return address_clean(typed, out, size, why);
}

static bool
starts_with(const char *s, const char *what)
{
	return strncasecmp(s, what, strlen(what)) == 0;
}

static int
server_init(struct server *v, const struct conf_section *s, const char *which, const char *secure,
    uint16_t plain_port, uint16_t tls_port)
{
	const char *url = conf_text(s, which);
	char key[32];

	v->tls = starts_with(url, secure);
	v->starttls = !v->tls && strcmp(conf_text(s, "tls"), "required") == 0;
	snprintf(key, sizeof(key), "%s_user", which);
	v->user = mem_dup(conf_text(s, key));
	snprintf(key, sizeof(key), "%s_password", which);
	v->password = mem_dup(conf_text(s, key));
	if (conf_host_port(
		url, v->host, sizeof(v->host), &v->port, v->tls ? tls_port : plain_port) == 0)
		return 0;
	log_warn("the setting \"%s\" has no host", which);
	return -1;
}

static void
email_free(void *self)
{
	struct email *e = self;

	inbox_free(e->inbox);
	outbox_free(e->outbox);
	wire_forget(&e->wire);
	bell_free(e->wire.stop);
	pthread_mutex_destroy(&e->lock);
	free(e->name);
	free(e->mailbox);
	free(e->processed);
	free(e->rejected);
	free(e->authserv);
	free(e->imap.user);
	free(e->imap.password);
	free(e->smtp.user);
	free(e->smtp.password);
	free(e);
}

static void *
email_open(struct port *port, const struct conf_section *s)
{
	struct email *e = mem_new(sizeof(*e));
	char address[ADDRESS_SIZE];

	pthread_mutex_init(&e->lock, NULL);
	e->port = port;
	e->name = mem_dup(conf_text(s, "from_name"));
	e->mailbox = mem_dup(conf_text(s, "mailbox"));
	e->processed = mem_dup(conf_text(s, "processed"));
	e->rejected = mem_dup(conf_text(s, "rejected"));
	e->authserv = mem_dup(conf_text(s, "authserv"));
	e->max_size = (size_t)conf_int(s, "max_size");
	e->connections = (unsigned)conf_int(s, "connections");
	e->window = (unsigned)conf_int(s, "window");
	if (e->window == 0)
		e->window = EMAIL_WINDOW;
	e->timeout_ms = (int)conf_int(s, "timeout") * 1000;
	e->wire.stop = bell_new();
	if (e->wire.stop == NULL || server_init(&e->imap, s, "imap", "imaps:", 143, 993) == -1 ||
	    server_init(&e->smtp, s, "smtp", "smtps:", 25, 465) == -1)
		goto bad;
	if (address_clean(conf_text(s, "address"), address, sizeof(address), NULL) == -1) {
		log_warn("the setting \"address\" is no mail address");
		goto bad;
	}
	post_init(&e->post, address, conf_text(s, "separator")[0], e->imap.password);
	if ((e->imap.tls || e->imap.starttls || e->smtp.tls || e->smtp.starttls) &&
	    wire_trust(&e->wire, conf_text(s, "ca_file")) == -1)
		goto bad;
	mail_load();
	compose_load();
	e->inbox = inbox_new(e);
	e->outbox = outbox_new(e);
	if (e->inbox == NULL)
		goto bad;
	return e;
bad:
	email_free(e);
	return NULL;
}

bool
email_stopping(struct email *e)
{
	bool yes;

	pthread_mutex_lock(&e->lock);
	yes = e->stopping;
	pthread_mutex_unlock(&e->lock);
	return yes;
}

/* What an operator wants to know: mail that goes out is UP, with words if none comes in. */
static void
tell_state(struct email *e)
{
	char why[200];

	if (e->smtp_up && e->imap_why[0] != '\0') {
		snprintf(why, sizeof(why), "no mail comes in: %s", e->imap_why);
		port_state(e->port, CHANNEL_UP, why);
	} else {
		port_state(
		    e->port, e->smtp_up ? CHANNEL_UP : CHANNEL_DOWN, e->smtp_up ? "" : e->smtp_why);
	}
}

void
email_smtp_state(struct email *e, const char *why)
{
	bool up = why == NULL;

	pthread_mutex_lock(&e->lock);
	if (up != e->smtp_up || (!up && strcmp(e->smtp_why, why) != 0)) {
		if (!up)
			log_warn("no mail can be sent: %s", why);
		else
			log_info("mail can be sent");
		snprintf(e->smtp_why, sizeof(e->smtp_why), "%s", up ? "" : why);
		if (up != e->smtp_up) {
			e->smtp_up = up;
			tell_state(e);
			e->freed = 0;
			if (up && e->outstanding < e->window)
				port_want(e->port, e->window - e->outstanding);
		} else {
			tell_state(e);
		}
	}
	pthread_mutex_unlock(&e->lock);
}

void
email_imap_state(struct email *e, const char *why)
{
	pthread_mutex_lock(&e->lock);
	if (strcmp(e->imap_why, why != NULL ? why : "") != 0) {
		if (why != NULL)
			log_warn("no mail can be read: %s", why);
		else
			log_info("mail can be read again");
		snprintf(e->imap_why, sizeof(e->imap_why), "%s", why != NULL ? why : "");
		if (e->smtp_up)
			tell_state(e);
	}
	pthread_mutex_unlock(&e->lock);
}

static int
email_run(void *self)
{
	struct email *e = self;
	struct pollfd p = { .fd = port_fd(e->port), .events = POLLIN };
	int rc = 0;

	port_state(e->port, CHANNEL_CONNECTING, "");
	outbox_start(e->outbox);
	inbox_start(e->inbox);
	while (rc == 0 && !port_stopping(e->port)) {
		poll(&p, 1, -1);
		rc = port_pump(e->port);
	}
	pthread_mutex_lock(&e->lock);
	e->stopping = true;
	pthread_mutex_unlock(&e->lock);
	e->wire.stop_by = clock_ms() + STOP_MS;
	bell_ring(e->wire.stop);
	outbox_stop(e->outbox);
	inbox_stop(e->inbox);
	return rc;
}

static void
email_deliver(void *self, const struct outbound *o, const struct recipient *r, size_t n)
{
	outbox_add(((struct email *)self)->outbox, o, r, n);
}

static void
email_received(void *self, uint64_t token, enum verdict v)
{
	inbox_verdict(((struct email *)self)->inbox, token, v);
}

const struct channel_kind email_kind = {
	.name = "email",
	.keys = keys,
	.window = EMAIL_WINDOW,
	.once = true,
	.letter = true,
	.check = check,
	.peer = peer,
	.open = email_open,
	.run = email_run,
	.close = email_free,
	.deliver = email_deliver,
	.received = email_received,
};
