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
	bool read = v->tx != NULL && (n == 0 || h[0].waiting != -1);
	int64_t since;
	const char *trouble = core_store_trouble(v->web->core, &since);

	httpd_set(v->http, "Cache-Control", "no-store");
	if (trouble != NULL)
		buf_printf(&out, "store: %s since %lld\n", trouble, (long long)since);
	else
		buf_text_add(&out, read ? "ok\n" : "the store cannot be read\n");
	/* The reason of a failure is the operator's (hudhudctl): it may name who was written to. */
	for (size_t i = 0; i < n && i < sizeof h / sizeof h[0]; i++) {
		buf_printf(&out, "%s %s %s ", h[i].name, h[i].kind, states[h[i].state]);
		if (h[i].waiting >= 0)
			buf_printf(&out, "%lld\n", (long long)h[i].waiting);
		else
			buf_text_add(&out, "?\n");
	}
	httpd_answer(v->http, read ? 200 : 503, "text/plain; charset=utf-8", &out);
}
