#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>
#include <gnutls/crypto.h>

#include "base/log.h"
#include "base/mem.h"
#include "channels/email/charset.h"
#include "channels/email/html.h"
#include "channels/email/judge.h"
#include "channels/email/mail.h"
#include "channels/email/part.h"
#include "channels/email/reply.h"
#include "channels/email/word.h"

#define RECIPIENTS_MAX 100
#define HEADERS_MAX 1000

void
mail_load(void)
{
	html_load();
	g_mime_init();
}

/* Exactly one author, or none: two of them could each be shown by some program. */
static bool
take_from(GMimeMessage *m, struct mail *out)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(m));
	InternetAddressList *from = g_mime_message_get_from(m);
	int count = g_mime_header_list_get_count(list);
	InternetAddress *a;
	unsigned fields = 0;

	for (int i = 0; i < count && i < HEADERS_MAX; i++)
		fields += strcasecmp(
			      g_mime_header_get_name(g_mime_header_list_get_header_at(list, i)),
			      "From") == 0;
	if (fields != 1 || count >= HEADERS_MAX || from == NULL ||
	    internet_address_list_length(from) != 1)
		return false;
	a = internet_address_list_get_address(from, 0);
	if (a == NULL || !INTERNET_ADDRESS_IS_MAILBOX(a) ||
	    internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a)) == NULL)
		return false;
	return address_clean(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a)),
		   out->peer, sizeof(out->peer), NULL) == 0;
}

/* An address of ours with an extension beats one without. */
static void
take_recipients(const char *value, const struct post *post, struct mail *out)
{
	InternetAddressList *list = internet_address_list_parse(NULL, value);
	char extension[ADDRESS_SIZE];
	const char *addr;
	InternetAddress *a;
	int n = list != NULL ? internet_address_list_length(list) : 0;

	for (int i = 0; i < n && i < RECIPIENTS_MAX && out->token[0] == '\0'; i++) {
		a = internet_address_list_get_address(list, i);
		if (!INTERNET_ADDRESS_IS_MAILBOX(a))
			continue;
		addr = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a));
		if (addr == NULL || !post_is_ours(post, addr, extension))
			continue;
		if (out->to[0] == '\0' || extension[0] != '\0')
			mem_copy(out->to, sizeof(out->to), addr);
		mem_copy(out->token, sizeof(out->token), extension);
	}
	if (list != NULL)
		g_object_unref(list);
}

/* What the servers on the way wrote first: To: says nothing of a blind copy. */
static void
take_to(GMimeMessage *m, const struct post *post, struct mail *out)
{
	static const char *const names[] = { "X-Original-To", "Envelope-To", "Delivered-To", "To",
		"Cc" };
	GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(m));
	int count = g_mime_header_list_get_count(list);
	const char *value;
	GMimeHeader *h;

	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
		for (int i = 0; i < count && i < HEADERS_MAX && out->token[0] == '\0'; i++) {
			h = g_mime_header_list_get_header_at(list, i);
			if (strcasecmp(g_mime_header_get_name(h), names[k]) != 0)
				continue;
			value = g_mime_header_get_value(h);
			if (value != NULL)
				take_recipients(value, post, out);
		}
}

static void
take_foreign(GMimeMessage *m, const char *raw, size_t n, struct mail *out)
{
	const char *id = g_mime_message_get_message_id(m);
	unsigned char hash[32];

	if (id != NULL && address_msgid_valid(id)) {
		mem_copy(out->foreign, sizeof(out->foreign), id);
		return;
	}
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, raw, n, hash) != 0)
		log_die("gnutls has no SHA-256");
	mem_copy(out->foreign, sizeof(out->foreign), "sha256.");
	for (size_t i = 0; i < 20; i++)
		snprintf(out->foreign + 7 + 2 * i, 3, "%02x", hash[i]);
}

static bool
take_answered(GMimeMessage *m, const char *name, const struct post *post, struct mail *out)
{
	const char *value = g_mime_object_get_header(GMIME_OBJECT(m), name);
	GMimeReferences *refs;
	bool found = false;

	if (value == NULL)
		return false;
	refs = g_mime_references_parse(NULL, value);
	for (int i = g_mime_references_length(refs); i > 0 && !found; i--)
		found = post_key_of_msgid(post, g_mime_references_get_message_id(refs, i - 1),
		    out->reply_to, sizeof(out->reply_to));
	g_mime_references_free(refs);
	return found;
}

