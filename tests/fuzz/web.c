#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "channels/web/fields.h"
#include "channels/web/framing.h"
#include "channels/web/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Forms, paths, headers: whatever is in them, all that comes out is bounded and decoded. */
static void
take_apart(const char *s, size_t n)
{
	struct fields f;
	size_t total = 0;

	if (fields_parse(&f, s, n)) {
		for (size_t i = 0; i < f.n; i++)
			total += strlen(f.field[i].name) + strlen(f.field[i].value);
		if (total > n || f.n > FIELDS_MAX)
			abort();
		fields_get(&f, "text");
		fields_free(&f);
	} else if (f.data != NULL || f.n != 0) {
		abort();
	}
}

static void
headers(const char *s)
{
	struct framing f = { 0 };
	char out[64] = "";

	if (fields_path(s, out, sizeof out))
		for (const char *p = out; *p; p++)
			if ((unsigned char)*p < 0x20)
				abort();
	fields_cookie(s, "hudhud", out, sizeof out);
	if (fields_language(s, out, 12) && strlen(out) > 11)
		abort();
	fields_etag(s, "\"tag\"");
	fields_date(s);
	if (fields_number(s) < 0)
		abort();
	fields_origin(s, "https://hudhud.example/", "hudhud.example");
	fields_origin("https://hudhud.example", s, s);
	framing_add(&f, s, strlen(s), s, strlen(s));
	framing_add(&f, "Content-Length", 14, s, strlen(s));
	framing_verdict(&f, false, 65536);
	framing_forwarded(s, out);
}

/* What people write never becomes markup: between the tags that we make there is no '<' and no quote. */
static void
said(const char *s)
{
	struct page p = { .lang = "en" };
	const char *at;

	page_text(&p, s);
	if (strpbrk(buf_text(&p.out), "<>\"'") != NULL)
		abort();
	buf_clear(&p.out);
	page_said(&p, s);
	for (at = buf_text(&p.out); (at = strchr(at, '<')) != NULL; at++)
		if (strncmp(at, "<br>", 4) != 0 && strncmp(at, "<a dir=\"ltr\" rel=", 17) != 0 &&
		    strncmp(at, "<a href=\"/", 10) != 0 && strncmp(at, "<bdi>@", 6) != 0 &&
		    strncmp(at, "<a class=\"tag\" href=\"/tag/", 26) != 0 &&
		    strncmp(at, "<bdi>#", 6) != 0 && strncmp(at, "</bdi></a>", 10) != 0 &&
		    strncmp(at, "</a>", 4) != 0)
			abort();
	if (!text_valid(buf_text(&p.out), p.out.len))
		abort();
	buf_free(&p.out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *s = mem_dupn((const char *)data, n);

	take_apart(s, n);
	headers(s);
	said(s);
	free(s);
	return 0;
}
