#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "channels/web/style.h"
#include "channels/web/template.h"
#include "channels/web/web.h"

#define PASSWORD_THREADS 2 /* 64 MiB each */
#define PASSWORD_QUEUE 32
#define STOP_MS 1500

static void
serve(void *cookie, struct request *q)
{
	struct visit *v = visit_new(cookie, q, route_is_plain(q->path));

	route(v);
	if (v->tx)
		store_read_end(v->tx);
	v->tx = NULL;
}

static void
refuse(void *cookie, struct request *q, unsigned status)
{
	struct visit *v = q->mine ? q->mine : visit_new(cookie, q, false);

	visit_error(v, status);
	if (v->tx)
		store_read_end(v->tx);
	v->tx = NULL;
}

static void
forget(struct request *q)
{
	visit_free(q->mine);
}

static void *
start(struct core *core, const char *name, const struct conf_section *conf)
{
	struct web *w = mem_new(sizeof *w);
	struct httpd_conf http = { .listen = conf_text(conf, "listen"),
		.proxy = conf_text(conf, "trusted_proxy"),
		.timeout = 30,
		.serve = serve,
		.refuse = refuse,
		.forget = forget,
		.cookie = w };
	struct tx *tx = store_read(core_store(core));

	w->core = core;
	w->site = core_site(core);
	w->secure = strncmp(w->site->url, "https:", 6) == 0;
	w->cookie = w->secure ? "__Host-hudhud" : "hudhud";
	style_init();
	templates_init();
	store_secret(tx, w->key);
	store_read_end(tx);
	w->workers = workers_start(PASSWORD_THREADS, PASSWORD_QUEUE);
	if ((w->http = httpd_start(&http)) == NULL) {
		workers_stop(w->workers);
		free(w);
		return NULL;
	}
	log_info("%s: pages at %s", name, conf_text(conf, "listen"));
	return w;
}

static void
stop(void *self)
{
	struct web *w = self;

	httpd_stop(w->http, STOP_MS);
	workers_stop(w->workers);
	explicit_bzero(w->key, sizeof w->key);
	free(w);
}

const struct core_kind web_core = { .start = start, .stop = stop };
