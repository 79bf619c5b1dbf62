#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "channels/email/compose.h"
#include "channels/email/mail.h"
#include "channels/email/word.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What comes out of a stranger's mail must be fit for what follows. */
static void
read_mail(const struct post *post, const char *data, size_t n)
{
	struct mail m;

	mail_read(post, "mx.gw.example", data, n, &m);
	if (m.sort == MAIL_LETTER && (!address_valid(m.peer) || m.text == NULL ||
					 strlen(m.text) > PORT_TEXT_MAX || m.foreign[0] == '\0'))
		abort();
	if (m.sort == MAIL_REPORT && m.key[0] == '\0')
		abort();
	mail_free(&m);
}

/* No line of a mail may be what somebody made up: each header is one of ours. */
static void
write_mail(const struct post *post, const char *s)
{
	struct outbound o = { OUT_STATUS, s, s, s, s, s, s, s, 1, false };
	struct recipient r = { 1, "s1.1", "bob@test.example", s, s };
	struct buf out = { 0 };
	const char *line, *end, *next;

	if (compose(post, "Hudhud", &o, &r, &out) != 0)
		abort();
	end = strstr(out.data, "\r\n\r\n");
	for (line = out.data; end != NULL && line < end; line = next + 2) {
		next = strstr(line, "\r\n");
		if (next - line > 998 || strncmp(line, "Bcc", 3) == 0 ||
		    memchr(line, '\n', (size_t)(next - line)) != NULL)
			abort();
	}
	if (end == NULL)
		abort();
	for (const char *p = out.data; *p != '\0'; p++)
		if (*p == '\n' && (p == out.data || p[-1] != '\r'))
			abort();
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct post post;
	char *s = mem_dupn(n > 0 ? (const char *)data : "", n);

	if (post.domain[0] == '\0') {
		mail_load();
		compose_load();
		post_init(&post, "post@gw.example", '+', "secret");
	}
	read_mail(&post, s, n);
	write_mail(&post, s);
	free(word_decode(s));
	free(s);
	return 0;
}
