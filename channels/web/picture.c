/* Pictures of people: shown to who may open their page, put there and taken away by themselves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/image.h"
#include "channels/web/picture.h"
#include "channels/web/settings.h"
#include "gateway/audience.h"
#include "store/picture.h"

#define CHANGES_AN_HOUR 20

/* ---- for who looks */

static void
send(struct visit *v, struct picture *p, const char *name)
{
	struct request *q = v->http;
	struct buf out = { 0 };
	char text[96];

	snprintf(text, sizeof text, "\"%s\"", p->hash);
	httpd_set(q, "ETag", text);
	/* what stands at an address with its hash never changes, but not everybody may have it */
	httpd_set(q, "Cache-Control",
	    strcmp(q->query, p->hash) == 0 ? "private, max-age=31536000, immutable"
					   : "private, no-cache");
	httpd_set(q, "Vary", "Cookie");
	httpd_set(q, "Content-Security-Policy", "default-src 'none'; sandbox");
	httpd_set(q, "Cross-Origin-Resource-Policy", "same-origin");
	snprintf(text, sizeof text, "inline; filename=\"%s.%s\"", name,
	    strcmp(p->type, "image/png") == 0 ? "png" : "jpg");
	httpd_set(q, "Content-Disposition", text);
	buf_add(&out, p->bytes, p->n);
	httpd_answer(q, 200, p->type, &out);
}

void
picture_show(struct visit *v)
{
	struct picture p;
	struct user u;

	if (!user_by_name(v->tx, v->name, &u) || u.suspended || !*u.picture ||
	    !audience_opens(v->tx, v->me.id, &u) || !picture_get(v->tx, u.id, &p)) {
		visit_error(v, 404);
		return;
	}
	if (store_read_result(v->tx) == STORE_OK)
		send(v, &p, u.name);
	else
		visit_error(v, 503);
	free(p.bytes);
}

void
picture_face(struct view *w, const char *name, int64_t id, const char *hash)
{
	view_text(w, "face_of", name);
	view_text(w, "face", hash);
	view_number(w, "colour", id % 6);
	view_print(w, "letter", "%c", name[0]);
}

/* ---- for whose it is */

static void
show(struct visit *v, const char *wrong, unsigned status)
{
	struct view *w = settings_view(v, N_("Picture"));

	picture_face(w, v->me.name, v->me.id, v->me.picture);
	view_text(w, "wrong", wrong ? lang_text(v->lang, wrong) : "");
	layout_answer(v, "picture", status);
}

void
picture_page(struct visit *v)
{
	show(v, NULL, 200);
}

/* What goes into the store, or out of it. */
struct change {
	struct visit *visit;
	struct store_job job;
	bool often;
	struct picture picture;
	unsigned char bytes[]; /* of the picture */
};

static int
set(struct tx *tx, void *arg)
{
	struct change *c = arg;
	const struct visit *v = c->visit;
	char who[24];

	snprintf(who, sizeof who, "%lld", (long long)v->me.id);
	c->often = tally_add(tx, "web-picture", who, v->now, 3600) > CHANGES_AN_HOUR;
	return c->often ? STORE_OK : picture_set(tx, v->me.id, &c->picture);
}

static int
unset(struct tx *tx, void *arg)
{
	const struct change *c = arg;

	return picture_remove(tx, c->visit->me.id);
}

static void
done(struct store_job *job, int result)
{
	struct change *c = job->arg;

	c->visit->result = result;
	httpd_go(c->visit->http);
}

static void
changed(struct visit *v)
{
	const struct change *c = v->work;

	if (v->result < 0) {
		visit_error(v, 503);
	} else if (c->often) {
		httpd_set(v->http, "Retry-After", "3600");
		show(v, N_("That was tried too often. Wait a while, then try again."), 429);
	} else {
		visit_redirect(v, UPLOAD_PATH);
	}
}

static void
begin(struct visit *v, struct change *c, store_fn *run)
{
	c->visit = v;
	c->job = (struct store_job){ .run = run, .arg = c, .done = done };
	v->work = c;
	visit_wait(v, changed);
	store_submit(core_store(v->web->core), &c->job);
}

static void
keep(struct visit *v, const struct buf *image, const char *type)
{
	struct change *c = mem_new(sizeof *c + image->len);
	struct picture *p = &c->picture;
	unsigned char hash[32];

	memcpy(c->bytes, image->data, image->len);
	*p = (struct picture){ .bytes = c->bytes, .n = image->len };
	mem_copy(p->type, sizeof p->type, type);
	secret_hash(p->bytes, p->n, hash);
	for (int i = 0; i < (PICTURE_HASH_SIZE - 1) / 2; i++)
		snprintf(p->hash + 2 * i, 3, "%02x", hash[i]);
	begin(v, c, set);
}

void
picture_post(struct visit *v)
{
	static const char *const words[] = {
		[IMAGE_KIND] = N_("A PNG or JPEG picture, please."),
		[IMAGE_BROKEN] = N_("That picture cannot be read. Save it anew as PNG or JPEG."),
		[IMAGE_SIDES] = N_("From 32 to 2048 pixels wide and high, please."),
		[IMAGE_BYTES] = N_("At most 200 kilobytes, please."),
	};
	struct buf image = { 0 };
	enum image_fault fault;
	const char *data, *type;
	size_t n = 0;

	data = multipart_get(&v->upload, "picture", true, &n);
	if (data == NULL || n == 0) {
		show(v, N_("Choose a picture first."), 422);
		return;
	}
	fault = image_strip(data, n, &image, &type);
	if (fault == IMAGE_FINE)
		keep(v, &image, type);
	else
		show(v, words[fault], 422);
	buf_free(&image);
}

void
picture_too_long(struct visit *v)
{
	show(v, N_("At most 200 kilobytes, please."), 413);
}

void
picture_drop(struct visit *v)
{
	begin(v, mem_new(sizeof(struct change)), unset);
}
