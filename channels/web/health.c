#include <string.h>

#include "channels/web/web.h"

void
health_get(struct visit *v)
{
	static const char *const states[] = { [CHANNEL_CONNECTING] = "connecting",
		[CHANNEL_UP] = "up",
		[CHANNEL_DOWN] = "down",
		[CHANNEL_PAUSED] = "paused" };
	struct health h[32];
	struct buf out = { 0 };
	size_t n = core_health(v->web->core, h, sizeof h / sizeof h[0]);

	httpd_set(v->http, "Cache-Control", "no-store");
	if (v->tx == NULL || (n > 0 && h[0].waiting == -1)) {
		buf_text_add(&out, "the store cannot be read\n");
		httpd_answer(v->http, 503, "text/plain; charset=utf-8", &out);
		return;
	}
	buf_text_add(&out, "ok\n");
	/* The reason of a failure is the operator's (hudhudctl): it may name who was written to. */
	for (size_t i = 0; i < n && i < sizeof h / sizeof h[0]; i++)
		buf_printf(&out, "%s %s %s %lld\n", h[i].name, h[i].kind, states[h[i].state],
		    (long long)h[i].waiting);
	httpd_answer(v->http, 200, "text/plain; charset=utf-8", &out);
}
