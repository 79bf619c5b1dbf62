/*
 * Kannel 1.4: smsbox's sendsms, the get-url of a sms-service, and its delivery reports.
 * The manual page has the lines that Kannel's own file needs.
 */
#include <stdio.h>

#include "channels/sms/charset.h"
#include "channels/sms/dialect.h"

/* All reports it can give: they come one by one, so that the last step is known. */
#define ALL_REPORTS "31"

/* It looks at the password before it misses the number, and sends nothing. */
static void
kannel_probe(const struct dialect_route *r, struct buf *query)
{
	form_put(query, "username", r->username);
	form_put(query, "password", r->password);
}

static void
kannel_common(const struct dialect_route *r, struct buf *query)
{
	char minutes[16];

	kannel_probe(r, query);
	form_put(query, "from", r->number);
	form_put(query, "charset", "UTF-8");
	if (r->validity > 0) {
		snprintf(minutes, sizeof(minutes), "%u", (r->validity + 59) / 60);
		form_put(query, "validity", minutes);
	}
	if (r->report[0] != '\0')
		form_put(query, "dlr-mask", ALL_REPORTS);
}

static void
kannel_one(const struct dialect_route *r, const char *key, const char *to, struct buf *query)
{
	form_put(query, "to", to);
	form_put(query, "account", key);
	if (r->report[0] == '\0')
		return;
	/* %d and %A are Kannel's to fill in: what it reports, and the network's words. */
	form_put(query, "dlr-url", r->report);
	form_escape(query, "?key=");
	form_escape(query, key);
	form_escape(query, "&type=%d&answer=%A");
}

static void
kannel_words(const char *text, bool wide, struct buf *query)
{
	/* Without this it writes "?" for what the network's alphabet has not. */
	if (wide)
		form_put(query, "coding", "2");
	form_put(query, "text", text);
}

#define REFUSED "the gateway refuses username, password or this host: see its sendsms-user group"
#define WRONG_URL "no sendsms at this url"
#define STRANGE "what answers at this url is no Kannel"

static const struct dialect_answer answers[] = {
	{ 202, 202, "3:", MEANS_SENT, "queued at the gateway" },
	{ 202, 202, "", MEANS_SENT, "accepted by the gateway" },
	{ 401, 403, "", MEANS_BROKEN, REFUSED },
	{ 404, 405, "", MEANS_BROKEN, WRONG_URL },
	{ 408, 408, "", MEANS_DEFER, "the gateway was too slow" },
	{ 429, 429, "", MEANS_DEFER, "the gateway has too much to do" },
	{ 400, 499, "", MEANS_BOUNCE, "the gateway refuses it" },
	{ 500, 599, "", MEANS_DEFER, "the gateway cannot now" },
	{ 0, 0, "", MEANS_BROKEN, STRANGE },
};

static const struct dialect_answer probe_answers[] = {
	{ 400, 400, "", MEANS_SENT, "" },
	{ 202, 202, "", MEANS_SENT, "" },
	{ 401, 403, "", MEANS_BROKEN, REFUSED },
	{ 404, 405, "", MEANS_BROKEN, WRONG_URL },
	{ 500, 599, "", MEANS_BROKEN, "the gateway cannot now" },
	{ 0, 0, "", MEANS_BROKEN, STRANGE },
};

/*
 * 4 (buffered), 8 (accepted by the network) and 32 alone (tried, still trying) are steps
 * on the way; what expired comes as 34.
 */
static const struct dialect_report reports[] = {
	{ 1, SENT, "delivered" },
	{ 2 | 32, BOUNCE, "expired" },
	{ 2, BOUNCE, "failed" },
	{ 16, BOUNCE, "rejected by the network" },
	{ 0, SENT, NULL },
};

const struct dialect dialect_kannel = {
	.name = "kannel",
	.probe = kannel_probe,
	.common = kannel_common,
	.one = kannel_one,
	.words = kannel_words,
	.answers = answers,
	.probe_answers = probe_answers,
	.from = "from",
	.to = "to",
	.text = "text",
	.charset = "charset",
	.id = "id",
	.time = "time",
	.coding = "coding",
	.binary = "1",
	.ack = "",
	/* Whatever is not 200 it tries again, and texts the body to the sender. */
	.kept = 200,
	.later = 503,
	.refused = 200,
	.report_key = "key",
	.report_type = "type",
	.report_detail = "answer",
	.reports = reports,
};
