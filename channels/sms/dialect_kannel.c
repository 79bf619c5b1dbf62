/*
 * Kannel 1.4: smsbox's sendsms, the get-url of a sms-service, and its delivery reports.
 * The manual page has the lines that Kannel's own file needs.
 */
#include "channels/sms/charset.h"
#include "channels/sms/dialect.h"

/* All reports it can give: they come one by one, so that the last step is known. */
#define ALL_REPORTS "31"

static void
begin(const struct dialect_route *r, struct buf *url)
{
	buf_text_add(url, r->url);
	buf_text_add(url, "?");
	form_put(url, "username", r->username);
	form_put(url, "password", r->password);
}

static void
kannel_send(const struct dialect_route *r, const struct dialect_text *t, struct buf *url)
{
	struct buf report = { 0 }, minutes = { 0 };

	begin(r, url);
	form_put(url, "from", r->number);
	form_put(url, "to", t->to);
	form_put(url, "charset", "UTF-8");
	/* Without this it writes "?" for what the network's alphabet has not. */
	if (t->wide)
		form_put(url, "coding", "2");
	form_put(url, "account", t->key);
	if (r->validity > 0) {
		buf_printf(&minutes, "%u", (r->validity + 59) / 60);
		form_put(url, "validity", buf_text(&minutes));
		buf_free(&minutes);
	}
	if (r->report[0] != '\0') {
		form_put(url, "dlr-mask", ALL_REPORTS);
		/* %d and %A are Kannel's to fill in: what it reports, and the network's words. */
		buf_printf(&report, "%s?key=%s&type=%%d&answer=%%A", r->report, t->key);
		form_put(url, "dlr-url", buf_text(&report));
		buf_free(&report);
	}
	form_put(url, "text", t->text);
}

/* It looks at the password before it misses the number, and sends nothing. */
static void
kannel_probe(const struct dialect_route *r, struct buf *url)
{
	begin(r, url);
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
	.send = kannel_send,
	.probe = kannel_probe,
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
