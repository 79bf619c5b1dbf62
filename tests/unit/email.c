/* The parts of the mail channel that touch no network: addresses, settings, what goes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "channels/email/address.h"
#include "channels/email/compose.h"
#include "channels/email/encode.h"
#include "conf/source.h"
#include "gateway/channel.h"
#include "tests/tap.h"

extern const struct channel_kind email_kind;

static void
check_addresses(void)
{
	static const struct {
		const char *typed, *clean; /* NULL: refused */
	} rows[] = {
		{ "bob@example.org", "bob@example.org" },
		{ "  Bob@Example.ORG ", "bob@example.org" },
		{ "<bob@example.org>", "bob@example.org" },
		{ "mailto:bob@example.org", "bob@example.org" },
		{ "b.o-b+x_y@mail.example.org", "b.o-b+x_y@mail.example.org" },
		{ "o'brien@example.org", "o'brien@example.org" },
		{ "", NULL },
		{ "bob", NULL },
		{ "@example.org", NULL },
		{ "bob@", NULL },
		{ "bob@localhost", NULL },
		{ "bob@@example.org", NULL },
		{ "bob@exa mple.org", NULL },
		{ ".bob@example.org", NULL },
		{ "bob.@example.org", NULL },
		{ "b..ob@example.org", NULL },
		{ "\"b ob\"@example.org", NULL },
		{ "bob@-example.org", NULL },
		{ "bob@example-.org", NULL },
		{ "bob@example..org", NULL },
		{ "bob@example.org.", NULL },
		{ "bob@[127.0.0.1]", NULL },
		{ "bob@example.org\r\nRCPT TO:<x@y.example>", NULL },
		{ "bob\n@example.org", NULL },
		{ "bob@example.org>", NULL },
		{ "b\xc3\xb6"
		  "b@example.org",
		    NULL },
		{ "bob,carol@example.org", NULL },
		{ "bob@example.org,carol@example.org", NULL },
		{ "a234567890123456789012345678901234567890123456789012345678901234@example.org",
		    "a234567890123456789012345678901234567890123456789012345678901234@example.org" },
		{ "a2345678901234567890123456789012345678901234567890123456789012345@example.org",
		    NULL },
	};
	char out[ADDRESS_SIZE];
	const char *why;
	bool good;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		why = NULL;
		good = email_kind.peer(NULL, rows[i].typed, out, sizeof(out), &why) == 0;
		if (rows[i].clean != NULL)
			ok(good && strcmp(out, rows[i].clean) == 0, rows[i].clean);
		else
			ok(!good && why != NULL && out[0] == '\0',
			    "an address is refused with a reason");
	}
}

static void
check_post(void)
{
	struct post p, other;
	char out[ADDRESS_SIZE], extension[ADDRESS_SIZE], key[64];

	post_init(&p, "post@gw.example", '+', "secret");
	post_init(&other, "post@gw.example", '+', "other");
	ok(post_is_ours(&p, "POST+Abc@GW.example", extension) && strcmp(extension, "abc") == 0,
	    "an extension is found, in any case");
	ok(post_is_ours(&p, "post@gw.example", extension) && extension[0] == '\0', "or none");
	ok(!post_is_ours(&p, "poster@gw.example", extension) &&
		!post_is_ours(&p, "post@gw.example.org", extension) &&
		!post_is_ours(&p, "post", extension),
	    "another's address is not ours");
	post_bounce_address(&p, "s1f.2a", out);
	ok(post_is_ours(&p, out, extension) && post_bounce_key(&p, extension, key, sizeof(key)) &&
		strcmp(key, "s1f.2a") == 0,
	    "a bounce address leads back to its delivery");
	ok(!post_bounce_key(&other, extension, key, sizeof(key)), "but not with another password");
	extension[strlen(extension) - 1] ^= 1;
	ok(!post_bounce_key(&p, extension, key, sizeof(key)), "nor forged");
	post_address(&p, "x\r\nRCPT TO:<a@b.example>", out);
	ok(strcmp(out, "post@gw.example") == 0, "an extension that is none is left out");
	ok(post_key_of_msgid(&p, "s1.2@gw.example", key, sizeof(key)) &&
		!post_key_of_msgid(&p, "t_s1@gw.example", key, sizeof(key)) &&
		!post_key_of_msgid(&p, "s1.2@else.example", key, sizeof(key)),
	    "our Message-IDs are known");
}

static bool
encodes(const char *text, const char *want)
{
	struct buf b = { 0 };
	bool same;

	encode_text(&b, "Subject", text);
	same = strcmp(buf_text(&b), want) == 0;
	if (!same)
		printf("# %s", buf_text(&b));
	buf_free(&b);
	return same;
}

static void
check_encoding(void)
{
	ok(encodes("hello", "Subject: hello\r\n"), "ASCII stays");
	ok(encodes("a\r\nBcc: b", "Subject: =?utf-8?b?YSAgQmNjOiBi?=\r\n"),
	    "no line end comes through");
	ok(encodes("=?utf-8?q?x?=", "Subject: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?=\r\n"),
	    "what looks like an encoded word is encoded");
	ok(encodes("\xd8\xb3", "Subject: =?utf-8?b?2LM=?=\r\n"), "what is not ASCII is encoded");
	ok(encodes("\xff", "Subject: =?utf-8?b?77+9?=\r\n"), "what is not UTF-8 is replaced");
	ok(encodes("", "Subject: \r\n"), "nothing");
}

