#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

#include "base/buf.h"
#include "base/mem.h"
#include "channels/email/html.h"

#define HTML_BYTES_MAX (512 * 1024)
#define TEXT_BYTES 65536
#define DEPTH_MAX 200
#define QUOTES_MAX 20

struct page {
	struct buf out;
	struct buf line; /* what the current line has */
	unsigned quotes;
	unsigned pre;   /* inside so many <pre> */
	bool gap;       /* a blank is due before the next word */
	unsigned blank; /* empty lines written since the last text */
};

void
html_load(void)
{
	xmlInitParser();
}

static bool
is_one_of(const xmlChar *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcasecmp((const char *)name, *list) == 0)
			return true;
	return false;
}

static bool
is_block(const xmlNode *n)
{
	static const char *const names[] = { "p", "div", "br", "tr", "li", "ul", "ol", "table",
		"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr", "dl", "dt", "dd",
		"section", "article", "header", "footer", "center", "address", "form", NULL };

	return is_one_of(n->name, names);
}

static bool
attribute_has(xmlNode *n, const char *name, const char *part)
{
	xmlChar *v = xmlGetProp(n, (const xmlChar *)name);
	bool yes = v != NULL && strcasestr((const char *)v, part) != NULL;

	xmlFree(v);
	return yes;
}

/* Never shown, or the mail that is answered, by the marks of well-known programs. */
static bool
is_left_out(xmlNode *n)
{
	static const char *const hidden[] = { "head", "style", "script", "title", "noscript",
		"template", "object", "svg", "math", "select", "textarea", NULL };
	static const struct {
		const char *attribute, *part;
	} marks[] = {
		{ "class", "gmail_quote" },
		{ "class", "gmail_signature" },
		{ "class", "yahoo_quoted" },
		{ "class", "moz-cite-prefix" },
		{ "class", "moz-signature" },
		{ "class", "protonmail_quote" },
		{ "class", "protonmail_signature" },
		{ "class", "zmail_extra" },
		{ "class", "tutanota_quote" },
		{ "id", "divRplyFwdMsg" },
		{ "id", "appendonsend" },
		{ "id", "OLK_SRC_BODY_SECTION" },
		{ "id", "mail-editor-reference-message-container" },
		{ "id", "reply-intro" },
		{ "id", "ms-outlook-mobile-signature" },
		{ "id", "AppleMailSignature" },
	};

	if (n->type != XML_ELEMENT_NODE)
		return false;
	if (is_one_of(n->name, hidden))
		return true;
	if (n->properties == NULL)
		return false;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (attribute_has(n, marks[i].attribute, marks[i].part))
			return true;
	return attribute_has(n, "style", "display:none") ||
	       attribute_has(n, "style", "display: none");
}

/* Outlook puts the answered mail behind these, as siblings: nothing after counts. */
static bool
is_end(xmlNode *n)
{
	return n->type == XML_ELEMENT_NODE && n->properties != NULL &&
	       (attribute_has(n, "id", "divRplyFwdMsg") || attribute_has(n, "id", "appendonsend") ||
		   attribute_has(n, "id", "stopSpelling") ||
		   attribute_has(n, "style", "border-top:solid #E1E1E1 1.0pt") ||
		   attribute_has(n, "style", "border-top:solid #B5C4DF 1.0pt"));
}

static void
end_line(struct page *p, bool forced)
{
	p->gap = false;
	if (p->line.len == 0 && (!forced || p->blank > 0))
		return;
	p->blank = p->line.len == 0 ? p->blank + 1 : 0;
	for (unsigned i = 0; i < p->quotes && i < QUOTES_MAX; i++)
		buf_text_add(&p->out, "> ");
	buf_add(&p->out, p->line.data, p->line.len);
	buf_text_add(&p->out, "\n");
	buf_clear(&p->line);
}

static void
add_text(struct page *p, const char *s)
{
	for (; *s != '\0' && p->out.len + p->line.len < TEXT_BYTES; s++) {
		if (p->pre > 0 && *s == '\n') {
			end_line(p, true);
		} else if (p->pre == 0 && strchr(" \t\r\n\f", *s) != NULL) {
			p->gap = p->line.len > 0;
		} else {
			if (p->gap)
				buf_text_add(&p->line, " ");
			p->gap = false;
			buf_add(&p->line, s, 1);
		}
	}
}

static void
enter(struct page *p, xmlNode *n)
{
	if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) {
		if (n->content != NULL)
			add_text(p, (const char *)n->content);
		return;
	}
	if (n->type != XML_ELEMENT_NODE)
		return;
	if (is_block(n))
		end_line(p, strcasecmp((const char *)n->name, "br") == 0);
	if (strcasecmp((const char *)n->name, "td") == 0)
		p->gap = p->line.len > 0;
	p->quotes += strcasecmp((const char *)n->name, "blockquote") == 0;
	p->pre += strcasecmp((const char *)n->name, "pre") == 0;
}

static void
leave(struct page *p, xmlNode *n)
{
	if (n->type != XML_ELEMENT_NODE)
		return;
	if (is_block(n) && strcasecmp((const char *)n->name, "br") != 0)
		end_line(p, strcasecmp((const char *)n->name, "p") == 0);
	if (strcasecmp((const char *)n->name, "blockquote") == 0 && p->quotes > 0)
		p->quotes--;
	if (strcasecmp((const char *)n->name, "pre") == 0 && p->pre > 0)
		p->pre--;
}

/* No recursion: how deep a page nests is its author's choice. */
static void
walk(struct page *p, xmlNode *root)
{
	xmlNode *n = root;
	unsigned depth = 0;

	while (n != NULL && p->out.len + p->line.len < TEXT_BYTES && !is_end(n)) {
		if (!is_left_out(n)) {
			enter(p, n);
			if (n->type == XML_ELEMENT_NODE && n->children != NULL &&
			    depth < DEPTH_MAX) {
				n = n->children;
				depth++;
				continue;
			}
			leave(p, n);
		}
		while (n != root && n->next == NULL) {
			n = n->parent;
			depth--;
			leave(p, n);
		}
		if (n == root)
			break;
		n = n->next;
	}
	end_line(p, false);
}

char *
html_to_text(const char *html)
{
	size_t n = strnlen(html, HTML_BYTES_MAX);
	struct page p = { 0 };
	htmlDocPtr doc;

	doc = htmlReadMemory(html, (int)n, NULL, "UTF-8",
	    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
		HTML_PARSE_COMPACT);
	if (doc == NULL)
		return mem_dup("");
	if (xmlDocGetRootElement(doc) != NULL)
		walk(&p, xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
	buf_free(&p.line);
	return buf_take(&p.out);
}
