#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "channels/web/web.h"

static void
done(void *cookie, unsigned status, const char *type, const char *body)
{
	struct visit *v = cookie;

	v->status = status;
	v->type = mem_dup(type);
	v->text = mem_dup(body);
	httpd_go(v->http);
}

static void
answered(struct visit *v)
{
	struct buf out = { 0 };

	buf_text_add(&out, v->text ? v->text : "");
	httpd_set(v->http, "Cache-Control", "no-store");
	httpd_answer(v->http, v->status >= 200 && v->status <= 599 ? v->status : 500,
	    v->type && *v->type ? v->type : "text/plain; charset=utf-8", &out);
}

void
hook_any(struct visit *v)
{
	const struct request *q = v->http;
	const char *rest = q->path + strlen("/hook/"), *slash = strchr(rest, '/');
	struct hook h = {
		.method = q->post ? "POST" : "GET",
		.path = slash ? slash + 1 : "",
		.query = q->query,
		.type = q->header[HTTP_TYPE] ? q->header[HTTP_TYPE] : "",
		.body = buf_text(&q->body),
		.body_len = q->body.len,
		.remote = q->remote,
	};
	char name[64];

	snprintf(name, sizeof name, "%.*s", slash ? (int)(slash - rest) : 63, rest);
	visit_wait(v, answered);
	core_hook(v->web->core, name, &h, done, v);
}