static char *
composed(const struct outbound *o, const struct recipient *r)
{
	struct buf b = { 0 };
	struct post p;

	post_init(&p, "post@gw.example", '+', "secret");
	if (compose(&p, "Hudhud", o, r, &b) == -1) {
		buf_free(&b);
		return NULL;
	}
	return buf_take(&b);
}

static void
check_compose(void)
{
	struct outbound o = { OUT_DIRECT, "alice", "psst", "alice (direct): psst", "", "ar_EG", "",
		"", 1, false };
	struct recipient r = { 1, "s1.2", "bob@test.example", "", "" };
	char *one = composed(&o, &r), *two = composed(&o, &r);

	ok(one != NULL && two != NULL && strcmp(one, two) == 0,
	    "a retry is the same mail, byte for byte");
	ok(one != NULL && strstr(one, "\r\nContent-Language: ar-EG\r\n") != NULL &&
		strstr(one, "List-") == NULL && strstr(one, "Reply-To") == NULL &&
		strstr(one, "-~-~-") == NULL,
	    "a direct message without a token has neither list nor mark");
	free(one);
	free(two);
	r.peer = "bob@test.example>\r\nRCPT TO:<x@y.example";
	one = composed(&o, &r);
	ok(one == NULL, "no mail to what is no address");
	free(one);
	r.peer = "bob@test.example";
	r.key = "s1.2@x\r\n";
	one = composed(&o, &r);
	ok(one == NULL, "nor with a key that is none");
	free(one);
}

/* Does the file with ${settings} have a fault with ${words}?  NULL: none at all. */
static bool
faulty(const char *settings, const char *words)
{
	static const struct conf_key none[] = { { .name = NULL } };
	static const struct conf_group groups[] = { { .name = NULL } };
	const struct conf_kind kinds[] = { { email_kind.name, email_kind.keys, email_kind.check },
		{ .name = NULL } };
	const struct conf_schema schema = { .top = none, .groups = groups, .kinds = kinds };
	struct conf_faults faults = { 0 };
	char *text = mem_printf(
	    "channels = ( { name = \"m\"; kind = \"email\"; imap_user = \"u\";\n"
	    "imap_password = \"p\"; %s } );\n",
	    settings);
	bool good;

	conf_free(conf_load_text("t.conf", 0600, text, strlen(text), &schema, &faults));
	good = words == NULL ? faults.count == 0 : strstr(buf_text(&faults.text), words) != NULL;
	if (!good)
		printf("# %s\n", buf_text(&faults.text));
	buf_free(&faults.text);
	free(text);
	return good;
}

#define ADDRESS "address = \"post@gw.example\"; "
#define AWAY "imap = \"imap://mail.example\"; smtp = \"smtp://mail.example\"; "
#define HERE "imap = \"imap://127.0.0.1\"; smtp = \"smtp://localhost:2525\"; "

static void
check_settings(void)
{
	ok(faulty(ADDRESS AWAY, NULL), "the fewest settings");
	ok(faulty(ADDRESS HERE "tls = \"none\";", NULL), "no TLS on loopback");
	ok(faulty(ADDRESS AWAY "tls = \"none\";", "tls: "), "but not off it");
	ok(faulty("address = \"post\"; " AWAY, "address: "), "an address that is none");
	ok(faulty("address = \"a-very-long-name-before-the-at@gw.example\"; " AWAY, "address: "),
	    "one without room for tokens");
	ok(faulty(ADDRESS AWAY "smtp_user = \"u\";", "smtp_user: "), "a user without a password");
	ok(faulty(ADDRESS AWAY "processed = \"INBOX\";", "processed: "), "done mail that stays");
	ok(faulty(ADDRESS AWAY "separator = \"##\";", "separator: "), "a separator that is none");
	ok(faulty(ADDRESS "imap = \"http://x.example\"; smtp = \"smtp://y.example\";", "imap: "),
	    "a URL of something else");
	ok(faulty(ADDRESS AWAY "connections = 65;", "connections: "), "too many connections");
}

/* What is shared by all who get it changes nothing for anybody. */
static void
check_draft(void)
{
	struct outbound o = { OUT_STATUS, "alice", "gr\xc3\xbc\xc3\x9f dich\n.\n",
		"alice: gr\xc3\xbc", "stop: \"stop\"", "de", "s1", "s0", 1, false };
	struct recipient r[3] = { { 1, "s1.2", "bob@test.example", "tokentoken", "" },
		{ 2, "s1.3", "carol@test.example", "", "" },
		{ 3, "s1.4", "not an address", "", "" } };
	struct post p;
	struct draft *d;
	struct buf b = { 0 };
	char *one;

	post_init(&p, "post@gw.example", '+', "secret");
	d = draft_new(&p, "Hudhud", &o, r, 3);
	for (int i = 0; i < 2; i++) {
		buf_clear(&b);
		one = composed(&o, &r[i]);
		ok(draft_write(d, &r[i], &b) == 0 && strcmp(one, buf_text(&b)) == 0,
		    "a mail to one of many is as one to that one alone");
		free(one);
	}
	ok(strstr(buf_text(&b), "\nReply-To") == NULL &&
		strstr(buf_text(&b), "tokentoken") == NULL && strstr(buf_text(&b), "bob@") == NULL,
	    "and has nothing of another's");
	ok(draft_write(d, &r[2], &b) == -1, "what is no address gets none");
	buf_free(&b);
	draft_free(d);
}

int
main(void)
{
	compose_load();
	check_addresses();
	check_post();
	check_encoding();
	check_compose();
	check_draft();
	check_settings();
	return tap_done();
}
