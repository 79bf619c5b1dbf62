/*
 * Golden mails: each file in tests/unit/mails begins with what is expected of it, "key: value"
 * lines up to "====", and goes on with the mail.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "channels/email/mail.h"
#include "tests/tap.h"

static struct post post;

static void
slurp(const char *path, struct buf *out)
{
	char piece[65536];
	FILE *f = fopen(path, "rb");
	size_t n;

	while (f != NULL && (n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(out, piece, n);
	if (f != NULL)
		fclose(f);
}

/* "\n" and "\\" in an expectation. */
static void
unescape(char *s)
{
	char *out = s;

	for (; *s != '\0'; s++)
		if (*s == '\\' && (s[1] == 'n' || s[1] == '\\'))
			*out++ = *++s == 'n' ? '\n' : '\\';
		else
			*out++ = *s;
	*out = '\0';
}

static const char *
value_of(const struct mail *m, const char *key)
{
	static const char *const sorts[] = { "letter", "machine", "report", "bad" };

	if (strcmp(key, "sort") == 0)
		return sorts[m->sort];
	if (strcmp(key, "peer") == 0)
		return m->peer;
	if (strcmp(key, "to") == 0)
		return m->to;
	if (strcmp(key, "token") == 0)
		return m->token;
	if (strcmp(key, "foreign") == 0)
		return m->foreign;
	if (strcmp(key, "reply_to") == 0)
		return m->reply_to;
	if (strcmp(key, "key") == 0)
		return m->key;
	if (strcmp(key, "status") == 0)
		return m->status;
	if (strcmp(key, "proof") == 0)
		return m->proof == PROOF_PEER ? "peer" : "none";
	if (strcmp(key, "report") == 0)
		return m->report == BOUNCE ? "bounce" : "defer";
	return strcmp(key, "text") == 0 && m->text != NULL ? m->text : "(none)";
}

static bool
fits(const char *got, const char *want)
{
	size_t n = strlen(want);

	if (n > 0 && want[n - 1] == '*')
		return strncmp(got, want, n - 1) == 0;
	return strcmp(got, want) == 0;
}

/* Only we can make the check letters of a bounce address: put them in. */
static void
put_check(struct buf *b)
{
	static const char mark[] = "@CHECK@";
	char own[ADDRESS_SIZE], *check, *at;

	post_bounce_address(&post, "s1f.2a", own);
	check = strrchr(own, '.');
	while (*check != '@')
		check--;
	*check = '\0';
	check = strrchr(own, '.') + 1;
	while (b->len > 0 && (at = memmem(b->data, b->len, mark, sizeof(mark) - 1)) != NULL) {
		struct buf whole = { 0 };

		buf_add(&whole, b->data, (size_t)(at - b->data));
		buf_text_add(&whole, check);
		at += sizeof(mark) - 1;
		buf_add(&whole, at, b->len - (size_t)(at - b->data));
		buf_free(b);
		*b = whole;
	}
}

