/* Figures for a monitoring system. */
#include <string.h>
#include <strings.h>

#include "base/expose.h"
#include "channels/web/web.h"
#include "gateway/figures.h"

/* Without a token whoever asks must be on this machine. */
static unsigned
verdict(const struct visit *v)
{
	const char *given = v->http->header[HTTP_AUTHORIZATION],
		   *token = conf_text(v->web->conf, "metrics_token");

	if (*token && given && strncasecmp(given, "Bearer ", 7) == 0)
		return secret_same(given + 7 + strspn(given + 7, " "), token) ? 200 : 403;
	return v->http->local ? 200 : 404;
}

void
metrics_get(struct visit *v)
{
	struct buf out = { 0 };
	unsigned status = verdict(v);

	if (status == 404) {
		visit_error(v, 404);
		return;
	}
	httpd_set(v->http, "Cache-Control", "no-store");
	if (status == 403) {
		buf_text_add(&out, "the token is another\n");
		httpd_answer(v->http, 403, "text/plain; charset=utf-8", &out);
		return;
	}
	figures_expose(v->web->core, &out);
	expose_family(
	    &out, "hudhud_http_connections", "gauge", "Open connections of the web server.");
	expose_value(&out, "hudhud_http_connections", NULL, httpd_connections(v->web->http), 0);
	expose_family(&out, "hudhud_password_queue", "gauge", "Passwords that wait to be checked.");
	expose_value(&out, "hudhud_password_queue", NULL, workers_waiting(v->web->workers), 0);
	httpd_answer(v->http, 200, EXPOSE_TYPE, &out);
}
