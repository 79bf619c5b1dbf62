#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>

#include "base/buf.h"
#include "base/mem.h"
#include "channels/email/charset.h"
#include "channels/email/flow.h"
#include "channels/email/html.h"
#include "channels/email/part.h"

#define DEPTH_MAX 20
#define PARTS_MAX 100
#define BYTES_MAX (256 * 1024) /* of one part */

struct pick {
	unsigned seen;              /* parts looked at */
	const char *type, *subtype; /* part_find() */
	GMimePart *found;
};

char *
part_bytes(GMimePart *part, size_t max, size_t *n)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GByteArray *bytes;
	GMimeStream *stream;
	char *s;

	*n = 0;
	if (content == NULL)
		return mem_dup("");
	stream = g_mime_stream_mem_new();
	g_mime_data_wrapper_write_to_stream(content, stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	*n = bytes->len < max ? bytes->len : max;
	s = *n > 0 ? mem_dupn((const char *)bytes->data, *n) : mem_dup("");
	g_object_unref(stream);
	return s;
}

static bool
is_attachment(GMimeObject *o)
{
	const char *d = g_mime_object_get_disposition(o);

	return d != NULL && strcasecmp(d, "attachment") == 0;
}

static char *
leaf_text(GMimePart *part, bool html)
{
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
	const char *format = g_mime_content_type_get_parameter(type, "format");
	const char *delsp = g_mime_content_type_get_parameter(type, "delsp");
	size_t n;
	char *bytes = part_bytes(part, BYTES_MAX, &n), *text, *out;

	text = charset_to_utf8(bytes, n, g_mime_content_type_get_parameter(type, "charset"));
	if (html)
		out = html_to_text(text);
	else if (format != NULL && strcasecmp(format, "flowed") == 0)
		out = flow_undo(text, delsp != NULL && strcasecmp(delsp, "yes") == 0);
	else
		out = flow_guess(text);
	free(text);
	free(bytes);
	return out;
}

static bool
is_blank(const char *s)
{
	return s == NULL || s[strspn(s, " \t\r\n")] == '\0';
}

/* "Your program does not show HTML": no text to choose when there is a better one. */
static bool
is_stub(const char *s)
{
	if (is_blank(s))
		return true;
	return strlen(s) < 300 && strcasestr(s, "html") != NULL &&
	       (strcasestr(s, "view") != NULL || strcasestr(s, "support") != NULL ||
		   strcasestr(s, "client") != NULL || strcasestr(s, "reader") != NULL);
}

static char *text_of(struct pick *p, GMimeObject *o, unsigned depth, bool *html);

/* The best of several forms of one thing: plain text unless it says nothing. */
static char *
text_of_alternative(struct pick *p, GMimeMultipart *m, unsigned depth, bool *html)
{
	char *best = NULL, *one;
	bool best_html = false, one_html;

	for (int i = 0; i < g_mime_multipart_get_count(m); i++) {
		one_html = false;
		one = text_of(p, g_mime_multipart_get_part(m, i), depth + 1, &one_html);
		if (!is_blank(one) &&
		    (is_blank(best) || (best_html && !one_html && !is_stub(one)) ||
			(!best_html && one_html && is_stub(best)))) {
			free(best);
			best = one;
			best_html = one_html;
		} else {
			free(one);
		}
	}
	*html = best_html;
	return best;
}

static char *
text_of_all(struct pick *p, GMimeMultipart *m, unsigned depth, bool first_only, bool *html)
{
	struct buf out = { 0 };
	int count = g_mime_multipart_get_count(m);
	char *one;
	bool one_html = false;

	for (int i = 0; i < (first_only && count > 1 ? 1 : count); i++) {
		one = text_of(p, g_mime_multipart_get_part(m, i), depth + 1, &one_html);
		if (!is_blank(one)) {
			if (out.len > 0 && out.data[out.len - 1] != '\n')
				buf_text_add(&out, "\n");
			buf_text_add(&out, one);
			*html |= one_html;
		}
		free(one);
	}
	return buf_take(&out);
}

static char *
text_of(struct pick *p, GMimeObject *o, unsigned depth, bool *html)
{
	GMimeContentType *type;

	if (o == NULL || depth > DEPTH_MAX || ++p->seen > PARTS_MAX)
		return NULL;
	type = g_mime_object_get_content_type(o);
	if (GMIME_IS_MULTIPART(o)) {
		if (g_mime_content_type_is_type(type, "multipart", "alternative"))
			return text_of_alternative(p, GMIME_MULTIPART(o), depth, html);
		if (g_mime_content_type_is_type(type, "multipart", "encrypted"))
			return NULL;
		return text_of_all(p, GMIME_MULTIPART(o), depth,
		    g_mime_content_type_is_type(type, "multipart", "related") ||
			g_mime_content_type_is_type(type, "multipart", "signed"),
		    html);
	}
	if (!GMIME_IS_PART(o) || is_attachment(o))
		return NULL;
	*html = g_mime_content_type_is_type(type, "text", "html");
	if (!*html && !g_mime_content_type_is_type(type, "text", "plain") &&
	    !g_mime_content_type_is_type(type, "text", "enriched"))
		return NULL;
	return leaf_text(GMIME_PART(o), *html);
}

char *
part_text(GMimeMessage *message)
{
	struct pick p = { 0 };
	bool html = false;
	char *s = text_of(&p, g_mime_message_get_mime_part(message), 0, &html);

	return s != NULL ? s : mem_dup("");
}

static void
find(struct pick *p, GMimeObject *o, unsigned depth)
{
	if (o == NULL || depth > DEPTH_MAX || ++p->seen > PARTS_MAX || p->found != NULL)
		return;
	if (GMIME_IS_MULTIPART(o)) {
		for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(o)); i++)
			find(p, g_mime_multipart_get_part(GMIME_MULTIPART(o), i), depth + 1);
	} else if (GMIME_IS_PART(o) &&
		   g_mime_content_type_is_type(
		       g_mime_object_get_content_type(o), p->type, p->subtype)) {
		p->found = GMIME_PART(o);
	}
}

GMimePart *
part_find(GMimeMessage *message, const char *type, const char *subtype)
{
	struct pick p = { .type = type, .subtype = subtype };

	find(&p, g_mime_message_get_mime_part(message), 0);
	return p.found;
}