static bool
has_header(GMimeMessage *m, const char *name)
{
	const char *value = g_mime_object_get_header(GMIME_OBJECT(m), name);

	return value != NULL && value[strspn(value, " \t\r\n")] != '\0';
}

static bool
is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

/* How many bytes of ${s} are no blanks. */
static size_t
letters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += strchr(" \t\r\n", *s) == NULL;
	return n;
}

static char *
subject_of(GMimeMessage *m)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(m));
	GMimeHeader *h = g_mime_header_list_get_header(list, "Subject");

	return h != NULL ? word_decode(g_mime_header_get_raw_value(h)) : mem_dup("");
}

/* The subject speaks only where the body says nothing, and only in a mail that answers none. */
static void
take_text(GMimeMessage *m, struct mail *out)
{
	char *whole = part_text(m), *subject = subject_of(m);
	size_t n;

	out->text = reply_cut(whole);
	/* An answer to something that is not ours: the core decides, and does not publish it. */
	if (out->reply_to[0] == '\0' &&
	    (has_header(m, "In-Reply-To") || has_header(m, "References") ||
		(reply_is_subject(subject) && letters(out->text) < letters(whole))))
		mem_copy(out->reply_to, sizeof(out->reply_to), REPLY_UNKNOWN);
	if (is_blank(whole) && g_mime_object_get_header(GMIME_OBJECT(m), "In-Reply-To") == NULL) {
		free(out->text);
		out->text = mem_dup(subject);
	}
	free(subject);
	free(whole);
	n = strlen(out->text);
	if (n <= PORT_TEXT_MAX)
		return;
	n = PORT_TEXT_MAX;
	while (n > 0 && ((unsigned char)out->text[n] & 0xc0) == 0x80)
		n--;
	out->text[n] = '\0';
}

static void
understand(GMimeMessage *m, const struct post *post, const char *authserv, struct mail *out)
{
	char extension[ADDRESS_SIZE];
	bool stop;

	take_to(m, post, out);
	out->why = judge_machine(m, post);
	stop = strncmp(out->token, POST_STOP, sizeof(POST_STOP) - 1) == 0;
	if (post_bounce_key(post, out->token, out->key, sizeof(out->key))) {
		out->sort = judge_report(m, &out->report, out->status) ? MAIL_REPORT : MAIL_MACHINE;
		if (out->why == NULL)
			out->why = "to a bounce address";
		return;
	}
	/* The button "unsubscribe" sends its mail by machine. */
	if (out->why != NULL && !stop) {
		out->sort = MAIL_MACHINE;
		return;
	}
	if (!take_from(m, out)) {
		out->why = "not from one proper address";
		return;
	}
	if (post_is_ours(post, out->peer, extension) ||
	    strncmp(out->peer, "mailer-daemon@", 14) == 0) {
		out->sort = MAIL_MACHINE;
		out->why = "from a machine";
		return;
	}
	out->sort = MAIL_LETTER;
	out->proof = judge_proof(m, authserv, out->peer);
	if (stop) {
		mem_copy(extension, sizeof(extension), out->token + sizeof(POST_STOP) - 1);
		mem_copy(out->token, sizeof(out->token), extension);
		out->text = mem_dup("stop");
		return;
	}
	if (!take_answered(m, "In-Reply-To", post, out))
		take_answered(m, "References", post, out);
	take_text(m, out);
}

void
mail_read(
    const struct post *post, const char *authserv, const char *raw, size_t n, struct mail *out)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(raw, n);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *m;

	*out = (struct mail){ .sort = MAIL_BAD, .why = "no mail at all", .proof = PROOF_NONE };
	m = g_mime_parser_construct_message(parser, NULL);
	if (m != NULL) {
		take_foreign(m, raw, n, out);
		understand(m, post, authserv, out);
		g_object_unref(m);
	}
	g_object_unref(parser);
	g_object_unref(stream);
}

void
mail_free(struct mail *m)
{
	free(m->text);
	m->text = NULL;
}
