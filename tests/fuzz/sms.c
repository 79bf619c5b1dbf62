/*
 * What knocks at the hook of an sms channel: path, query, type and body, a line each.
 * Stands in for the port and the settings, and judges what the channel makes of it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/sms/charset.h"
#include "channels/sms/gsm.h"
#include "channels/sms/phone.h"
#include "channels/sms/sms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define SECRET "secret"

static unsigned answers, texts;
static bool knows_secret;

const char *
conf_text(const struct conf_section *s, const char *key)
{
	(void)s;
	return strcmp(key, "hook_secret") == 0 ? SECRET : strcmp(key, "trust") == 0 ? "open" : "US";
}

void
port_receive_hook(
    struct port *p, uint64_t id, const struct hook_answers *a, const struct inbound *in)
{
	(void)p;
	if (id != 1 || a->status[VERDICT_KEPT] != 200 || a->status[VERDICT_LATER] < 500 ||
	    a->body[VERDICT_REFUSED][0] != '\0')
		abort();
	if (!knows_secret || !phone_is_e164(in->peer) || in->text_len > PORT_TEXT_MAX ||
	    in->text[in->text_len] != '\0' || in->proof != PROOF_NONE)
		abort();
	texts++;
}

void
port_hook_answer(struct port *p, uint64_t id, unsigned status, const char *type, const char *body)
{
	(void)p;
	(void)id;
	/* Whatever we said would be texted to the sender. */
	if (type[0] == '\0' || body[0] != '\0' || (!knows_secret && status != 404))
		abort();
	answers++;
}

void
port_report(struct port *p, const char *key, enum outcome o, const char *why)
{
	(void)p;
	if (!knows_secret || key[0] == '\0' || strlen(key) > 60 || o == DEFER || strlen(why) > 120)
		abort();
}

static void
knock(const char *path, const char *query, const char *type, const char *body, size_t len)
{
	struct sms sms = { .dialect = &dialect_kannel };
	struct hooks *k = hooks_new(&sms);
	struct hook h = { .id = 1,
		.method = "POST",
		.path = path,
		.query = query,
		.type = type,
		.body = body,
		.body_len = len,
		.remote = "127.0.0.1" };

	answers = texts = 0;
	knows_secret = strncmp(path, SECRET, strlen(SECRET)) == 0 &&
		       strchr("/", path[strlen(SECRET)]) != NULL;
	hooks_hear(k, &h);
	if (answers + texts != 1)
		abort();
	hooks_free(k);
}

/* What is written out must be read back as it was. */
static void
write_and_read(const char *s)
{
	struct buf form = { 0 }, back = { 0 };
	char *fit = gsm_fit(s, true, 2);

	form_put(&form, "a", "x");
	form_put(&form, "text", s);
	if (form_get(form.data, form.len, "text", &back) == -1 || strcmp(buf_text(&back), s) != 0)
		abort();
	if (gsm_parts(fit) > 2)
		abort();
	free(fit);
	buf_free(&form);
	buf_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = mem_dupn((const char *)data, n), *s = copy, out[PHONE_MAX], *field[4];
	struct buf text = { 0 };
	size_t len;

	for (int i = 0; i < 3; i++) {
		field[i] = s;
		s += strcspn(s, "\n");
		if (*s == '\n')
			*s++ = '\0';
	}
	field[3] = s;
	len = n - (size_t)(s - copy);
	knock(field[0], field[1], field[2], field[3], len);
	if (phone_read(field[1], "DE", out) == PHONE_NUMBER && !phone_is_e164(out))
		abort();
	charset_utf8("UTF-16BE", field[3], len, &text);
	charset_utf8("ISO-8859-1", field[3], len, &text);
	charset_utf8("GSM", field[3], len, &text);
	write_and_read(buf_text(&text));
	buf_free(&text);
	free(copy);
	return 0;
}
