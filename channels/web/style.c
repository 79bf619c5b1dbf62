#include <stdio.h>
#include <string.h>

#include "channels/web/style.h"
#include "channels/web/web.h"

static char css_tag[20], svg_tag[20], js_tag[20];

static void
make_tag(const char *text, char tag[20])
{
	unsigned char hash[32];

	secret_hash(text, strlen(text), hash);
	snprintf(tag, 20, "\"%02x%02x%02x%02x%02x%02x%02x%02x\"", hash[0], hash[1], hash[2],
	    hash[3], hash[4], hash[5], hash[6], hash[7]);
}

void
style_init(void)
{
	make_tag(style_css, css_tag);
	make_tag(mark_svg, svg_tag);
	make_tag(hudhud_js, js_tag);
}

static const char *
version(const char *tag, char word[9])
{
	snprintf(word, 9, "%.8s", tag + 1);
	return word;
}

const char *
style_version(void)
{
	static _Thread_local char word[9];

	return version(css_tag, word);
}

const char *
script_version(void)
{
	static _Thread_local char word[9];

	return version(js_tag, word);
}

static void
answer(struct visit *v, const char *text, const char *tag, const char *type)
{
	struct buf out = { 0 };

	buf_text_add(&out, text);
	httpd_set(v->http, "ETag", tag);
	httpd_set(v->http, "Cache-Control", "public, max-age=3600");
	httpd_answer(v->http, 200, type, &out);
}

void
style_get(struct visit *v)
{
	answer(v, style_css, css_tag, "text/css; charset=utf-8");
}

void
script_get(struct visit *v)
{
	answer(v, hudhud_js, js_tag, "text/javascript; charset=utf-8");
}

void
mark_get(struct visit *v)
{
	answer(v, mark_svg, svg_tag, "image/svg+xml");
}