static void
check_one(const char *folder, const char *name)
{
	struct buf file = { 0 }, raw = { 0 };
	char *path = mem_printf("%s/%s", folder, name), *body, *line, *save = NULL;
	bool good = true;
	struct mail m;

	slurp(path, &file);
	body = strstr(buf_text(&file), "\n====\n");
	if (body == NULL) {
		ok(false, name);
		goto out;
	}
	*body = '\0';
	body += 6;
	buf_add(&raw, body, file.len - (size_t)(body - file.data));
	put_check(&raw);
	mail_read(&post, "mx.gw.example", buf_text(&raw), raw.len, &m);
	for (line = strtok_r(file.data, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char *want = strstr(line, ":");

		*want++ = '\0';
		want += *want == ' ';
		unescape(want);
		if (fits(value_of(&m, line), want))
			continue;
		good = false;
		printf("# %s is \"%.300s\", not \"%.300s\"\n", line, value_of(&m, line), want);
	}
	ok(good, name);
	mail_free(&m);
out:
	buf_free(&raw);
	buf_free(&file);
	free(path);
}

static int
is_mail(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && strcmp(d->d_name + n - 5, ".mail") == 0;
}

static void
check_big(void)
{
	static const char head[] =
	    "From: bob@test.example\nContent-Type: multipart/mixed; "
	    "boundary=b\n\n--b\nContent-Type: text/plain\n\nsmall\n--b\n"
	    "Content-Type: image/jpeg\nContent-Transfer-Encoding: base64\n\n";
	struct buf b = { 0 };
	struct mail m;

	buf_text_add(&b, head);
	for (size_t i = 0; i < 10 * 1024 * 1024 / 77; i++)
		buf_printf(&b, "%076d\n", 7);
	mail_read(&post, "", buf_text(&b), b.len, &m);
	ok(m.sort == MAIL_LETTER && strcmp(m.text, "small") == 0, "a mail of 10 MB, cut off");
	mail_free(&m);
	buf_clear(&b);
	buf_text_add(&b, "From: bob@test.example\n\n");
	for (size_t i = 0; i < 100000; i++)
		buf_text_add(&b, "\xd8\xa7 ");
	mail_read(&post, "", buf_text(&b), b.len, &m);
	ok(strlen(m.text) <= PORT_TEXT_MAX && strlen(m.text) > PORT_TEXT_MAX - 4,
	    "a text without end is cut between characters");
	mail_free(&m);
	buf_free(&b);
}

/* ${n} times ${piece}, with its number in it, between ${head} and ${tail}. */
static void
check_many(const char *head, const char *piece, unsigned n, const char *tail, enum mail_sort sort,
    const char *what)
{
	struct buf b = { 0 };
	struct mail m;

	buf_text_add(&b, "From: bob@test.example\n");
	buf_text_add(&b, head);
	for (unsigned i = 0; i < n; i++) {
		const char *at = strchr(piece, '#'), *rest = piece;

		for (; at != NULL; at = strchr(rest, '#')) {
			buf_add(&b, rest, (size_t)(at - rest));
			buf_printf(&b, "%u", i);
			rest = at + 1;
		}
		buf_text_add(&b, rest);
	}
	buf_text_add(&b, tail);
	mail_read(&post, "", buf_text(&b), b.len, &m);
	ok(m.sort == sort, what);
	mail_free(&m);
	buf_free(&b);
}

static void
check_killers(void)
{
	check_many("", "Content-Type: message/rfc822\n\n", 100000, "", MAIL_LETTER,
	    "mails in mails in mails");
	check_many("", "Content-Type: multipart/mixed; boundary=b#\n\n--b#\n", 20000, "x\n",
	    MAIL_LETTER, "parts in parts in parts");
	check_many("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst\n",
	    "--b\nContent-Type: image/x\n\n\n", 30000, "--b--\n", MAIL_LETTER, "too many parts");
	check_many(
	    "Content-Type: text/html\n\n", "<div>", 100000, "deep", MAIL_LETTER, "a deep page");
	check_many("Content-Type: text/html\n\n", "<b><i><blockquote><table>", 20000, "deep",
	    MAIL_LETTER, "a crooked page");
	check_many("", "X-#: y\n", 50000, "\nx\n", MAIL_BAD, "too many headers");
	check_many(
	    "To: ", "post@gw.example, ", 30000, "\n\nx\n", MAIL_LETTER, "too many recipients");
	check_many("References: ", "<s#.1@gw.example> ", 20000, "\n\nx\n", MAIL_LETTER,
	    "too many references");
	check_many("\n", "On 1 May 2026 at 10:00, x <y@z.example>\n", 20000, "", MAIL_LETTER,
	    "a false start often");
	check_many(
	    "Subject: ", "=?utf-8?q?=41?= ", 30000, "\n\n", MAIL_LETTER, "a subject without end");
	check_many("Authentication-Results: ", "((((a=b;\\", 20000, "\n\nx\n", MAIL_LETTER,
	    "results without end");
}

int
main(void)
{
	const char *top = getenv("top_srcdir");
	char *folder = mem_printf("%s/tests/unit/mails", top != NULL ? top : ".");
	struct dirent **list;
	int n;

	mail_load();
	post_init(&post, "post@gw.example", '+', "secret");
	n = scandir(folder, &list, is_mail, alphasort);
	ok(n >= 40, "there are golden mails");
	for (int i = 0; i < n; i++) {
		check_one(folder, list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	free(folder);
	check_big();
	check_killers();
	return tap_done();
}
