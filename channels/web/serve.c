#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "channels/web/health.h"
#include "channels/web/kept.h"
#include "channels/web/picture.h"
#include "channels/web/streams.h"
#include "channels/web/style.h"
#include "channels/web/template.h"
#include "channels/web/web.h"

#define PASSWORD_THREADS 2 /* 64 MiB each */
#define PASSWORD_QUEUE 32
#define STOP_MS 1500

static void
serve(void *cookie, struct request *q)
{
	struct visit *v;

	if (kept_serve(cookie, q))
		return;
	v = visit_new(cookie, q, route_is_plain(q->path));
	route(v);
	visit_close(v);
}

static void
refuse(void *cookie, struct request *q, unsigned status)
{
	struct visit *v = q->mine ? q->mine : visit_new(cookie, q, false);

	if (status == 413 && v->me.id && strcmp(q->path, UPLOAD_PATH) == 0)
		picture_too_long(v);
	else
		visit_error(v, status);
	visit_close(v);
}

static void
forget(struct request *q)
{
	visit_free(q->mine);
}

static void
answered(void *cookie, unsigned status)
{
	struct web *w = cookie;

	if (status >= 100 && status < 600)
		meter_page(
		    core_meter(w->core), (enum meter_page)(METER_HTTP_1XX + status / 100 - 1), 1);
}

/* Who they are is settled now: who takes such a name later is nobody's operator. */
static int64_t *
find_operators(struct tx *tx, const char *channel, const struct conf_section *conf)
{
	int64_t *ids = mem_new(sizeof *ids);
	const char *name;
	struct user u;
	size_t n = 0;

	for (size_t i = 0; (name = conf_nth(conf, "operators", i)) != NULL; i++) {
		if (!user_by_name(tx, name, &u)) {
			log_warn(
			    "%s: operators: there is no user \"%s\" yet: read the settings again when there is",
			    channel, name);
			continue;
		}
		ids = mem_resize(ids, n + 2, sizeof *ids);
		ids[n++] = u.id;
	}
	ids[n] = 0;
	return ids;
}

static void
web_free(struct web *w)
{
	kept_stop(w);
	health_stop(w->health);
	explicit_bzero(w->key, sizeof w->key);
	free(w->operators);
	free(w);
}

static void *
start(struct core *core, const char *name, const struct conf_section *conf)
{
	struct web *w = mem_new(sizeof *w);
	struct httpd_conf http = { .listen = conf_text(conf, "listen"),
		.proxy = conf_text(conf, "trusted_proxy"),
		.timeout = 30,
		.most = visit_most,
		.streams = (unsigned)conf_int(conf, "streams"),
		.serve = serve,
		.refuse = refuse,
		.answered = answered,
		.forget = forget,
		.cookie = w };
	struct tx *tx = store_read(core_store(core));

	w->core = core;
	w->conf = conf;
	w->site = core_site(core);
	w->health = health_start();
	w->secure = strncmp(w->site->url, "https:", 6) == 0;
	w->cookie = w->secure ? "__Host-hudhud" : "hudhud";
	w->cookie_form = w->secure ? "__Host-hudhud-form" : "hudhud-form";
	kept_start(w, (size_t)conf_int(conf, "cache") << 20);
	style_init();
	templates_init();
	store_secret(tx, w->key);
	w->operators = find_operators(tx, name, conf);
	store_read_end(tx);
	w->streams = streams_start(w, http.streams);
	w->workers = workers_start(PASSWORD_THREADS, PASSWORD_QUEUE);
	if ((w->http = httpd_start(&http)) == NULL) {
		workers_stop(w->workers);
		streams_end(w->streams, 0);
		streams_free(w->streams);
		web_free(w);
		return NULL;
	}
	log_info("%s: pages at %s", name, conf_text(conf, "listen"));
	return w;
}

static void
stop(void *self)
{
	struct web *w = self;

	streams_end(w->streams, STOP_MS / 2);
	httpd_stop(w->http, STOP_MS);
	streams_free(w->streams);
	workers_stop(w->workers);
	web_free(w);
}

const struct core_kind web_core = { .start = start, .stop = stop };
